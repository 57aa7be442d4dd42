package bogo

import (
	"crypto/tls"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

func TestResumption(t *testing.T) {
	ticket, byID := peer{SessionTickets: true}, peer{}
	with := func(change func(*peer)) peer {
		o := ticket
		change(&o)
		return o
	}
	// again is two connections, the second with the first one's session.
	again := func(first, second peer, steps ...step) []client {
		p := &purse{}
		return []client{legacy(first, handshake, inverted, p.keep), p.legacy(second, steps...)}
	}
	withoutSession := []client{legacy(byID, handshake, inverted), legacy(byID, handshake)}
	corrupt := &purse{}
	thrice := &purse{}
	cache := tls.NewLRUClientSessionCache(1)
	modernAgain := modern(&tls.Config{ClientSessionCache: cache, ServerName: "server.example"}, modernInverted)
	runPlays(t, []play{
		{name: "by ticket", flags: []string{"-resume-count", "1"},
			clients: again(ticket, ticket, handshake, resumed(true), inverted), process: true},
		{name: "by session id", flags: []string{"-resume-count", "1", "-no-ticket"},
			clients: again(byID, byID, handshake, resumed(true), inverted)},
		{name: "the flag of 2014", flags: []string{"-resume"},
			clients: again(byID, byID, handshake, resumed(true), inverted)},
		{name: "twice", flags: []string{"-resume-count", "2"}, clients: []client{
			legacy(ticket, handshake, thrice.keep),
			thrice.legacy(ticket, handshake, resumed(true), inverted, thrice.keep),
			thrice.legacy(ticket, handshake, resumed(true), inverted)}},
		{name: "TLS 1.3", flags: []string{"-resume-count", "1", "-expect-version", "772"}, clients: []client{modernAgain, modernAgain}},
		{name: "a miss that is expected", flags: []string{"-resume-count", "1", "-expect-session-miss"}, clients: []client{
			legacy(byID, handshake, inverted), legacy(byID, handshake, resumed(false), inverted)}},
		{name: "a miss that is not", flags: []string{"-resume-count", "1"},
			clients: withoutSession, status: 1, reason: "connection 2: resumed: false, expected: true"},
		{name: "a resumption that is not expected", flags: []string{"-resume-count", "1", "-expect-session-miss"},
			clients: again(byID, byID, handshake), status: 1, reason: "connection 2: resumed: true, expected: false"},
		{name: "a corrupt ticket is a miss", flags: []string{"-resume-count", "1", "-expect-session-miss"}, clients: []client{
			legacy(ticket, handshake, corrupt.keep),
			corrupt.legacyWith(ticket, func(s *legacyclient.Session) *legacyclient.Session {
				broken := append([]byte{}, s.Ticket...)
				broken[len(broken)-1] ^= 1
				return s.Altered(nil, broken)
			}, handshake, resumed(false), inverted)}},
		{name: "no ticket is taken", flags: []string{"-resume-count", "1", "-on-resume-no-ticket", "-on-resume-expect-session-miss"},
			clients: again(ticket, ticket, handshake, resumed(false), inverted)},
		{name: "another version is a miss", flags: []string{"-resume-count", "1", "-expect-session-miss"},
			clients: again(ticket, with(func(o *peer) { o.Version = wire.VersionTLS11 }), handshake, resumed(false), inverted)},
		{name: "another suite is a miss", flags: []string{"-resume-count", "1", "-expect-session-miss"},
			clients: again(ticket, with(func(o *peer) { o.Suites = []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA} }),
				handshake, resumed(false), inverted)},
		{name: "extended master secret may come", flags: []string{"-resume-count", "1", "-expect-session-miss"},
			clients: again(ticket, with(func(o *peer) { o.ExtendedMasterSecret = true }), handshake, resumed(false), inverted)},
		{name: "extended master secret may not go", flags: []string{"-resume-count", "1"},
			clients: again(with(func(o *peer) { o.ExtendedMasterSecret = true }), ticket, alerted(wire.AlertHandshakeFailure, handshake)),
			status:  1, boring: ":RESUMED_EMS_SESSION_WITHOUT_EMS_EXTENSION:"},
		{name: "flags of one connection", flags: []string{"-resume-count", "1", "-on-initial-shim-writes-first", "-on-resume-expect-server-name", "b", "-on-retry-expect-version", "1", "-expect-session-miss"},
			clients: []client{legacy(peer{ServerName: "a"}, handshake, reads("hello"), inverted), legacy(peer{ServerName: "b"}, handshake, inverted)}},
	})
}
