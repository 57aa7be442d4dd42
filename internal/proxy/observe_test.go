package proxy

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/inventory"
)

// oldServer is the TLS server that stands behind an observer.
func oldServer(t *testing.T, version uint16) net.Listener {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: []tls.Certificate{certificateFor(t, testKeys().rsa)}, MinVersion: tls.VersionTLS10, MaxVersion: version,
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c) // the client sees what came of it
			}()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return l
}

func TestObservedClientMeetsTheServerBehind(t *testing.T) {
	for name, version := range versions {
		t.Run(name, func(t *testing.T) {
			old := oldServer(t, version)
			d := serve(t, Options{Mode: "observe", Backend: old.Addr().String(), Metrics: "127.0.0.1:0"})
			c := d.dial(version)
			writes(t, c, "hello")
			reads(t, c, "hello")
			c.Close()
			line := d.log.wait(t, "connection", 1)
			wants(t, line, map[string]any{"passed": true, "sni": "proxy.example", "version": name, "ended": "clean"})
			if line["ja3"] == "" || line["offered"] != name || line["in"].(float64) < 100 || line["out"].(float64) < 100 {
				t.Errorf("the line is %v", line)
			}
			if !strings.Contains(d.log.String(), `{"finding":"healthy","level":"note","confidence":"likely"}`) {
				t.Errorf("the findings are %v", line["findings"])
			}
			d.tells(`parley_observed_findings_total{finding="healthy"} 1`)
			d.tells(`parley_passed_ended_total{ended="clean"} 1`)
			d.tells(`parley_passed_open 0`)
		})
	}
}

// An observer has no certificate of its own, and what the client gets is the
// other's.
func TestObservedClientGetsTheCertificateOfTheServerBehind(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	d := serve(t, Options{Mode: "observe", Backend: old.Addr().String()})
	direct, err := tls.Dial("tcp", old.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer direct.Close()
	c := d.dial(tls.VersionTLS12)
	if !bytes.Equal(c.ConnectionState().PeerCertificates[0].Raw, direct.ConnectionState().PeerCertificates[0].Raw) {
		t.Error("the client got another certificate")
	}
	if n := len(d.Certificates()); n > 0 {
		t.Errorf("the observer has %d certificates", n)
	}
}

func TestRefusalOfTheServerBehindIsNamed(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	d := serve(t, Options{Mode: "observe", Backend: old.Addr().String()})
	if _, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}); err == nil {
		t.Fatal("it is served")
	}
	line := d.log.wait(t, "connection", 1)
	if text := d.log.String(); !strings.Contains(text, `"version-none-shared"`) || !strings.Contains(text, "protocol version") && !strings.Contains(text, "protocol_version") {
		t.Errorf("the line is %v", line)
	}
}

func TestWhatIsNoTLSPassesAnObserverToo(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Mode: "observe", Backend: b.Addr().String()})
	c := d.dialPlain()
	writes(t, c, "GET / HTTP/1.1\r\n\r\n")
	v := b.next(t)
	reads(t, v, "GET / HTTP/1.1\r\n\r\n")
	v.Close()
	ends(t, c)
	c.Close()
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"passed": true, "ended": "clean", "ended_by": "backend", "in": 18.0})
}

// dialPlain connects without TLS.
func (d *daemon) dialPlain() *net.TCPConn {
	d.t.Helper()
	c, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	return c.(*net.TCPConn)
}

func TestResetPassesAnObserver(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Mode: "observe", Backend: b.Addr().String()})
	c := d.dialPlain()
	v := b.next(t)
	writes(t, c, "x")
	reads(t, v, "x")
	if err := v.SetLinger(0); err != nil {
		t.Fatal(err)
	}
	v.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the client read %v, not a reset", err)
	}
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "reset", "ended_by": "backend"})
}

func TestObservedConnectionsAreBoundedAndDrained(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Mode: "observe", Backend: b.Addr().String(), MaxConnections: "1", MaxPerSource: "2", Drain: "0s"})
	first := d.dialPlain()
	v := b.next(t)
	second := d.dialPlain()
	writes(t, second, "let me in")
	d.log.wait(t, "as many connections as max-connections allows are being served; new ones wait", 1)
	d.turnedAway()
	first.Close()
	v.Close()
	v = b.next(t)
	reads(t, v, "let me in")
	d.stop()
	if _, err := second.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("the client read %v, which is no cut", err)
	}
	wants(t, d.log.wait(t, "connection", 2), map[string]any{"ended": "stopped"})
}

func TestSilentObservedConnectionIsCut(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Mode: "observe", Backend: b.Addr().String(), IdleTimeout: "100ms"})
	c := d.dialPlain()
	b.next(t)
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("the client read %v, which is no cut", err)
	}
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "idle"})
}

func TestBackendThatIsAwayCutsTheObserved(t *testing.T) {
	b := newBackend(t)
	b.Listener.Close()
	d := serve(t, Options{Mode: "observe", Backend: b.Addr().String()})
	if c, err := net.Dial("tcp", d.Addr().String()); err == nil { // it may be reset before it knows
		defer c.Close()
		if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("the client read %v, which is no cut", err)
		}
	}
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "backend", "level": "WARN"})
}

// Settings that would do nothing are told so, whatever they are.
func TestObserverTakesNoSettingsOfTLS(t *testing.T) {
	for name, o := range map[string]Options{
		"cert": {Certs: []string{"server.crt"}}, "profile": {Profile: "modern"}, "min-version": {MinVersion: "1.2"}, "alpn": {ALPN: []string{"h2"}},
		"reset": {Reset: "abort"}, "client-auth": {ClientAuth: "request"}, "tickets": {Tickets: "off"}, "handshake-timeout": {HandshakeTimeout: "1s"},
	} {
		o.Mode, o.Backend = "observe", "127.0.0.1:1"
		var e *SettingError
		if _, err := o.Check(); !errors.As(err, &e) || e.Name != name {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, o := range []Options{{Mode: "observe"}, {Mode: "obsrve", Backend: "127.0.0.1:1"}} {
		var e *SettingError
		if _, err := o.Check(); !errors.As(err, &e) || e.Name != "mode" {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// The inventory knows observed clients as it knows those that are served: while
// they are connected, and what was found when they have ended.
func TestObservedClientsAreInTheInventory(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	d := serveAll(t, Options{Mode: "observe", Backend: old.Addr().String()})
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "hello")
	reads(t, c, "hello")
	d.client(t, func(x inventory.Client) bool {
		return x.Listener == "devices" && x.SNI == "proxy.example" && x.Agreed.Version == "TLS 1.2" && x.Connections == 1 && x.Needs.MinVersion == "1.2"
	})
	c.Close()
	d.client(t, func(x inventory.Client) bool {
		return x.Findings["cert-name"] == 1 && x.Connections == 1 && x.Failed == 0
	})
}

// What a client does inside its connection can be concluded alone; a profile that
// would refuse it is known all the same.
func TestObservedClientThatResetsNeedsThat(t *testing.T) {
	old := serve(t, Options{})
	d := serveAll(t, Options{Mode: "observe", Backend: old.Addr().String()})
	m := named(t, "reset")
	c := d.legacy(t, m, legacyclient.Options{})
	if err := errors.Join(c.Echo([]byte("before")), m.Run(c), c.Echo([]byte("after")), c.Close()); err != nil {
		t.Fatal(err)
	}
	d.client(t, func(x inventory.Client) bool {
		return x.Needs.Reset == "accept" && x.Findings["reneg-reset-hello"] == 1
	})
}

func TestObservedClientThatIsRefusedIsInTheInventory(t *testing.T) {
	old := oldServer(t, tls.VersionTLS12)
	d := serveAll(t, Options{Mode: "observe", Backend: old.Addr().String()})
	if c, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}); err == nil {
		c.Close()
		t.Fatal("it is served")
	}
	d.client(t, func(x inventory.Client) bool {
		return x.Connections == 1 && x.Failed == 1 && x.Findings["version-none-shared"] == 1 && x.Agreed.Version == ""
	})
}

func TestObservedConnectionLivesAsLongAsItMay(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Mode: "observe", Backend: b.Addr().String(), Lifetime: "100ms"})
	c := d.dialPlain()
	b.next(t)
	if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
		t.Errorf("the client read %v, which is no cut", err)
	}
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "lifetime", "passed": true})
}
