package proxy

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/pires/go-proxyproto/tlvparse"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// passing are options whose listener passes a name through to a TLS server of the
// test's, and ends the TLS of others.
func passing(old net.Listener) Options {
	return Options{Routes: []RouteOptions{{SNI: []string{"old.example", "*.old.example"}, Terminate: "off", Backend: old.Addr().String()}}}
}

// shows is the certificate that a client is shown under a name.
func (d *daemon) shows(name string) []byte {
	d.t.Helper()
	c := d.dial(tls.VersionTLS12, func(c *tls.Config) { c.ServerName = name })
	writes(d.t, c, "hello")
	reads(d.t, c, "hello")
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Raw
}

func TestChosenNamesArePassedThroughBesideOthers(t *testing.T) {
	old, b := oldServer(t, tls.VersionTLS12), echoing(t)
	o := passing(old)
	o.Backend, o.Metrics = b.Addr().String(), "127.0.0.1:0"
	d := serve(t, o)
	ours := d.Certificates()[0].Certificate[0]
	for n, name := range []string{"old.example", "pay.old.example", "OLD.example"} {
		if bytes.Equal(d.shows(name), ours) {
			t.Errorf("%s: its TLS is ended here", name)
		}
		wants(t, d.log.wait(t, "connection", n+1), map[string]any{"passed": true, "ended": "clean", "offered": "TLS 1.2", "version": nil, "findings": nil})
	}
	for _, name := range []string{"new.example", "a.b.old.example"} {
		if !bytes.Equal(d.shows(name), ours) {
			t.Errorf("%s: it is passed through", name)
		}
	}
	wants(t, d.log.wait(t, "connection", 4), map[string]any{"passed": nil, "version": "TLS 1.2"})
	d.tells(`parley_passed_ended_total{ended="clean"} 3`, `parley_handshakes_total{kind="first",resumed="no",suite="TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",version="TLS 1.2"} 2`)
}

// echoing is a backend that sends back what it gets.
func echoing(t *testing.T) net.Listener {
	t.Helper()
	b := newBackend(t)
	done := make(chan struct{})
	stop := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case v := <-b.visits:
				go func() { defer v.Close(); _, _ = io.Copy(v, v) }()
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() { close(stop); <-done })
	return b
}

// All names pass but one protocol, which is what a hello offers and not what is
// agreed on.
func TestNamesArePassedByWhatTheyOffer(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	d := serve(t, Options{Backend: echoing(t).Addr().String(), ALPN: []string{"h2"}, Routes: []RouteOptions{
		{SNI: []string{"old.example"}, ALPN: []string{"mqtt"}, Terminate: "off", Backend: old.Addr().String()},
	}})
	for n, test := range []struct {
		protocols []string
		passed    any
	}{{[]string{"mqtt", "h2"}, true}, {[]string{"h2"}, nil}, {nil, nil}} {
		c := d.dial(tls.VersionTLS12, func(c *tls.Config) { c.ServerName, c.NextProtos = "old.example", test.protocols })
		c.Close()
		wants(t, d.log.wait(t, "connection", n+1), map[string]any{"passed": test.passed})
	}
}

// Where all the routes pass, nobody's stream goes to one of them in clear.
func TestNoStreamGoesInClearWhereNamesArePassed(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	d := serve(t, passing(old))
	if c, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "new.example"}); err == nil {
		c.Close()
		t.Error("a name that no route has is served")
	}
	wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "cert-name"})
}

// The header before a passed stream tells the name, and nothing of TLS: nobody
// ended any.
func TestHeaderBeforeAPassedStream(t *testing.T) {
	b := newBackend(t)
	o := passing(b)
	o.SendProxy, o.AcceptProxy = "v2", []string{"127.0.0.0/8"}
	d := serve(t, o)
	c := d.through(header(t, 1, "192.0.2.7:4711", "198.51.100.1:443"))
	go func() {
		_ = tls.Client(c.NetConn(), &tls.Config{ServerName: "old.example", InsecureSkipVerify: true}).Handshake() // it ends with the test
	}()
	r := bufio.NewReader(b.next(t))
	h, err := proxyproto.Read(r)
	if err != nil {
		t.Fatal(err)
	}
	tlvs, err := h.TLVs()
	if err != nil {
		t.Fatal(err)
	}
	if _, ssl := tlvparse.FindSSL(tlvs); ssl || len(tlvs) != 1 || tlvs[0].Type != proxyproto.PP2_TYPE_AUTHORITY || string(tlvs[0].Value) != "old.example" {
		t.Errorf("it tells %v", tlvs)
	}
	if from, _, ok := h.TCPAddrs(); !ok || from.String() != "192.0.2.7:4711" {
		t.Errorf("it is from %v", from)
	}
	if b, err := r.Peek(1); err != nil || b[0] != 22 {
		t.Errorf("behind it comes %x, %v", b, err)
	}
	c.NetConn().Close()
}

func TestWhatIsNoHelloIsNotPassedWhereNamesAre(t *testing.T) {
	d := serve(t, passing(oldServer(t, tls.VersionTLS12)))
	c := d.dialPlain()
	writes(t, c, "GET / HTTP/1.1\r\nHost: old.example\r\n\r\n")
	wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "not-tls-http"})
}

func TestSilentClientsDoNotKeepPassedOnesOut(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	o := passing(old)
	o.MaxHandshakes, o.HandshakeTimeout, o.Metrics = "2", "1h", "127.0.0.1:0"
	d := serve(t, o)
	for range 3 {
		d.dialPlain()
	}
	wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "handshake-crowded"})
	d.shows("old.example")
	d.tells(`parley_handshake_failures_total{finding="handshake-crowded",kind="first"} 2`)
}

func TestSilentClientIsCutInTime(t *testing.T) {
	o := passing(oldServer(t, tls.VersionTLS12))
	o.HandshakeTimeout = "50ms"
	d := serve(t, o)
	c := d.dialPlain()
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("the client read %v, which is no cut", err)
	}
	wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "handshake-timeout"})
}

// Whoever was passed through, or did not say hello, is not counted with its source
// any more.
func TestPassedClientsLeaveTheirSource(t *testing.T) {
	o := passing(oldServer(t, tls.VersionTLS12))
	o.MaxPerSource, o.HandshakeTimeout = "1", "50ms"
	d := serve(t, o)
	d.dialPlain()
	d.log.wait(t, "handshake failed", 1)
	for n := range 3 {
		d.retry(func() error {
			c, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, ServerName: "old.example", MaxVersion: tls.VersionTLS12})
			if err != nil {
				return err
			}
			return c.Close()
		})
		d.log.wait(t, "connection", n+1)
	}
}

// retry tries until it works: that a client is gone is known a moment later.
func (d *daemon) retry(try func() error) {
	d.t.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err = try(); err == nil {
			return
		}
	}
	d.t.Fatal(err)
}

// Whoever came before a stop and has yet to say hello is let in, as where nobody is
// passed through.
func TestStopLetsThoseInWhoseHelloIsAwaited(t *testing.T) {
	for _, name := range []string{"old.example", "new.example"} {
		o := passing(oldServer(t, tls.VersionTLS12))
		o.Backend, o.Drain = echoing(t).Addr().String(), "1m"
		d := serve(t, o)
		raw := d.dialPlain()
		until(t, "the hello is awaited", func() bool { return d.gate.hellos.Count() == 1 })
		stopped := make(chan struct{})
		go func() { defer close(stopped); d.stop() }()
		awaits(t, "nobody more is accepted", func() bool {
			late, err := net.Dial("tcp", d.Addr().String())
			if err == nil {
				late.Close()
			}
			return err != nil
		})
		c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true, ServerName: name, MaxVersion: tls.VersionTLS12})
		writes(t, c, "slow, and welcome")
		reads(t, c, "slow, and welcome")
		c.Close()
		<-stopped
	}
}

func TestStoppingEndsThoseWhoseHelloIsAwaited(t *testing.T) {
	o := passing(oldServer(t, tls.VersionTLS12))
	o.HandshakeTimeout, o.Drain = "1h", "0"
	d := serve(t, o)
	c := d.dialPlain()
	writes(t, c, "\x16\x03\x01")
	d.retry(func() error {
		if d.gate.hellos.Count() == 0 {
			return errors.New("nobody is awaited")
		}
		return nil
	})
	d.stop()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("it goes on")
	}
}

func TestNamesThatArePassedCanChange(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	d := serve(t, Options{Backend: echoing(t).Addr().String()})
	ours := d.Certificates()[0].Certificate[0]
	if !bytes.Equal(d.shows("old.example"), ours) {
		t.Fatal("it is passed through")
	}
	words := passing(old)
	settings, err := words.Check()
	if err != nil {
		t.Fatal(err)
	}
	d.reload(func(s *Settings) { s.Routes = settings.Routes })
	if bytes.Equal(d.shows("old.example"), ours) {
		t.Error("its TLS is ended here")
	}
}

func TestRoutesThatCannotPass(t *testing.T) {
	byTLS := entry(t, BackendOptions{Name: "secure", Servers: []string{"a.example:443"}, TLS: true})
	for name, r := range map[string]RouteOptions{
		"routes[0].terminate": {Terminate: "off", Backend: "127.0.0.1:1"},
		"routes[0].backend":   {SNI: []string{"a.example"}, Terminate: "off", Backend: "secure"},
	} {
		var e *SettingError
		if _, err := (Options{Routes: []RouteOptions{r}, Backends: []*upstream.Backend{byTLS}}).Check(); !errors.As(err, &e) || e.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	var e *SettingError
	if _, err := (Options{Routes: []RouteOptions{{SNI: []string{"a.example"}, Terminate: "no", Backend: "127.0.0.1:1"}}}).Check(); !errors.As(err, &e) || e.Name != "routes[0].terminate" {
		t.Errorf("%v", err)
	}
}

// Passed clients take places like others do, and give them back.
func TestPassedClientsWaitForAPlace(t *testing.T) {
	b := newBackend(t)
	o := passing(b)
	o.MaxConnections = "1"
	d := serve(t, o)
	hello := func() *tls.Conn {
		c := tls.Client(d.dialPlain(), &tls.Config{ServerName: "old.example", InsecureSkipVerify: true})
		go func() { _ = c.Handshake() }() // it ends with the test
		return c
	}
	first := hello()
	v := b.next(t)
	second := hello()
	d.log.wait(t, "as many connections as max-connections allows are being served; new ones wait", 1)
	first.NetConn().Close()
	v.Close()
	v = b.next(t)
	if _, err := io.ReadFull(v, make([]byte, 5)); err != nil {
		t.Errorf("the second one is not served: %v", err)
	}
	second.NetConn().Close()
}
