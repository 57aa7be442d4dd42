package visit

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// The founding client is served by Parley, at every version that it speaks, and cut
// off by a server that knows no renegotiation.
func TestTheFoundingClientIsServedByParleyAndNotByGo(t *testing.T) {
	for _, version := range []string{"1.0", "1.1", "1.2"} {
		v := visited(t, Options{Address: parleyEcho(t), TLS: version, Times: "3", Bytes: "40KiB"})
		if v.Outcome != Served || v.Handshakes != 4 || !v.Resumed || v.NotEchoed {
			t.Errorf("%s, by Parley: %+v", version, v.Verdict)
		}
		if f := first(v); f.ID != "reneg-reset-hello" || f.Level == diagnose.Failure {
			t.Errorf("%s, by Parley: %s, %s", version, f.ID, f.Level)
		}
		v = visited(t, Options{Address: goEcho(t), TLS: version})
		if v.Outcome != Aborted || v.Stage != "reset" || v.Handshakes != 1 {
			t.Errorf("%s, by Go: %+v", version, v.Verdict)
		}
		if f := first(v); f.ID != "reneg-reset-hello" || f.Culprit != diagnose.CulpritClient {
			t.Errorf("%s, by Go: %s, %s", version, f.ID, f.Culprit)
		}
	}
}

// Every profile comes through a first handshake with a server that has a suite of
// its own; where one cannot, it is for what it offers.
func TestEveryProfileIsServed(t *testing.T) {
	address := parleyEcho(t, func(c *parley.Config) { c.CipherSuites = all() })
	for _, p := range profiles.All() {
		v := visited(t, Options{Address: address, As: p.Name, Do: "none", Trim: true, ServerName: "legacy.example"})
		if p.Hello.SSL2Format {
			if v.Outcome != Aborted || v.Alert != wire.AlertProtocolVersion {
				t.Errorf("%s: %+v", p.Name, v.Verdict)
			}
			continue
		}
		if v.Outcome != Served {
			t.Errorf("%s: %+v", p.Name, v.Verdict)
		}
	}
}

func TestWhatIsRefusedSaysSoAndGoesOn(t *testing.T) {
	v := visited(t, Options{Address: parleyEcho(t), Do: "bare"})
	if v.Outcome != Refused || v.Stage != "bare" || !strings.Contains(v.Sentence(), "The connection went on") {
		t.Errorf("%+v: %s", v.Verdict, v.Sentence())
	}
}

// Each behaviour comes to an end that has a name, and leaves a story.
func TestEveryBehaviourEnds(t *testing.T) {
	// Parley holds a storm back; a server that knows no renegotiation ends it.
	addresses := map[string]string{"parley": parleyEcho(t), "go": goEcho(t)}
	for name, address := range addresses {
		for _, b := range Behaviours() {
			if name == "parley" && b.Name == "storm" {
				continue
			}
			t.Run(name+"/"+b.Name, func(t *testing.T) {
				t.Parallel()
				v := visited(t, Options{Address: address, Do: b.Name, Timeout: "500ms"})
				if v.Outcome == "" || len(v.Diagnosis.Findings) == 0 || len(v.Diagnosis.Conversation.Events) == 0 {
					t.Errorf("%+v", v)
				}
				crossed := b.Name == "crossing-in-flight" && name == "go" // its echo kills the founding client
				if v.Outcome == Unspoken || v.Outcome == GaveUp && !crossed {
					t.Errorf("it was not carried out: %s", v.Sentence())
				}
			})
		}
	}
}

func TestBehavioursAndTheirOtherNamesAreFound(t *testing.T) {
	for _, name := range BehaviourNames() {
		if b, ok := Named(name); !ok || b.Does == "" || b.Seen == "" {
			t.Errorf("%s: %+v", name, b)
		}
	}
	if b, _ := Named("restart-connect-state"); b.Name != "restart-resumed" {
		t.Errorf("restart-connect-state is %s", b.Name)
	}
	if _, ok := Named("behave"); ok {
		t.Error("a name that there is not is found")
	}
}

// httpServer answers a request, and keeps the connection or says goodbye.
func httpServer(t *testing.T, keep bool) string {
	l, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{Certificates: certificates()})
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, l, func(c net.Conn) {
		b := make([]byte, 4096)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			if strings.HasSuffix(string(b[:n]), "\r\n\r\n") {
				_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
			}
			if !keep {
				return
			}
		}
	})
}

func TestAServerThatDoesNotEchoIsReadAndNotCompared(t *testing.T) {
	t.Parallel()
	const request = `GET / HTTP/1.1\r\nHost: legacy.example\r\n\r\n`
	v := visited(t, Options{Address: httpServer(t, true), Request: request})
	if v.Outcome != Served || v.Handshakes != 2 || v.NotEchoed {
		t.Errorf("with a request: %+v", v.Verdict)
	}
	sent, came := int64(0), int64(0)
	for _, e := range v.Diagnosis.Conversation.Events {
		if d, ok := e.Detail.(trace.DataDetail); ok {
			sent, came = sent+d.FromClient, came+d.ToClient
		}
	}
	if sent != 2*40 || came != 2*27 {
		t.Errorf("%d bytes were sent, and %d came", sent, came)
	}
	v = visited(t, Options{Address: httpServer(t, false), Request: request, Do: "none"})
	if v.Outcome != Served {
		t.Errorf("a server that ends after its answer: %+v", v.Verdict)
	}
	v = visited(t, Options{Address: httpServer(t, false), Request: request, Do: "proper"})
	if v.Outcome != Closed || !strings.Contains(v.Why, "--request") {
		t.Errorf("one that ends before the behaviour: %+v", v.Verdict)
	}
	v = visited(t, Options{Address: httpServer(t, true), NoEcho: true})
	if v.Outcome != Served {
		t.Errorf("without a byte of data: %+v", v.Verdict)
	}
	v = visited(t, Options{Address: httpServer(t, true), Timeout: "200ms"})
	if v.Outcome != Silent || !strings.Contains(v.Why, "--no-echo") {
		t.Errorf("one that waits for more than it gets: %+v", v.Verdict)
	}
}

func TestAServerThatAnswersSomethingElseIsNoFailure(t *testing.T) {
	t.Parallel()
	l, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{Certificates: certificates()})
	if err != nil {
		t.Fatal(err)
	}
	address := serve(t, l, func(c net.Conn) {
		b := make([]byte, 4096)
		for {
			if _, err := c.Read(b); err != nil {
				return
			}
			_, _ = io.WriteString(c, strings.Repeat("what? ", 20))
		}
	})
	v := visited(t, Options{Address: address})
	if v.Outcome != Served || !v.NotEchoed || !strings.Contains(v.Sentence(), "does not echo") {
		t.Errorf("%+v: %s", v.Verdict, v.Sentence())
	}
}

func TestNoConnectionIsAnErrorOfItsOwn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var none NoConnection
	if _, err := checked(t, Options{Address: l.Addr().String()}).Run(t.Context()); !errors.As(err, &none) {
		t.Errorf("%v", err)
	}
}

// silentServer accepts and says nothing.
func silentServer(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, l, func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })
}

func TestAServerThatSaysNothingIsLeft(t *testing.T) {
	v := visited(t, Options{Address: silentServer(t), Timeout: "100ms"})
	if v.Outcome != Silent || v.Handshakes != 0 {
		t.Errorf("%+v", v.Verdict)
	}
}

func TestACancelledVisitEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := checked(t, Options{Address: silentServer(t)}).Run(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

func TestTheClientShowsItsCertificate(t *testing.T) {
	cert, key := certificateFiles(t)
	address := parleyEcho(t, func(c *parley.Config) { c.ClientAuth = tls.RequireAnyClientCert })
	if v := visited(t, Options{Address: address, Do: "none", Cert: cert, Key: key}); v.Outcome != Served {
		t.Errorf("with one: %+v", v.Verdict)
	}
	if v := visited(t, Options{Address: address, Do: "none"}); v.Outcome != Aborted {
		t.Errorf("without one: %+v", v.Verdict)
	}
}

// A server that asks for a renegotiation while the client waits gets the reaction
// that was asked for.
func TestTheClientReactsToAHelloRequest(t *testing.T) {
	t.Parallel()
	for reaction, done := range map[string]bool{"proper": true, "decline": false} {
		asked := make(chan error, 1)
		l, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{Certificates: certificates()})
		if err != nil {
			t.Fatal(err)
		}
		address := serve(t, l, func(c net.Conn) {
			_, _ = io.CopyN(c, c, 64)
			asked <- c.(*parley.Conn).Renegotiate(t.Context())
			_, _ = io.Copy(c, c)
		})
		v := visited(t, Options{Address: address, Do: "proper-resumed", Asked: reaction, After: "1s"})
		if err := <-asked; (err == nil) != done || v.Outcome != Served {
			t.Errorf("%s: the server says %v, the client %+v", reaction, err, v.Verdict)
		}
	}
}

// What is told of a connection holds no secret and no byte of its data.
func TestNothingSecretIsTold(t *testing.T) {
	t.Parallel()
	p := checked(t, Options{Address: parleyEcho(t), Request: "a very private text"})
	v, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text, markdown, json strings.Builder
	if err := errors.Join(p.Terminal(&text, v, report.TerminalOptions{}), p.Markdown(&markdown, v), p.JSON(&json, v)); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{text.String(), markdown.String(), json.String()} {
		if strings.Contains(form, "private") || strings.Contains(form, "CLIENT_RANDOM") || !strings.Contains(form, "reneg-reset-hello") {
			t.Errorf("%s", form)
		}
	}
}
