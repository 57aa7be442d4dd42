package dissect_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A live is a conversation that took place: what its server told of it, and what
// passed.
type live struct {
	events []parley.Event
	heard  []heard
	log    []byte
}

// A scene is what client and server are made with.
type scene struct {
	client legacyclient.Options
	server func(*parley.Config)
	base   *parley.Config // shared by servers that resume each other's sessions; nil: none
	act    func(*legacyclient.Client) error
}

// play has a client and a server of Parley's talk.
func play(t testing.TB, s scene) live {
	t.Helper()
	var out live
	var mu sync.Mutex
	var log bytes.Buffer
	config := &parley.Config{}
	if s.base != nil {
		config = s.base.Clone()
	}
	config.Certificates = []tls.Certificate{identities().rsa, identities().ecdsa}
	config.MaxVersion, config.KeyLog = tls.VersionTLS12, &log
	config.Events = func(e parley.Event) {
		mu.Lock()
		defer mu.Unlock()
		out.events = append(out.events, e)
	}
	if s.server != nil {
		s.server(config)
	}
	ours, theirs := loopback(t)
	through := &tap{Conn: theirs}
	done := make(chan struct{})
	go func() {
		defer close(done)
		serve(parley.Server(ours, config))
	}()
	s.client.Timeout = 2 * time.Second
	c := legacyclient.New(through, s.client)
	if err := c.Handshake(); err == nil && s.act != nil {
		_ = s.act(c) // what came of it is what the test is about
	}
	_ = c.Close()
	<-done
	mu.Lock()
	defer mu.Unlock()
	out.heard, out.log = through.heard, log.Bytes()
	return out
}

// loopback is a TCP connection of this machine with itself.
func loopback(t testing.TB) (server, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return server, client
}

// serve echoes until the connection ends.
func serve(c *parley.Conn) {
	defer func() { _ = c.Close() }()
	b := make([]byte, 4096)
	for {
		n, err := c.Read(b)
		if err != nil {
			return
		}
		if _, err := c.Write(b[:n]); err != nil {
			return
		}
	}
}

// everything is a policy that lets every kind do what it may.
func everything(c *parley.Config) {
	c.Policy = parley.Policy{Secure: parley.AnswerAccept, Reset: parley.AnswerAcceptFull, Bare: parley.AnswerTrust}
}

// The server's record and the capture of the same connection give every second
// hello the same kind, for the same reasons.
func TestTheCaptureAgreesWithTheServer(t *testing.T) {
	suites := []wire.SuiteID{
		wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_RSA_WITH_RC4_128_SHA, wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
	// What these do the capture sees and their server does not: it had ended the
	// connection, or lost its place in it.
	unseen := []string{"after-bad-mac", "injected-hello", "mac-header-version"}
	for n, m := range legacyclient.Misbehaviours() {
		if slices.Contains(unseen, m.Name) {
			continue
		}
		for _, permissive := range []bool{false, true} {
			n++
			id := suites[n%len(suites)]
			version := wire.VersionTLS12
			if suite.ByID(id).MinVersion < version {
				version = []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12}[n%3]
			}
			t.Run(fmt.Sprintf("%s/%s/%s/%v", m.Name, version, id, permissive), func(t *testing.T) {
				t.Parallel()
				l := play(t, scene{
					client: m.Options(legacyclient.Options{Version: version, Suites: []wire.SuiteID{id}, SessionTickets: n%2 == 0, ExtendedMasterSecret: n%3 == 0}),
					server: func(c *parley.Config) {
						c.CipherSuites = []uint16{uint16(id)}
						if permissive {
							everything(c)
						}
					},
					act: func(c *legacyclient.Client) error {
						if err := c.Echo([]byte("before")); err != nil {
							return err
						}
						if err := m.Run(c); err != nil {
							return err
						}
						return c.Echo([]byte("after"))
					},
				})
				agree(t, l.events, told(withLog(t, l.log), l.heard))
			})
		}
	}
}

// agree holds a capture against what the server told.
func agree(t *testing.T, events []parley.Event, c *trace.Conversation) {
	t.Helper()
	server := &trace.Conversation{Events: events}
	lives, captured := find[trace.SecondHelloDetail](server, trace.SecondHello), find[trace.SecondHelloDetail](c, trace.SecondHello)
	if len(lives) != len(captured) {
		t.Fatalf("the server saw %d second hellos, the capture %d:\n%s", len(lives), len(captured), words(c))
	}
	for i, a := range lives {
		b := captured[i]
		if a.Kind != b.Kind || !slices.Equal(a.Proof, b.Proof) || a.Resumes != b.Resumes || a.WhyNotResumed != b.WhyNotResumed ||
			a.Asked != b.Asked || a.Count != b.Count || a.HeaderVersion != b.HeaderVersion || a.FromClient != b.FromClient {
			t.Errorf("second hello %d:\nserver  %s\ncapture %s\n%s", i, detail(a), detail(b), words(c))
		}
	}
	dones, seen := find[trace.HandshakeDetail](server, trace.HandshakeDone), find[trace.HandshakeDetail](c, trace.HandshakeDone)
	if len(dones) != len(seen) {
		t.Fatalf("the server ended %d handshakes, the capture %d:\n%s", len(dones), len(seen), words(c))
	}
	for i, a := range dones {
		if b := seen[i]; a != b {
			t.Errorf("handshake %d:\nserver  %+v\ncapture %+v\n%s", i, a, b, words(c))
		}
	}
	for i, a := range find[trace.AnsweredDetail](server, trace.Answered) {
		answers := find[trace.AnsweredDetail](c, trace.Answered)
		if i >= len(answers) || answers[i].Answer != a.Answer || answers[i].Kind != a.Kind || answers[i].Terms != a.Terms || answers[i].Bound != a.Bound {
			t.Errorf("the server's answer %d is %s, in the capture %+v", i, detail(a), answers)
		}
	}
}

// A ticket may be resumed without a session id beside it, which is seen by what the
// server leaves out.
func TestATicketWithoutASessionID(t *testing.T) {
	for _, kind := range []legacyclient.HelloKind{legacyclient.HelloProper, legacyclient.HelloReset} {
		l := play(t, scene{
			client: legacyclient.Options{SessionTickets: true, Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256}},
			act: func(c *legacyclient.Client) error {
				return twice(legacyclient.Hello{Kind: kind, Session: c.Session(), Change: func(h *wire.ClientHello) { h.SessionID = nil }})(c)
			},
		})
		c := told(withLog(t, l.log), l.heard)
		agree(t, l.events, c)
		if d := find[trace.HandshakeDetail](c, trace.HandshakeDone); len(d) != 2 || !d[1].Resumed {
			t.Errorf("%v: %s", kind, words(c))
		}
	}
}

// A Finished may come in two records.
func TestAFinishedInTwoRecords(t *testing.T) {
	s := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256)
	s.cuts = true
	s.handshake(s.hello(), []byte{})
	s.talk()
	opened(t, told(withKey(t), s.said), 1, 1)
}
