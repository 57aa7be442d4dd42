package dissect_test

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// talk is what the clients of these tests say, and hear again.
const talk = "what the two say to each other"

// opened holds a conversation to what it must be if all of it was opened.
func opened(t *testing.T, c *trace.Conversation, echoes, handshakes int) {
	t.Helper()
	var data trace.DataDetail
	for _, d := range append(find[trace.DataDetail](c, trace.Data), find[trace.DataDetail](c, trace.Crossed)...) {
		data.FromClient += d.FromClient
		data.ToClient += d.ToClient
		data.Sealed = data.Sealed || d.Sealed
	}
	n := int64(echoes * len(talk))
	if data.FromClient != n || data.ToClient != n || data.Sealed {
		t.Errorf("of %d bytes each way %d and %d were read, sealed %v", n, data.FromClient, data.ToClient, data.Sealed)
	}
	for _, d := range find[trace.HandshakeDetail](c, trace.HandshakeDone) {
		handshakes--
		if d.Unverified {
			t.Error("a handshake is not verified")
		}
	}
	for _, d := range find[trace.RecordDetail](c, trace.Record) {
		if d.Sealed {
			t.Errorf("a record stayed sealed: %s", detail(d))
		}
	}
	if handshakes != 0 {
		t.Errorf("%d handshakes are not seen to be done", handshakes)
	}
	if t.Failed() {
		t.Log("\n" + words(c))
	}
}

func echo(c *legacyclient.Client) error { return c.Echo([]byte(talk)) }

// twice talks, renegotiates and talks again.
func twice(h legacyclient.Hello) func(*legacyclient.Client) error {
	return func(c *legacyclient.Client) error {
		if err := echo(c); err != nil {
			return err
		}
		if err := c.Renegotiate(h); err != nil {
			return err
		}
		return echo(c)
	}
}

var versions = []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12}

// Each suite of the table is opened in each version that has it, through a
// renegotiation, with a key log and, where its key exchange allows, with the key.
func TestEverySuiteIsOpened(t *testing.T) {
	for i, s := range suite.All() {
		for _, v := range versions {
			if v < s.MinVersion {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", v, s), func(t *testing.T) {
				t.Parallel()
				l := play(t, scene{
					client: legacyclient.Options{Version: v, Suites: []wire.SuiteID{s.ID}, ExtendedMasterSecret: i%2 == 0, SessionTickets: i%3 == 0},
					server: func(c *parley.Config) { c.CipherSuites = []uint16{uint16(s.ID)} },
					act:    twice(legacyclient.Hello{Kind: legacyclient.HelloProper}),
				})
				opened(t, told(withLog(t, l.log), l.heard), 2, 2)
				if s.KeyExchange == suite.KeyExchangeRSA {
					opened(t, told(withKey(t), l.heard), 2, 2)
				}
			})
		}
	}
}

// A connection that resumes another one's session is opened with the key that
// opened that one.
func TestSessionsOpenOtherConnections(t *testing.T) {
	for _, tickets := range []bool{false, true} {
		for _, v := range versions {
			t.Run(fmt.Sprintf("%s/tickets %v", v, tickets), func(t *testing.T) {
				var session *legacyclient.Session
				first := scene{
					client: legacyclient.Options{Version: v, Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}, SessionTickets: tickets, ExtendedMasterSecret: true},
					base:   &parley.Config{},
					act:    func(c *legacyclient.Client) error { session = c.Session(); return echo(c) },
				}
				one := play(t, first)
				first.client.Session = session
				two := play(t, first)

				ring := withKey(t)
				opened(t, told(ring, one.heard), 1, 1)
				c := told(ring, two.heard)
				opened(t, c, 1, 1)
				if d := find[trace.HandshakeDetail](c, trace.HandshakeDone); len(d) != 1 || !d[0].Resumed {
					t.Errorf("the second connection does not resume the first:\n%s", words(c))
				}
				if k := find[trace.KeysDetail](c, trace.Keys); len(k) == 0 || !strings.Contains(k[0].Opened, "the session that connection 1 made") {
					t.Errorf("opened by what? %+v", k)
				}
				c = told(withKey(t), two.heard)
				if k := find[trace.KeysDetail](c, trace.Keys); len(k) == 0 || !strings.Contains(k[0].Locked, "the session that it resumes") {
					t.Errorf("locked by what? %+v", k)
				}
			})
		}
	}
}

// A client's certificate is read, and what asks for it.
func TestClientCertificatesAreSeen(t *testing.T) {
	certificate := identities().ecdsa
	l := play(t, scene{
		client: legacyclient.Options{Certificate: &certificate},
		server: func(c *parley.Config) { c.ClientAuth = tls.RequireAnyClientCert },
		act:    twice(legacyclient.Hello{Kind: legacyclient.HelloProper}),
	})
	c := told(withLog(t, l.log), l.heard)
	opened(t, c, 2, 2)
	agree(t, l.events, c)
	for _, d := range find[trace.HandshakeDetail](c, trace.HandshakeDone) {
		if !d.ClientCertificate {
			t.Error("no client certificate was seen")
		}
	}
}

// Why a connection stays locked is said so that whoever reads it can do something.
func TestWhatIsLockedIsExplained(t *testing.T) {
	ecdhe := play(t, scene{client: legacyclient.Options{Suites: []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}}, act: echo})
	static := play(t, scene{client: legacyclient.Options{Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}}, act: echo})
	other := dissect.NewKeyring()
	if err := other.AddKey("other.key", read(t, captures+"server.key")); err != nil {
		t.Fatal(err)
	}
	for what, x := range map[string]struct {
		ring *dissect.Keyring
		of   live
	}{
		"no key was given":                      {dissect.NewKeyring(), static},
		"(test.key) cannot open ECDHE":          {withKey(t), ecdhe},
		"none of the RSA keys given is the one": {other, static},
		"have no line for this connection":      {withLog(t, static.log), ecdhe},
	} {
		c := told(x.ring, x.of.heard)
		if k := find[trace.KeysDetail](c, trace.Keys); len(k) != 2 || !strings.Contains(k[0].Locked, what) || !strings.Contains(k[1].Locked, what) {
			t.Errorf("%s: %+v", what, k)
		}
		if d := find[trace.HandshakeDetail](c, trace.HandshakeDone); len(d) != 1 || !d[0].Unverified {
			t.Errorf("%s: the handshake is not seen to be done:\n%s", what, words(c))
		}
	}
}

// A record whose MAC has the version of its header, and not the one negotiated,
// is opened, and it is told which matched.
func TestWhichVersionMatchedIsTold(t *testing.T) {
	m, ok := legacyclient.Named("mac-header-version")
	if !ok {
		t.Fatal("no such misbehaviour")
	}
	for _, id := range []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_RSA_WITH_RC4_128_SHA, wire.TLS_RSA_WITH_AES_128_GCM_SHA256} {
		l := play(t, scene{
			client: m.Options(legacyclient.Options{Suites: []wire.SuiteID{id}}),
			server: func(c *parley.Config) { c.CipherSuites = []uint16{uint16(id)} },
			act:    m.Run,
		})
		c := told(withKey(t), l.heard)
		var matched []wire.Version
		for _, d := range find[trace.RecordDetail](c, trace.Record) {
			if d.Matched != 0 {
				matched = append(matched, d.Matched)
			}
		}
		if len(matched) == 0 || matched[0] != wire.VersionTLS10 || count(c, trace.SecondHello) != 1 {
			t.Errorf("%s: matched %v\n%s", id, matched, words(c))
		}
	}
}
