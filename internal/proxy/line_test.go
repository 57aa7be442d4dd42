package proxy

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

func TestLineOfAConnection(t *testing.T) {
	d := serve(t, Options{ALPN: []string{"mqtt"}, MinVersion: "1.0"})
	n := 0
	for version, want := range map[uint16]map[string]any{
		tls.VersionTLS10: {"version": "TLS 1.0", "suite": "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"},
		tls.VersionTLS12: {"version": "TLS 1.2", "suite": "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
		tls.VersionTLS13: {"version": "TLS 1.3", "suite": "TLS_AES_128_GCM_SHA256"},
	} {
		c := d.dial(version, func(c *tls.Config) { c.NextProtos = []string{"mqtt"} })
		address := c.LocalAddr().String()
		writes(t, c, "hello")
		reads(t, c, "hello")
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		ends(t, c)
		c.Close()
		n++
		line := d.log.wait(t, "connection", n)
		wants(t, line, want)
		wants(t, line, map[string]any{
			"level": "INFO", "client": address, "sni": "proxy.example", "alpn": "mqtt", "in": 5.0, "out": 5.0,
			"resumed": false, "ended": "clean", "ended_by": "client", "error": nil, "balancer": nil, "resumed_by": nil, "ems": true, "secure_renegotiation": version != tls.VersionTLS13, "renegotiations": nil, "after_isolation": nil,
		})
		if ja3, _ := line["ja3"].(string); !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(ja3) {
			t.Errorf("ja3 is %q", ja3)
		}
		if duration, ok := line["duration"].(float64); !ok || duration < 0 {
			t.Errorf("duration is %v", line["duration"])
		}
	}
}

func TestLineSaysWhetherASessionWasResumed(t *testing.T) {
	for name, o := range map[string]Options{"tickets": {SessionIDs: "off"}, "session ids": {Tickets: "off"}, "neither": {Tickets: "off", SessionIDs: "off"}} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, o)
			var session *legacyclient.Session
			for n := 1; n <= 2; n++ {
				c := d.legacy(t, legacyclient.Misbehaviour{}, legacyclient.Options{SessionTickets: name == "tickets", Session: session})
				session = c.Session()
				c.Close()
				by, resumed := any(nil), n == 2 && name != "neither"
				if resumed {
					by = strings.TrimSuffix(strings.TrimPrefix(name, "session "), "s")
				}
				wants(t, d.log.wait(t, "connection", n), map[string]any{"resumed": resumed, "resumed_by": by})
			}
		})
	}
}

func TestLineOfAHandshakeThatFailed(t *testing.T) {
	d := serve(t, Options{MinVersion: "1.2", Suites: []string{"ECDHE-RSA-AES128-GCM-SHA256"}, HandshakeTimeout: "2s"})
	for _, test := range []struct {
		name string
		does func(net.Conn)
		want map[string]any
	}{
		{"HTTP", func(c net.Conn) { _, _ = io.WriteString(c, "GET / HTTP/1.1\r\n\r\n") }, map[string]any{"ended": "not-tls-http"}},
		{"noise", func(c net.Conn) { _, _ = io.WriteString(c, "\x7f\x00\x00\x00\x00\x00") }, map[string]any{"ended": "not-tls"}},
		{"nothing", func(c net.Conn) { _ = c.(*net.TCPConn).CloseWrite() }, map[string]any{"ended": "handshake-abandoned", "level": "DEBUG"}},
		{"silence", func(net.Conn) {}, map[string]any{"ended": "handshake-timeout"}},
		{"reset", func(c net.Conn) { _, _ = io.WriteString(c, "\x16\x03\x01"); reset(c) }, map[string]any{"ended": "tcp-reset"}},
		{"old version", func(c net.Conn) {
			client := tls.Client(c, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11, ServerName: "old.example"})
			_ = client.Handshake()
		}, map[string]any{"ended": "version-none-shared", "sni": "old.example"}},
		{"no suite", func(c net.Conn) {
			client := tls.Client(c, &tls.Config{MaxVersion: tls.VersionTLS12, ServerName: "x", CipherSuites: []uint16{tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256}})
			_ = client.Handshake()
		}, map[string]any{"ended": "suite-none-shared"}},
		{"distrust", func(c net.Conn) {
			_ = tls.Client(c, &tls.Config{MaxVersion: tls.VersionTLS12, ServerName: "proxy.example"}).Handshake()
		}, map[string]any{"ended": "cert-refused", "sni": "proxy.example"}},
		{"distrust in TLS 1.3", func(c net.Conn) {
			_ = tls.Client(c, &tls.Config{MinVersion: tls.VersionTLS13, ServerName: "proxy.example"}).Handshake()
		}, map[string]any{"ended": "cert-refused", "sni": "proxy.example"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			n := len(d.log.all(t, "handshake failed"))
			c, err := net.Dial("tcp", d.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			test.does(c)
			line := d.log.wait(t, "handshake failed", n+1)
			wants(t, line, map[string]any{"client": c.LocalAddr().String()})
			wants(t, line, test.want)
			if text, _ := line["error"].(string); text == "" {
				t.Error("no reason is given")
			}
		})
	}
}

func TestTextOfPeersIsEscapedAndBounded(t *testing.T) {
	var out strings.Builder
	s := newStories(slog.New(slog.NewTextHandler(&out, nil)), &Settings{})
	long := strings.Repeat("x", 10_000)
	s.observe(parley.Event{Conn: 1, Name: parley.EventOpened, Detail: parley.OpenedDetail{Client: "192.0.2.1:1"}})
	s.observe(parley.Event{Conn: 1, Name: parley.EventClosed, Detail: parley.FailureDetail{Finding: "not-tls", Reason: "a\nlevel=ERROR b\x1b[31m" + long}})
	line := out.String()
	if strings.Count(line, "\n") != 1 || strings.Contains(line, "\x1b") {
		t.Errorf("it is not escaped: %q", line)
	}
	if len(line) > 2*maxText {
		t.Errorf("it has %d bytes", len(line))
	}
}

func TestManySecondHellosAreCountedAndNotAllTold(t *testing.T) {
	s := newStories(slog.New(slog.DiscardHandler), &Settings{})
	s.observe(parley.Event{Conn: 1, Name: parley.EventOpened})
	s.observe(parley.Event{Conn: 1, Name: parley.EventHandshakeDone, Detail: parley.HandshakeDetail{}})
	for n := 1; n <= 1000; n++ {
		s.observe(parley.Event{Conn: 1, Handshake: n, Name: parley.EventSecondHello, Finding: "reneg-secure-hello", Detail: parley.SecondHelloDetail{Kind: parley.KindSecure}})
		s.observe(parley.Event{Conn: 1, Handshake: n, Name: parley.EventAnswered, Detail: parley.AnsweredDetail{Answer: parley.AnswerAccept}})
		s.observe(parley.Event{Conn: 1, Handshake: n, Name: parley.EventCrossed, Detail: parley.DataDetail{FromClient: 3}})
		s.observe(parley.Event{Conn: 1, Handshake: n, Name: parley.EventRationed, Detail: parley.RationedDetail{Wait: time.Second}})
		s.observe(parley.Event{Conn: 1, Handshake: n, Name: parley.EventHandshakeDone, Detail: parley.HandshakeDetail{}})
	}
	got := s.take(1, 0).hellos
	if len(got.told) != maxHellos || got.more != 1000-maxHellos {
		t.Errorf("%d are told, %d are not", len(got.told), got.more)
	}
	for _, h := range got.told {
		if h.Answer != "accept" || h.Crossed != 3 || h.Waited != seconds(time.Second) || h.Outcome != outcomeDone {
			t.Errorf("%+v", h)
		}
	}
	if len(s.live) != 0 {
		t.Error("the story is kept")
	}
}

func TestEventsOfUnknownConnectionsAreForgotten(t *testing.T) {
	s := newStories(slog.New(slog.DiscardHandler), &Settings{})
	for _, name := range []parley.EventName{parley.EventClosed, parley.EventIsolated, parley.EventSecondHello} {
		s.observe(parley.Event{Conn: 1, Name: name})
	}
	if len(s.live) != 0 {
		t.Error("something is kept")
	}
}

func TestTextLineOfARenegotiation(t *testing.T) {
	var h secondHellos
	h.begin(parley.Event{Handshake: 1, At: 1500 * time.Millisecond, Finding: "reneg-reset-hello"}, parley.SecondHelloDetail{Kind: parley.KindReset, Proof: []string{"decrypted ClientHello", "no renegotiation_info"}, FromClient: 4096})
	h.answer(1, parley.AnsweredDetail{Answer: parley.AnswerAccept, Terms: parley.TermsBound, Bound: "session and reply"})
	h.end(1, "")
	got, err := h.MarshalText()
	want := "reneg-reset-hello at 1.500s, 4096 bytes in: accept, terms bound, bound by session and reply, done [decrypted ClientHello, no renegotiation_info]"
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
