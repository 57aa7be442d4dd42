package listen

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// patience bounds every wait of a test. No test hopes for less.
const patience = 20 * time.Second

// A listening is a server under test, and what it says.
type listening struct {
	t        *testing.T
	address  string
	text     *lines
	stop     context.CancelFunc
	finished chan outcome
}

type outcome struct {
	report *report.Report
	err    error
}

// lines collects text, and lets a test wait for some.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{}
}

func newLines() *lines { return &lines{more: make(chan struct{}, 1)} }

func (l *lines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(b)
	select {
	case l.more <- struct{}{}:
	default:
	}
	return len(b), nil
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// await waits until the text contains another.
func (l *lines) await(t *testing.T, text string) {
	t.Helper()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	for !strings.Contains(l.String(), text) {
		select {
		case <-l.more:
		case <-timer.C:
			t.Fatalf("it does not say %q:\n%s", text, l)
		}
	}
}

// explaining starts a server that explains, with certificates of the test's.
func explaining(t *testing.T, change ...func(*Options)) *listening {
	t.Helper()
	l := &listening{t: t, text: newLines(), finished: make(chan outcome, 1)}
	notes := newLines()
	o := Options{Options: proxy.Options{Listen: "127.0.0.1:0"}, Text: l.text, Notes: notes, Tool: "Parley test", Style: report.TerminalOptions{Style: report.Style{Width: 100}}}
	for _, c := range change {
		c(&o)
	}
	plan, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	var stop context.Context
	stop, l.stop = context.WithCancel(t.Context())
	go func() {
		r, err := plan.run(stop)
		l.finished <- outcome{r, err}
	}()
	notes.await(t, "a summary comes last")
	l.address, _, _ = strings.Cut(strings.TrimPrefix(notes.String(), "listening on "), "\n")
	return l
}

// report stops the server, and gives its report.
func (l *listening) report() *report.Report {
	l.t.Helper()
	l.stop()
	return l.await()
}

// await waits until the server ends by itself.
func (l *listening) await() *report.Report {
	l.t.Helper()
	select {
	case o := <-l.finished:
		if o.err != nil {
			l.t.Fatal(o.err)
		}
		return o.report
	case <-time.After(patience):
		l.t.Fatal("it does not end")
		return nil
	}
}

func (l *listening) dial() net.Conn {
	l.t.Helper()
	c, err := net.Dial("tcp", l.address)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	return c
}

// legacy connects the founding client, or one with other options.
func (l *listening) legacy(o legacyclient.Options) *legacyclient.Client {
	l.t.Helper()
	c := legacyclient.New(l.dial(), o)
	if err := c.Handshake(); err != nil {
		l.t.Fatal(err)
	}
	return c
}

// says wants texts in what a server says of its connections.
func says(t *testing.T, text string, wanted ...string) {
	t.Helper()
	for _, w := range wanted {
		if !strings.Contains(text, w) {
			t.Errorf("it does not say %q:\n%s", w, text)
		}
	}
}

func TestFoundingClientIsExplained(t *testing.T) {
	l := explaining(t)
	c := l.legacy(legacyclient.Options{})
	if err := c.Echo([]byte("before")); err != nil {
		t.Fatal(err)
	}
	if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloReset}); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	l.text.await(t, "served by")
	r := l.report()
	says(t, l.text.String(), "connection 1 from 127.0.0.1:", "reneg-reset-hello", "What its first hello offers", "1 connection: 0 failed")
	if len(r.Connections) != 1 || len(r.Survey) != 1 || !r.Source.Live || r.Total.Connections != 1 || r.Total.Healthy != 1 {
		t.Errorf("the report is %+v", r)
	}
	facts := r.Connections[0].Facts
	if len(facts.SecondHellos) != 1 || facts.SecondHellos[0].Kind != "reset" || facts.JA4 == "" {
		t.Errorf("the facts are %+v", facts)
	}
}

func TestClientWithoutTLSIsExplained(t *testing.T) {
	for name, c := range map[string]struct {
		sends    string
		protocol trace.Protocol
		finding  string
	}{
		"HTTP":      {"GET / HTTP/1.1\r\nHost: device.example\r\n\r\n", trace.ProtocolHTTP, "not-tls-http"},
		"something": {"EHLO device.example\r\n", trace.ProtocolUnknown, "not-tls"},
		"nothing":   {"", trace.ProtocolSilent, "handshake-abandoned"},
	} {
		t.Run(name, func(t *testing.T) {
			l := explaining(t, func(o *Options) { o.Connections = "1" })
			conn := l.dial()
			if _, err := io.WriteString(conn, c.sends); err != nil {
				t.Fatal(err)
			}
			_ = conn.(*net.TCPConn).CloseWrite()
			r := l.await()
			if got := r.Connections[0]; got.Conversation.Protocol != c.protocol || got.Findings[0].ID != c.finding {
				t.Errorf("it is %s, %+v", got.Conversation.Protocol, got.Findings)
			}
			if strings.Contains(l.text.String(), "device.example") {
				t.Errorf("it shows what the client sent:\n%s", l.text)
			}
		})
	}
}

func TestSSL2HelloIsReadThoughItIsNotServed(t *testing.T) {
	l := explaining(t, func(o *Options) { o.Connections = "1" })
	hello := (&wire.ClientHello{SSL2Format: true, Version: wire.VersionTLS10, CipherSuites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}}).Marshal()
	conn := l.dial()
	if _, err := conn.Write(append([]byte{0x80, byte(len(hello))}, hello...)); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, conn)
	_ = conn.Close()
	r := l.await()
	if d := r.Connections[0]; d.Findings[0].ID != "hello-ssl2" || firstHello(d.Conversation) == nil {
		t.Errorf("%+v", d.Findings)
	}
	says(t, l.text.String(), "TLS_RSA_WITH_AES_128_CBC_SHA", "in a hello of SSL 2.0's format", "no setting of parley serve takes it")
}

func TestWeakClientIsServedHereAndToldWhatItNeeds(t *testing.T) {
	l := explaining(t, func(o *Options) { o.Connections = "1" })
	c := l.legacy(legacyclient.Options{Suites: []wire.SuiteID{wire.TLS_RSA_WITH_RC4_128_SHA}})
	if err := c.Echo([]byte("served")); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	l.await()
	says(t, l.text.String(), "parley serve needs --suites default,TLS_RSA_WITH_RC4_128_SHA")
}

// What several connections have in common is said as of a capture.
func TestRhythmOfManyConnectionsIsTold(t *testing.T) {
	l := explaining(t, func(o *Options) { o.Connections = "3" })
	for range 3 {
		c := l.legacy(legacyclient.Options{})
		for range 4 {
			if err := c.Echo(make([]byte, 4096)); err != nil {
				t.Fatal(err)
			}
			if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloReset}); err != nil {
				t.Fatal(err)
			}
		}
		_ = c.Close()
	}
	r := l.await()
	says(t, l.text.String(), "Second hellos come every 4,096 bytes", "3 connections: 0 failed")
	if len(r.Survey) < 2 {
		t.Errorf("%+v", r.Survey)
	}
}

func TestRefusalOfACertificateMadeForTheRunIsNotHeldAgainstTheOperators(t *testing.T) {
	l := explaining(t, func(o *Options) { o.Connections = "1" })
	c := tls.Client(l.dial(), &tls.Config{ServerName: "device.example"})
	if err := c.Handshake(); err == nil {
		t.Fatal("it trusts the certificate")
	}
	_ = c.Close()
	d := l.await().Connections[0]
	if f := d.Findings[0]; f.ID != "cert-refused" || len(f.Missing) == 0 {
		t.Errorf("%+v", f)
	}
	says(t, l.text.String(), "this one was made for the run")
}

func TestTLS13IsExplainedAsFarAsEventsGo(t *testing.T) {
	l := explaining(t, func(o *Options) { o.Connections = "1" })
	c := tls.Client(l.dial(), &tls.Config{InsecureSkipVerify: true})
	if _, err := io.WriteString(c, "hello"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 5)); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	d := l.await().Connections[0]
	if d.Failed() || d.Facts.Version != "TLS 1.3" {
		t.Errorf("%+v, %+v", d.Facts, d.Findings)
	}
}

func TestWhatIsStillOpenAtTheEndIsToldAsOpen(t *testing.T) {
	l := explaining(t)
	c := l.legacy(legacyclient.Options{})
	if err := c.Echo([]byte("x")); err != nil {
		t.Fatal(err)
	}
	r := l.report()
	if d := r.Connections[0]; d.Failed() || d.Conversation.Events[len(d.Conversation.Events)-1].Name == trace.Closed {
		t.Errorf("%+v", d.Findings)
	}
}

func TestConnectionsBeyondThoseWantedAreNotTold(t *testing.T) {
	l := explaining(t, func(o *Options) { o.Connections = "1" })
	first, second := l.legacy(legacyclient.Options{}), l.legacy(legacyclient.Options{})
	_ = second.Close()
	_ = first.Close()
	if r := l.await(); r.Total.Connections != 1 || strings.Contains(l.text.String(), "connection 2") {
		t.Errorf("%d connections:\n%s", r.Total.Connections, l.text)
	}
}

func TestNothingIsHiddenWhereNobodyConnects(t *testing.T) {
	l := explaining(t)
	l.stop()
	l.await()
	says(t, l.text.String(), "No client connected.")
}

func TestBackendGetsWhatIsInside(t *testing.T) {
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	go func() {
		c, err := backend.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		got, _ := io.ReadAll(c)
		_, _ = c.Write(bytes.ToUpper(got))
	}()
	l := explaining(t, func(o *Options) { o.Backend, o.Connections = backend.Addr().String(), "1" })
	c := l.legacy(legacyclient.Options{})
	if _, err := io.WriteString(c, "quiet"); err != nil {
		t.Fatal(err)
	}
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(c); err != nil || string(got) != "QUIET" {
		t.Errorf("%q, %v", got, err)
	}
	_ = c.Close()
	if d := l.await().Connections[0]; d.Failed() {
		t.Errorf("%+v", d.Findings)
	}
}

func TestOptionsThatCannotBeAreNamed(t *testing.T) {
	for name, o := range map[string]Options{
		"for":         {For: "soon"},
		"connections": {Connections: "none"},
		"listen":      {Options: proxy.Options{Listen: "unix:/tmp/x"}},
		"suites":      {Options: proxy.Options{Suites: []string{"nonsense"}}},
	} {
		_, err := o.Check()
		if setting, ok := err.(*proxy.SettingError); !ok || setting.Name != name {
			t.Errorf("--%s: %v", name, err)
		}
	}
}
