package bogo

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func hello(change func(*wire.ClientHello)) step {
	return renegotiates(legacyclient.Hello{Kind: legacyclient.HelloFirst, Change: change})
}

func TestEverySuite(t *testing.T) {
	var plays []play
	for _, v := range []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12} {
		for _, s := range suite.All() {
			if s.MinVersion > v || v != wire.VersionTLS12 && s.MAC != suite.MACSHA1 {
				continue
			}
			plays = append(plays, play{
				name:    strings.ReplaceAll(v.String(), " ", "") + "-" + s.String(),
				ecdsa:   s.Authentication == suite.AuthECDSA,
				flags:   []string{"-expect-version", fmt.Sprint(uint16(v))},
				clients: []client{legacy(peer{Version: v, Suites: []wire.SuiteID{s.ID}}, handshake, inverted)},
			})
		}
	}
	runPlays(t, plays)
}

func TestVersions(t *testing.T) {
	tooLow := []client{legacy(peer{Version: wire.VersionTLS10}, alerted(wire.AlertProtocolVersion, handshake))}
	legacyHello := func(v wire.Version) []client {
		return []client{legacy(peer{}, hello(func(h *wire.ClientHello) { h.Version = v }), inverted)}
	}
	runPlays(t, []play{
		{name: "max-version 1.0", flags: []string{"-max-version", "769", "-expect-version", "769"},
			clients: []client{legacy(peer{}, handshake, inverted)}},
		{name: "no-tls12", flags: []string{"-no-tls12", "-no-tls13", "-expect-version", "770"},
			clients: []client{legacy(peer{}, handshake, inverted)}, process: true},
		{name: "min-version refuses what is older", flags: []string{"-min-version", "771"},
			clients: tooLow, status: 1, reason: "[version-none-shared]", boring: ":UNSUPPORTED_PROTOCOL:"},
		{name: "no-tls1 refuses what is older", flags: []string{"-no-tls1", "-no-tls11"},
			clients: tooLow, status: 1, reason: "[version-none-shared]", process: true},
		{name: "min-version SSL 3.0 serves TLS 1.0", flags: []string{"-min-version", "768"},
			clients: []client{legacy(peer{Version: wire.VersionTLS10}, handshake, inverted)}},
		{name: "SSL 3.0 is refused",
			clients: []client{legacy(peer{Version: wire.VersionSSL30}, alerted(wire.AlertProtocolVersion, handshake))},
			status:  1, reason: "[version-none-shared]", boring: ":UNSUPPORTED_PROTOCOL:"},
		{name: "SSL 3.0 alone cannot be served", flags: []string{"-max-version", "768"}, status: 89},
		{name: "a range with a hole cannot be served", flags: []string{"-no-tls11"}, status: 89},
		{name: "a version that nobody has",
			clients: []client{legacy(peer{}, alerted(wire.AlertProtocolVersion, hello(func(h *wire.ClientHello) { h.Version = 0x0200 })))},
			status:  1, boring: ":UNSUPPORTED_PROTOCOL:"},
		{name: "minor version tolerance", flags: []string{"-expect-version", "771"}, clients: legacyHello(0x03ff)},
		{name: "major version tolerance", flags: []string{"-expect-version", "771"}, clients: legacyHello(0x0400)},
		{name: "TLS 1.3 is crypto/tls's", flags: []string{"-expect-version", "772", "-expect-secure-renegotiation"},
			clients: []client{modern(&tls.Config{}, modernInverted)}, process: true},
		{name: "no-tls13", flags: []string{"-no-tls13", "-expect-version", "771"},
			clients: []client{modern(&tls.Config{}, modernInverted)}},
		{name: "another version than expected", flags: []string{"-expect-version", "770"},
			clients: []client{legacy(peer{}, handshake)}, status: 1, reason: "the version is 0x0303, expected: 0x0302"},
	})
}

func TestFallback(t *testing.T) {
	scsv := func(v wire.Version) peer {
		return peer{Version: v, Hello: func(h *wire.ClientHello) {
			h.CipherSuites = append(h.CipherSuites, wire.SuiteFallbackSCSV)
		}}
	}
	runPlays(t, []play{
		{name: "refused",
			clients: []client{legacy(scsv(wire.VersionTLS11), alerted(wire.AlertInappropriateFallback, handshake))},
			status:  1, reason: "[fallback-scsv-refused]", boring: ":INAPPROPRIATE_FALLBACK:"},
		{name: "from TLS 1.3 refused",
			clients: []client{legacy(scsv(wire.VersionTLS12), alerted(wire.AlertInappropriateFallback, handshake))},
			status:  1, reason: "[fallback-scsv-refused]"},
		{name: "to our highest", flags: []string{"-no-tls13"},
			clients: []client{legacy(scsv(wire.VersionTLS12), handshake, inverted)}},
		{name: "a client's flag changes nothing", flags: []string{"-fallback-scsv"},
			clients: []client{legacy(peer{}, handshake, inverted)}},
	})
}

func TestSuitesAndCurves(t *testing.T) {
	one := func(id wire.SuiteID) peer { return peer{Suites: []wire.SuiteID{id}} }
	runPlays(t, []play{
		{name: "cipher", flags: []string{"-cipher", "ECDHE-RSA-AES256-GCM-SHA384:AES128-SHA"},
			clients: []client{legacy(one(wire.TLS_RSA_WITH_AES_128_CBC_SHA), handshake, inverted)}},
		{name: "no shared cipher", flags: []string{"-cipher", "AES128-SHA"},
			clients: []client{legacy(one(wire.TLS_RSA_WITH_AES_256_CBC_SHA), alerted(wire.AlertHandshakeFailure, handshake))},
			status:  1, reason: "[suite-none-shared]", boring: ":NO_SHARED_CIPHER:"},
		{name: "suites for another certificate",
			clients: []client{legacy(one(wire.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), alerted(wire.AlertHandshakeFailure, handshake))},
			status:  1, boring: ":NO_SHARED_CIPHER:"},
		{name: "a language that is BoringSSL's", flags: []string{"-cipher", "DEFAULT:!ECDHE"}, status: 89},
		{name: "curves", flags: []string{"-curves", "24", "-curves", "23", "-expect-curve-id", "24"},
			clients: []client{legacy(peer{Curves: []wire.Group{wire.GroupSecp256r1, wire.GroupSecp384r1}}, handshake, inverted)}},
		{name: "another curve than expected", flags: []string{"-expect-curve-id", "24"},
			clients: []client{legacy(peer{Curves: []wire.Group{wire.GroupSecp256r1}}, handshake)}, status: 1, reason: "the curve is"},
		{name: "no shared curve", flags: []string{"-curves", "24"},
			clients: []client{legacy(peer{
				Curves: []wire.Group{wire.GroupSecp256r1},
				Suites: []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
			}, alerted(wire.AlertHandshakeFailure, handshake))},
			status: 1, reason: "[curve-none-shared]", boring: ":NO_SHARED_GROUP:"},
		{name: "a curve that is not served", flags: []string{"-curves", "21"}, status: 89},
	})
}

func TestNames(t *testing.T) {
	alpn := peer{ALPN: []string{"foo", "bar"}}
	runPlays(t, []play{
		{name: "server name", flags: []string{"-expect-server-name", "example.com"},
			clients: []client{legacy(peer{ServerName: "example.com"}, handshake, inverted)}, process: true},
		{name: "another server name", flags: []string{"-expect-server-name", "example.com"},
			clients: []client{legacy(peer{ServerName: "example.org"}, handshake)},
			status:  1, reason: `the server name is "example.org", expected: "example.com"`},
		{name: "ALPN", flags: []string{"-select-alpn", "bar", "-expect-alpn", "bar", "-expect-advertised-alpn", "\x03foo\x03bar"},
			clients: []client{legacy(alpn, handshake, inverted)}},
		{name: "ALPN declined", flags: []string{"-decline-alpn", "-expect-advertised-alpn", "\x03foo\x03bar"},
			clients: []client{legacy(alpn, handshake, inverted)}},
		{name: "ALPN not negotiated", flags: []string{"-expect-alpn", "bar"},
			clients: []client{legacy(alpn, handshake)}, status: 1, reason: `the protocol is "", expected: "bar"`},
		{name: "other protocols advertised", flags: []string{"-expect-advertised-alpn", "\x03foo"},
			clients: []client{legacy(alpn, handshake)}, status: 1, reason: "the client offers the protocols"},
		{name: "ALPN not shared", flags: []string{"-select-alpn", "baz"},
			clients: []client{legacy(alpn, alerted(wire.AlertNoApplicationProtocol, handshake))}, status: 1, reason: "by ALPN"},
		{name: "extended master secret", flags: []string{"-expect-extended-master-secret"},
			clients: []client{legacy(peer{ExtendedMasterSecret: true}, handshake, inverted)}},
		{name: "no extended master secret", flags: []string{"-expect-extended-master-secret"},
			clients: []client{legacy(peer{}, handshake)}, status: 1, reason: "extended_master_secret was expected"},
	})
}
