package handshake

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func TestVersionIsTheHighestThatBothHave(t *testing.T) {
	supported := func(v ...wire.Version) change { return with(wire.SupportedVersionsExtension(v)) }
	for _, c := range []struct {
		name     string
		min, max wire.Version
		hello    *wire.ClientHello
		want     wire.Version // zero: none
	}{
		{"equal", wire.VersionTLS10, wire.VersionTLS12, clientHello(), wire.VersionTLS12},
		{"the client's highest", wire.VersionTLS10, wire.VersionTLS12, clientHello(version(wire.VersionTLS10)), wire.VersionTLS10},
		{"ours", wire.VersionTLS10, wire.VersionTLS11, clientHello(), wire.VersionTLS11},
		{"a version of the future", wire.VersionTLS10, wire.VersionTLS12, clientHello(version(0x0399)), wire.VersionTLS12},
		{"supported_versions counts, not client_version", wire.VersionTLS10, wire.VersionTLS12, clientHello(supported(wire.VersionTLS11)), wire.VersionTLS11},
		{"supported_versions with what nobody knows", wire.VersionTLS10, wire.VersionTLS12, clientHello(supported(0x7a7a, wire.VersionTLS13, wire.VersionTLS12)), wire.VersionTLS12},
		{"client too old", wire.VersionTLS11, wire.VersionTLS12, clientHello(version(wire.VersionTLS10)), 0},
		{"SSL 3.0", wire.VersionTLS10, wire.VersionTLS12, clientHello(version(wire.VersionSSL30)), 0},
		{"TLS 1.3 only", wire.VersionTLS10, wire.VersionTLS12, clientHello(supported(wire.VersionTLS13)), 0},
		{"only ones too high for us", wire.VersionTLS10, wire.VersionTLS11, clientHello(supported(wire.VersionTLS12)), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := everything()
			settings.MinVersion, settings.MaxVersion = c.min, c.max
			l := climb(t, settings, rsaKey(), c.hello)
			err := l.begin()
			if c.want == 0 {
				refused(t, err, wire.AlertProtocolVersion, "version-none-shared")
				return
			}
			if err != nil || l.serverHello.Version != c.want || l.server.Version() != c.want {
				t.Errorf("%v, %v", l.server.Version(), err)
			}
		})
	}
}

// RFC 8446, section 4.1.3.
func TestDowngradeMarkersSayThatMoreWasPossible(t *testing.T) {
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		for highest := v; highest <= wire.VersionTLS13; highest++ {
			settings := everything()
			settings.HighestServed = highest
			l := climb(t, settings, rsaKey(), clientHello(version(v)))
			if err := l.begin(); err != nil {
				t.Fatal(err)
			}
			want := ""
			switch {
			case v == wire.VersionTLS12 && highest == wire.VersionTLS13:
				want = "DOWNGRD\x01"
			case v < wire.VersionTLS12 && highest >= wire.VersionTLS12:
				want = "DOWNGRD\x00"
			}
			if got := string(l.serverHello.Random[24:]); (got == want) != (want != "") || want == "" && got[:7] == "DOWNGRD" {
				t.Errorf("%s where %s is served: %q", v, highest, got)
			}
		}
	}
}

// RFC 7507, section 3.
func TestFallbackSCSVIsRefusedWhereMoreWasPossible(t *testing.T) {
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		for highest := wire.VersionTLS10; highest <= wire.VersionTLS13; highest++ {
			for _, falls := range []bool{false, true} {
				settings := everything()
				settings.MaxVersion, settings.HighestServed = min(highest, wire.VersionTLS12), highest
				hello := clientHello(version(v))
				if falls {
					hello = clientHello(version(v), func(h *wire.ClientHello) { h.CipherSuites = append(h.CipherSuites, wire.SuiteFallbackSCSV) })
				}
				l := climb(t, settings, rsaKey(), hello)
				err := l.begin()
				if falls && highest > v {
					refused(t, err, wire.AlertInappropriateFallback, "fallback-scsv-refused")
				} else if err != nil {
					t.Errorf("%s, highest %s, falls back %v: %v", v, highest, falls, err)
				} else if l.serverHello.CipherSuite == wire.SuiteFallbackSCSV {
					t.Error("the SCSV was chosen")
				}
			}
		}
	}
}

func TestSuiteIsOurFirstThatAllAllow(t *testing.T) {
	const (
		rsaCBC     = wire.TLS_RSA_WITH_AES_128_CBC_SHA
		rsaGCM     = wire.TLS_RSA_WITH_AES_128_GCM_SHA256
		ecdheRSA   = wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA
		ecdheECDSA = wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
	)
	noGroup := with(wire.GroupsExtension([]wire.Group{0x0a0a, 0x0100}))
	compressedOnly := with(wire.PointFormatsExtension([]uint8{1, 2}))
	sha224 := with(wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{0x0301, 0x0303}))
	for _, c := range []struct {
		name    string
		ours    []wire.SuiteID
		key     crypto.Signer
		hello   *wire.ClientHello
		want    wire.SuiteID
		finding string
	}{
		{"our order, not the client's", []wire.SuiteID{ecdheRSA, rsaCBC}, rsaKey(), clientHello(suites(rsaCBC, ecdheRSA)), ecdheRSA, ""},
		{"what the certificate can do", []wire.SuiteID{ecdheECDSA, ecdheRSA}, rsaKey(), clientHello(suites(ecdheECDSA, ecdheRSA)), ecdheRSA, ""},
		{"likewise for ECDSA", []wire.SuiteID{rsaCBC, ecdheECDSA}, ecdsaKey(), clientHello(suites(rsaCBC, ecdheECDSA)), ecdheECDSA, ""},
		{"no group is shared", []wire.SuiteID{ecdheRSA, rsaCBC}, rsaKey(), clientHello(suites(rsaCBC, ecdheRSA), noGroup), rsaCBC, ""},
		{"compressed points only", []wire.SuiteID{ecdheRSA, rsaCBC}, rsaKey(), clientHello(suites(rsaCBC, ecdheRSA), compressedOnly), rsaCBC, ""},
		{"no signature is shared", []wire.SuiteID{ecdheRSA, rsaCBC}, rsaKey(), clientHello(suites(rsaCBC, ecdheRSA), sha224), rsaCBC, ""},
		{"not before its version", []wire.SuiteID{rsaGCM, rsaCBC}, rsaKey(), clientHello(version(wire.VersionTLS11), suites(rsaGCM, rsaCBC)), rsaCBC, ""},
		{"unknown suites and GREASE are passed over", []wire.SuiteID{rsaCBC}, rsaKey(), clientHello(suites(0x0a0a, 0x1301, 0xffff, rsaCBC, wire.SuiteEmptyRenegotiationInfoSCSV)), rsaCBC, ""},
		{"a suite of ours that nobody knows", []wire.SuiteID{0x0a0a, 0x1301, rsaCBC}, rsaKey(), clientHello(suites(0x0a0a, 0x1301, rsaCBC)), rsaCBC, ""},

		{"none", []wire.SuiteID{ecdheRSA}, rsaKey(), clientHello(suites(rsaCBC)), 0, "suite-none-shared"},
		{"none of the version's", []wire.SuiteID{rsaGCM}, rsaKey(), clientHello(version(wire.VersionTLS10), suites(rsaGCM)), 0, "suite-none-shared"},
		{"none of the certificate's", []wire.SuiteID{ecdheECDSA}, rsaKey(), clientHello(suites(ecdheECDSA)), 0, "suite-none-shared"},
		{"ECDHE without a group", []wire.SuiteID{ecdheRSA}, rsaKey(), clientHello(suites(ecdheRSA), noGroup), 0, "curve-none-shared"},
		{"ECDHE without a signature", []wire.SuiteID{ecdheRSA}, rsaKey(), clientHello(suites(ecdheRSA), sha224), 0, "signature-none-shared"},
		{"only the SCSV", []wire.SuiteID{rsaCBC}, rsaKey(), clientHello(suites(wire.SuiteEmptyRenegotiationInfoSCSV)), 0, "suite-none-shared"},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := everything()
			settings.Suites = c.ours
			l := climb(t, settings, c.key, c.hello)
			err := l.begin()
			if c.want == 0 {
				refused(t, err, wire.AlertHandshakeFailure, c.finding)
				return
			}
			if err != nil || l.serverHello.CipherSuite != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestEverySuiteHasItsVersionsAndCompletes(t *testing.T) {
	for _, s := range suite.All() {
		key := map[suite.Authentication]crypto.Signer{suite.AuthRSA: rsaKey(), suite.AuthECDSA: ecdsaKey()}[s.Authentication]
		for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
			l := climb(t, everything(), key, clientHello(version(v), suites(s.ID), ems))
			err := l.run()
			if allowed := v >= s.MinVersion; allowed != (err == nil) {
				t.Errorf("%s %s: %v", s, v, err)
			}
		}
	}
}

func TestGroupIsOurFirstThatTheClientNames(t *testing.T) {
	named := func(g ...wire.Group) change { return with(wire.GroupsExtension(g)) }
	for _, c := range []struct {
		name  string
		ours  []wire.Group
		hello change
		want  wire.Group // zero: none
	}{
		{"our order", []wire.Group{wire.GroupX25519, wire.GroupSecp256r1}, named(wire.GroupSecp256r1, wire.GroupX25519), wire.GroupX25519},
		{"what is shared", []wire.Group{wire.GroupX25519, wire.GroupSecp384r1}, named(wire.GroupSecp521r1, wire.GroupSecp384r1), wire.GroupSecp384r1},
		{"P-521", []wire.Group{wire.GroupSecp521r1}, named(wire.GroupSecp521r1), wire.GroupSecp521r1},
		{"nothing named is P-256", []wire.Group{wire.GroupX25519, wire.GroupSecp256r1}, func(*wire.ClientHello) {}, wire.GroupSecp256r1},
		{"nothing named and no P-256", []wire.Group{wire.GroupX25519}, func(*wire.ClientHello) {}, 0},
		{"a group that we cannot compute", []wire.Group{0x0100, wire.GroupSecp256r1}, named(0x0100, wire.GroupSecp256r1), wire.GroupSecp256r1},
		{"none of ours", nil, named(wire.GroupSecp256r1), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := everything()
			settings.Groups = c.ours
			l := climb(t, settings, rsaKey(), clientHello(suites(wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA), c.hello))
			err := l.run()
			if c.want == 0 {
				refused(t, err, wire.AlertHandshakeFailure, "curve-none-shared")
			} else if err != nil || l.exchange.Group != c.want || l.server.Done().Group != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
		})
	}
}

func TestRSAKeyExchangeHasNoGroup(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(suites(wire.TLS_RSA_WITH_AES_128_CBC_SHA)))
	if o := l.complete(); o.Group != 0 {
		t.Errorf("group %s", o.Group)
	}
}

func TestSignatureSchemeIsOurFirstThatKeyAndClientHave(t *testing.T) {
	small := must(rsa.GenerateKey(rand.Reader, 1024))
	p384 := must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	all := slices.Clone(ourSchemes)
	slices.Reverse(all)
	offered := func(s ...wire.SignatureScheme) []wire.SignatureScheme { return s }
	for _, c := range []struct {
		name    string
		key     crypto.Signer
		offered []wire.SignatureScheme // nil: no extension
		want    wire.SignatureScheme
	}{
		{"RSA, all offered", rsaKey(), all, wire.SchemeRSAPKCS1SHA256},
		{"ECDSA, all offered", ecdsaKey(), all, wire.SchemeECDSAP256SHA256},
		{"P-384, all offered", p384, all, wire.SchemeECDSAP256SHA256},
		{"no extension, RSA", rsaKey(), nil, wire.SchemeRSAPKCS1SHA1},
		{"no extension, ECDSA", ecdsaKey(), nil, wire.SchemeECDSASHA1},
		{"PSS only", rsaKey(), offered(wire.SchemeRSAPSSRSAESHA512, wire.SchemeRSAPSSRSAESHA384), wire.SchemeRSAPSSRSAESHA384},
		{"only the other kind", rsaKey(), offered(wire.SchemeECDSAP256SHA256), 0},
		{"a short key has no room for PSS with SHA-512", small, offered(wire.SchemeRSAPSSRSAESHA512), 0},
		{"and takes what fits", small, offered(wire.SchemeRSAPSSRSAESHA512, wire.SchemeRSAPKCS1SHA512), wire.SchemeRSAPKCS1SHA512},
		{"GREASE", rsaKey(), offered(0x0a0a), 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			hello := clientHello()
			if c.offered != nil {
				hello = clientHello(with(wire.SignatureAlgorithmsExtension(c.offered)))
			}
			n := &negotiation{hello: hello, version: wire.VersionTLS12, certificate: &CertificateReply{Public: c.key.Public()}}
			if got, err := n.signatureScheme(); got != c.want || err != nil {
				t.Errorf("%s, %v, want %s", got, err, c.want)
			}
			for _, old := range []wire.Version{wire.VersionTLS10, wire.VersionTLS11} {
				n.version = old
				if got, err := n.signatureScheme(); got != 0 || err != nil {
					t.Errorf("%s names a scheme: %s, %v", old, got, err)
				}
			}
		})
	}
}

func TestSignatureCoversBothRandomsAndTheShare(t *testing.T) {
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		for _, key := range []crypto.Signer{rsaKey(), ecdsaKey()} {
			l := climb(t, everything(), key, clientHello(version(v), suites(wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA)))
			if err := l.begin(); err != nil {
				t.Fatal(err)
			}
			signed := slices.Concat(l.hello.Random[:], l.serverHello.Random[:], l.exchange.Params)
			digest, opts := digestToSign(v, l.suite.Authentication, l.exchange.Scheme, signed)
			if err := verifySignature(key.Public(), digest, opts, l.exchange.Signature); err != nil {
				t.Errorf("%s %T: %v", v, key, err)
			}
		}
	}
}

func TestExtendedMasterSecretIsAnsweredIfOffered(t *testing.T) {
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		for _, offers := range []bool{false, true} {
			hello := clientHello(version(v))
			if offers {
				hello = clientHello(version(v), ems)
			}
			l := climb(t, everything(), rsaKey(), hello)
			if o := l.complete(); o.ExtendedMasterSecret != offers || l.serverHello.ExtendedMasterSecret() != offers || o.Session.ExtendedMasterSecret != offers || o.Stored.ExtendedMasterSecret != offers {
				t.Errorf("%s, offered %v: %v", v, offers, o.ExtendedMasterSecret)
			}
		}
	}
}

// The master secret with RFC 7627 belongs to this handshake's messages: a client
// that computes it over others does not get through.
func TestExtendedMasterSecretBindsTheMessages(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(ems))
	if err := l.begin(); err != nil {
		t.Fatal(err)
	}
	m, premaster := l.clientKeyExchange()
	l.master = keys.ExtendedMasterSecret(wire.VersionTLS12, l.suite, premaster, l.transcript.SessionHash()) // ClientKeyExchange left out
	l.transcript.Write(m)
	if err := l.after(l.server.Message(m)); err != nil {
		t.Fatal(err)
	}
	refused(t, l.finish(), wire.AlertDecryptError, "")
}

// RFC 5246, section 7.4.1.4, RFC 5746, section 3.6: what was not offered is not
// answered, the SCSV's answer apart.
func TestOnlyOfferedExtensionsAreAnswered(t *testing.T) {
	settings := everything()
	settings.ALPN = []string{"h1"}
	settings.Sealer = sealer{}
	offers := map[wire.ExtensionType]change{
		wire.ExtensionExtendedMasterSecret: ems,
		wire.ExtensionSessionTicket:        with(wire.SessionTicketExtension(nil)),
		wire.ExtensionALPN:                 with(wire.ALPNExtension([]string{"h1"})),
		wire.ExtensionECPointFormats:       with(wire.PointFormatsExtension(nil)),
		wire.ExtensionRenegotiationInfo:    with(wire.RenegotiationInfoExtension(nil)),
		wire.ExtensionServerName:           with(wire.ServerNameExtension("a.test")),
	}
	bare := climb(t, settings, rsaKey(), clientHello())
	bare.complete()
	if bare.serverHello.HasExtensions {
		t.Errorf("a hello without extensions is answered with %v", bare.serverHello.Extensions)
	}
	for id, offer := range offers {
		l := climb(t, settings, rsaKey(), clientHello(offer))
		l.complete()
		if len(l.serverHello.Extensions) != 1 || l.serverHello.Extensions[0].Type != id {
			t.Errorf("%s is answered with %v", id, l.serverHello.Extensions)
		}
	}
	for _, unknown := range []wire.ExtensionType{0x0a0a, 5, 15, 18, 22, 0x3374} {
		l := climb(t, settings, rsaKey(), clientHello(with(wire.Extension{Type: unknown, Data: []byte{1, 2, 3}})))
		l.complete()
		if l.serverHello.HasExtensions {
			t.Errorf("%s is answered", unknown)
		}
	}
}

func TestALPNIsDecidedByOurOrderOnce(t *testing.T) {
	offers := func(p ...string) change { return with(wire.ALPNExtension(p)) }
	for _, c := range []struct {
		name  string
		ours  []string
		hello *wire.ClientHello
		want  string
		fails bool
	}{
		{"our order", []string{"b", "a"}, clientHello(offers("a", "b")), "b", false},
		{"none configured", nil, clientHello(offers("a")), "", false},
		{"none offered", []string{"a"}, clientHello(), "", false},
		{"none shared", []string{"a"}, clientHello(offers("b")), "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := everything()
			settings.ALPN = c.ours
			l := climb(t, settings, rsaKey(), c.hello)
			err := l.run()
			if c.fails {
				refused(t, err, wire.AlertNoApplicationProtocol, "")
				return
			}
			if answered, _ := l.serverHello.ALPN(); err != nil || answered != c.want || l.server.Done().ALPN != c.want {
				t.Errorf("%q, %v", answered, err)
			}
		})
	}
}

func TestAMalformedHelloIsNamedSo(t *testing.T) {
	settings := everything()
	settings.ALPN = []string{"a"}
	bad := func(id wire.ExtensionType) change { return with(wire.Extension{Type: id, Data: []byte{9}}) }
	for _, c := range []struct {
		name  string
		hello *wire.ClientHello
		alert wire.Alert
	}{
		{"an extension twice", clientHello(ems, ems), wire.AlertDecodeError},
		{"no null compression", clientHello(func(h *wire.ClientHello) { h.CompressionMethods = []uint8{1} }), wire.AlertIllegalParameter},
		{"server_name", clientHello(bad(wire.ExtensionServerName)), wire.AlertDecodeError},
		{"ALPN", clientHello(bad(wire.ExtensionALPN)), wire.AlertDecodeError},
		{"supported_groups", clientHello(bad(wire.ExtensionSupportedGroups)), wire.AlertDecodeError},
		{"ec_point_formats", clientHello(bad(wire.ExtensionECPointFormats)), wire.AlertDecodeError},
		{"signature_algorithms", clientHello(bad(wire.ExtensionSignatureAlgorithms)), wire.AlertDecodeError},
		{"renegotiation_info", clientHello(bad(wire.ExtensionRenegotiationInfo)), wire.AlertDecodeError},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := climb(t, settings, rsaKey(), func() *wire.ClientHello {
				c.hello.CipherSuites = []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}
				c.hello.Raw = c.hello.Marshal()
				return c.hello
			}())
			refused(t, l.begin(), c.alert, "hello-malformed")
			if len(l.received) > 0 {
				t.Errorf("%d messages were sent before", len(l.received))
			}
		})
	}
}

// The name is kept: in the session, in its ticket, in every State.
func TestANameThatNoHostHasIsNotKept(t *testing.T) {
	for name, fits := range map[string]bool{
		strings.Repeat("a", maxServerName):     true,
		strings.Repeat("a", maxServerName+1):   false,
		strings.Repeat("a", wire.MaxPlaintext): false,
		"a.test\x00.evil":                      false,
	} {
		l := climb(t, everything(), rsaKey(), clientHello(with(wire.ServerNameExtension(name))))
		if !fits {
			refused(t, l.begin(), wire.AlertUnrecognizedName, "hello-malformed")
		} else if o := l.complete(); o.ServerName != name {
			t.Errorf("%d bytes became %q", len(name), o.ServerName)
		}
	}
}

// RFC 5746, section 3.6.
func TestRenegotiationInfoInAFirstHelloIsEmptyOrForged(t *testing.T) {
	refused(t, climb(t, everything(), rsaKey(), clientHello(with(wire.RenegotiationInfoExtension([]byte{0})))).begin(), wire.AlertHandshakeFailure, "reneg-forged-hello")
	scsv := func(h *wire.ClientHello) {
		h.CipherSuites = append(h.CipherSuites, wire.SuiteEmptyRenegotiationInfoSCSV)
	}
	for name, signal := range map[string]change{"extension": with(wire.RenegotiationInfoExtension(nil)), "SCSV": scsv} {
		l := climb(t, everything(), rsaKey(), clientHello(signal))
		o := l.complete()
		if info, present, err := l.serverHello.RenegotiationInfo(); !present || len(info) > 0 || err != nil || !o.SecureRenegotiation {
			t.Errorf("%s is answered with %x, %v; flag %v", name, info, present, o.SecureRenegotiation)
		}
	}
	if l := climb(t, everything(), rsaKey(), clientHello()); l.complete().SecureRenegotiation {
		t.Error("the flag is set for a client that signals nothing")
	}
}

// However little chance there is, the handshake ends with a named error.
func TestChanceThatRunsOutIsAnInternalError(t *testing.T) {
	for _, exchange := range []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA} {
		for n := range int64(100) {
			l := climb(t, everything(), rsaKey(), clientHello(suites(exchange)))
			l.server.context.Rand = io.LimitReader(rand.Reader, n)
			if err := l.run(); err != nil {
				refused(t, err, wire.AlertInternalError, "")
			} else if n < 64 {
				t.Errorf("%s: %d bytes were enough", exchange, n)
			}
		}
	}
}

func TestAnAnswerThatIsNoneIsAnInternalError(t *testing.T) {
	refuses := errors.New("no")
	for _, c := range []struct {
		name  string
		reply func(Question) Reply
	}{
		{"no settings", func(q Question) Reply { _, is := q.(ConfigQuestion); return when(is, ConfigReply{}) }},
		{"settings refused", func(q Question) Reply { _, is := q.(ConfigQuestion); return when(is, ConfigReply{Err: refuses}) }},
		{"no certificate", func(q Question) Reply { _, is := q.(CertificateQuestion); return when(is, CertificateReply{}) }},
		{"certificate refused", func(q Question) Reply {
			_, is := q.(CertificateQuestion)
			return when(is, CertificateReply{Err: refuses})
		}},
		{"no signature", func(q Question) Reply {
			_, is := q.(PrivateKeyQuestion)
			return when(is, PrivateKeyReply{Err: refuses})
		}},
		{"another's answer to settings", func(q Question) Reply { _, is := q.(ConfigQuestion); return when(is, SessionReply{}) }},
		{"another's answer to a session", func(q Question) Reply { _, is := q.(SessionQuestion); return when(is, VerifyReply{}) }},
		{"another's answer to a certificate", func(q Question) Reply { _, is := q.(CertificateQuestion); return when(is, VerifyReply{}) }},
		{"another's answer to a signature", func(q Question) Reply { _, is := q.(PrivateKeyQuestion); return when(is, VerifyReply{}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := climb(t, nil, rsaKey(), clientHello(suites(wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA), offering([]byte{1})))
			err := l.server.Hello(l.hello)
			for err == nil && l.server.Question() != nil {
				r := c.reply(l.server.Question())
				if r == nil {
					r = l.answer(l.server.Question())
				}
				err = l.server.Reply(r)
			}
			refused(t, err, wire.AlertInternalError, "")
		})
	}
}

// when gives the reply, or nil for the right one.
func when(is bool, r Reply) Reply {
	if is {
		return r
	}
	return nil
}

func TestAFaultFromOutsideKeepsItsAlert(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello())
	l.verify = func(VerifyQuestion) error { return fault(wire.AlertAccessDenied, "cert-refused", "not today") }
	refused(t, l.run(), wire.AlertAccessDenied, "cert-refused")
	l = climb(t, everything(), rsaKey(), clientHello())
	l.verify = func(VerifyQuestion) error { return errors.New("not today") }
	if err := l.run(); err == nil || l.finished {
		t.Errorf("%v; our Finished was sent: %v", err, l.finished)
	}
}

// Of two certificates the one is asked for that the client can take: suites alone
// do not tell.
func TestCertificateIsAskedForByWhatTheClientVerifies(t *testing.T) {
	both := []wire.SuiteID{wire.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	rsaOnly := with(wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{wire.SchemeRSAPKCS1SHA256}))
	settings := everything()
	settings.Suites = both
	l := climb(t, settings, rsaKey(), clientHello(suites(both...), rsaOnly))
	if err := l.begin(); err != nil {
		t.Fatal(err)
	}
	for _, q := range l.asked {
		if c, ok := q.(CertificateQuestion); ok && (!c.RSA || c.ECDSA) {
			t.Errorf("asked for RSA %v, ECDSA %v", c.RSA, c.ECDSA)
		}
	}
}
