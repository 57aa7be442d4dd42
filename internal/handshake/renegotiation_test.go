package handshake

import (
	"bytes"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func scsv(h *wire.ClientHello) {
	h.CipherSuites = append(slices.Clone(h.CipherSuites), wire.SuiteEmptyRenegotiationInfoSCSV)
}

func binding(o *Outcome) change { return with(wire.RenegotiationInfoExtension(o.ClientVerifyData)) }

// What ServerHello.renegotiation_info says under each of the terms.
func TestReplyFollowsTheTerms(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(scsv))
	o := l.complete()
	full := slices.Concat(o.ClientVerifyData, o.ServerVerifyData)
	if len(full) != 24 {
		t.Fatalf("verify_data of %d bytes", len(full))
	}
	for _, c := range []struct {
		terms renego.Terms
		hello *wire.ClientHello
		want  []byte // nil: no extension
		full  bool
	}{
		{renego.TermsSecure, clientHello(binding(o)), full, true},
		{renego.TermsSecure, clientHello(binding(o), offering(o.Session.ID)), full, false},
		{renego.TermsBound, clientHello(scsv, offering(o.Session.ID)), full, false},
		{renego.TermsResumed, clientHello(offering(o.Session.ID)), nil, false},
		{renego.TermsTrusted, clientHello(scsv), full, true},
		{renego.TermsTrusted, clientHello(), nil, true},
	} {
		next := l.again(c.terms, o, c.hello)
		out := next.complete()
		info, present, err := next.serverHello.RenegotiationInfo()
		if err != nil || present != (c.want != nil) || !bytes.Equal(info, c.want) {
			t.Errorf("%s is answered with %x, %v", c.terms, info, present)
		}
		if out.Resumed == c.full || out.Terms != c.terms {
			t.Errorf("%s: resumed %v, terms %s", c.terms, out.Resumed, out.Terms)
		}
		if !out.SecureRenegotiation {
			t.Errorf("%s: the stream forgot that its client signalled RFC 5746", c.terms)
		}
	}
}

func TestBoundTermsHaveNoFullHandshake(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(scsv))
	o := l.complete()
	for _, terms := range []renego.Terms{renego.TermsBound, renego.TermsResumed} {
		for name, hello := range map[string]*wire.ClientHello{
			"nothing offered": clientHello(scsv), "another's session": clientHello(scsv, offering(bytes.Repeat([]byte{7}, 32))),
		} {
			next := l.again(terms, o, hello)
			next.session = aSession() // which the store would give
			refused(t, next.begin(), wire.AlertHandshakeFailure, "")
			if len(next.received) > 0 || len(next.asked) > 0 {
				t.Errorf("%s, %s: the server sent %d messages and asked %d questions", terms, name, len(next.received), len(next.asked))
			}
		}
	}
}

// The session in use is looked up nowhere, and its secret is the epoch's.
func TestResumingTheSessionInUseAsksNobody(t *testing.T) {
	settings := everything()
	settings.NoSessionIDs = true
	l := climb(t, settings, rsaKey(), clientHello(scsv))
	o := l.complete()
	next := l.again(renego.TermsBound, o, clientHello(scsv, offering(o.Session.ID)))
	again := next.complete()
	for _, q := range next.asked {
		if _, is := q.(VerifyQuestion); !is {
			t.Errorf("it asked %T", q)
		}
	}
	if !bytes.Equal(again.Master.Bytes(), o.Master.Bytes()) || again.Stored != nil || !bytes.Equal(again.Session.ID, o.Session.ID) {
		t.Error("another session came of it")
	}
	third := l.again(renego.TermsBound, again, clientHello(scsv, offering(o.Session.ID))).complete()
	if !third.Resumed {
		t.Error("after a bound handshake the session in use cannot be resumed")
	}
}

func TestWhatMayChangeInARenegotiation(t *testing.T) {
	name := with(wire.ServerNameExtension("a.test"))
	alpn := with(wire.ALPNExtension([]string{"h1"}))
	settings := everything()
	settings.ALPN = []string{"h1", "h0"}
	first := clientHello(scsv, name, alpn)
	for _, c := range []struct {
		name    string
		hello   func(*Outcome) *wire.ClientHello
		alert   wire.Alert // zero: allowed
		finding string
	}{
		{"nothing", func(o *Outcome) *wire.ClientHello { return clientHello(binding(o), name, alpn) }, 0, ""},
		{"the suite", func(o *Outcome) *wire.ClientHello {
			return clientHello(binding(o), suites(wire.TLS_RSA_WITH_AES_256_CBC_SHA))
		}, 0, ""},
		{"the group", func(o *Outcome) *wire.ClientHello {
			return clientHello(binding(o), suites(wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA), with(wire.GroupsExtension([]wire.Group{wire.GroupSecp521r1})))
		}, 0, ""},
		{"Extended Master Secret comes", func(o *Outcome) *wire.ClientHello { return clientHello(binding(o), ems) }, 0, ""},
		{"the server name is left out", func(o *Outcome) *wire.ClientHello { return clientHello(binding(o), alpn) }, 0, ""},
		{"ALPN is left out", func(o *Outcome) *wire.ClientHello { return clientHello(binding(o), name) }, 0, ""},
		{"ALPN names another", func(o *Outcome) *wire.ClientHello {
			return clientHello(binding(o), with(wire.ALPNExtension([]string{"h0"})))
		}, 0, ""},
		{"ALPN names none of ours", func(o *Outcome) *wire.ClientHello {
			return clientHello(binding(o), with(wire.ALPNExtension([]string{"h9"})))
		}, 0, ""},
		{"a higher client_version that still covers ours", func(o *Outcome) *wire.ClientHello { return clientHello(binding(o), version(0x0304)) }, 0, ""},
		{"the server name", func(o *Outcome) *wire.ClientHello {
			return clientHello(binding(o), with(wire.ServerNameExtension("b.test")))
		}, wire.AlertHandshakeFailure, "reneg-identity-changed"},
		{"a lower version", func(o *Outcome) *wire.ClientHello { return clientHello(binding(o), version(wire.VersionTLS11)) }, wire.AlertProtocolVersion, "reneg-version-changed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := climb(t, settings, rsaKey(), first)
			o := l.complete()
			next := l.again(renego.TermsSecure, o, c.hello(o))
			err := next.run()
			if c.alert != 0 {
				refused(t, err, c.alert, c.finding)
				if len(next.received) > 0 {
					t.Error("something was sent before it was refused")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			again := next.server.Done()
			if again.ServerName != "a.test" || again.ALPN != "h1" || again.Version != o.Version {
				t.Errorf("%q, %q, %s", again.ServerName, again.ALPN, again.Version)
			}
			if _, answered := next.serverHello.Extension(wire.ExtensionALPN); answered {
				t.Error("ALPN is answered a second time")
			}
		})
	}
}

func TestANameMayNotComeInARenegotiation(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(scsv))
	o := l.complete()
	next := l.again(renego.TermsSecure, o, clientHello(binding(o), with(wire.ServerNameExtension("a.test"))))
	refused(t, next.begin(), wire.AlertHandshakeFailure, "reneg-identity-changed")
}

func TestExtendedMasterSecretMayNotGo(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(scsv, ems))
	o := l.complete()
	next := l.again(renego.TermsSecure, o, clientHello(binding(o)))
	refused(t, next.begin(), wire.AlertHandshakeFailure, "")
}

// Inside a secure renegotiation another session than the one in use is resumed
// only if it agrees in all that identifies the client.
func TestASecureRenegotiationResumesSessionsThatAreAlike(t *testing.T) {
	id := bytes.Repeat([]byte{1}, 32)
	name := with(wire.ServerNameExtension("a.test"))
	mine := [][]byte{selfSigned(t, ecdsaKey().Public())}
	for _, c := range []struct {
		name    string
		change  func(*Session)
		resumes bool
	}{
		{"alike", func(*Session) {}, true},
		{"another client's", func(s *Session) { s.ClientChain = [][]byte{{1}} }, false},
		{"nobody's", func(s *Session) { s.ClientChain = nil }, false},
		{"for another name", func(s *Session) { s.ServerName = "b.test" }, false},
		{"of another version", func(s *Session) { s.Version = wire.VersionTLS11 }, false},
		{"without Extended Master Secret", func(s *Session) { s.ExtendedMasterSecret = false }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := climb(t, asks(ClientAuthRequest), rsaKey(), clientHello(scsv, name, ems))
			l.client = clientKey{key: ecdsaKey(), chain: mine, scheme: wire.SchemeECDSAP256SHA256}
			o := l.complete()
			other := &Session{
				ID: id, Version: o.Version, Suite: suite.ByID(wire.TLS_RSA_WITH_AES_128_CBC_SHA), ServerName: "a.test",
				Master: keys.NewSecret(bytes.Repeat([]byte{5}, 48)), ExtendedMasterSecret: true, ClientChain: mine,
			}
			c.change(other)
			next := l.again(renego.TermsSecure, o, clientHello(binding(o), name, ems, offering(id)))
			next.session, next.offered = other, other.Master
			if err := next.begin(); err != nil {
				t.Fatal(err)
			}
			if next.abbreviated() != c.resumes {
				t.Errorf("resumed: %v, want %v", next.abbreviated(), c.resumes)
			}
		})
	}
}

// The certificate and the settings are those of the connection's beginning.
func TestARenegotiationKeepsCertificateAndSettings(t *testing.T) {
	l := climb(t, nil, rsaKey(), clientHello(scsv))
	o := l.complete()
	next := l.again(renego.TermsSecure, o, clientHello(binding(o)))
	next.complete()
	for _, q := range next.asked {
		switch q.(type) {
		case ConfigQuestion, CertificateQuestion:
			t.Errorf("it asked %T again", q)
		}
	}
}

// A stream that resumed has shown no certificate yet.
func TestARenegotiationAfterAResumptionAsksForTheCertificate(t *testing.T) {
	session := aSession()
	session.ServerName = ""
	l := resuming(t, everything(), session, clientHello(scsv, ems, offering(session.ID)))
	o := l.complete()
	next := l.again(renego.TermsSecure, o, clientHello(binding(o), ems))
	next.complete()
	if !slices.ContainsFunc(next.asked, func(q Question) bool { _, is := q.(CertificateQuestion); return is }) {
		t.Error("it showed a certificate that nobody gave")
	}
}

func TestAnIsolatedStreamBeginsAnew(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(scsv, with(wire.ServerNameExtension("a.test"))))
	o := l.complete()
	fresh := climb(t, everything(), rsaKey(), clientHello(with(wire.RenegotiationInfoExtension(nil)), with(wire.ServerNameExtension("b.test"))))
	fresh.server = NewServer(Context{Terms: renego.TermsIsolated, Rand: &deck{}})
	if out := fresh.complete(); out.ServerName != "b.test" || out.Terms != renego.TermsIsolated {
		t.Errorf("%+v", out)
	}
	if info, present, _ := fresh.serverHello.RenegotiationInfo(); !present || len(info) > 0 {
		t.Errorf("renegotiation_info %x", info)
	}
	// Negative test 7: what names the old stream is forged in the new one.
	forged := climb(t, everything(), rsaKey(), clientHello(binding(o)))
	forged.server = NewServer(Context{Terms: renego.TermsIsolated, Rand: &deck{}})
	refused(t, forged.begin(), wire.AlertHandshakeFailure, "reneg-forged-hello")
}
