package proxy

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// entry is a checked backend of a file.
func entry(t *testing.T, o BackendOptions) *upstream.Backend {
	t.Helper()
	b, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestStreamsGoByNameAndProtocol(t *testing.T) {
	a, b, rest := newBackend(t), newBackend(t), newBackend(t)
	d := serve(t, Options{Backend: rest.Addr().String(), ALPN: []string{"mqtt", "h2"}, Routes: []RouteOptions{
		{SNI: []string{"A.test"}, Backend: a.Addr().String()},
		{SNI: []string{"*.b.test"}, ALPN: []string{"mqtt"}, Backend: b.Addr().String()},
	}})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		for _, test := range []struct {
			name, protocol string
			to             *backendServer
		}{{"a.test", "h2", a}, {"x.b.test", "mqtt", b}, {"x.b.test", "h2", rest}, {"", "mqtt", rest}} {
			c := d.dial(version, func(c *tls.Config) { c.ServerName, c.NextProtos = test.name, []string{test.protocol} })
			writes(t, c, "here")
			v := test.to.next(t)
			reads(t, v, "here")
			c.Close()
			v.Close()
			n++
			wants(t, d.log.wait(t, "connection", n), map[string]any{"backend": test.to.Addr().String(), "ended": "clean"})
		}
	})
}

// The session is another name's, and so is not resumed: nobody comes to a backend
// by the name of another.
func TestResumedSessionGoesWhereItsNameGoes(t *testing.T) {
	a, b := newBackend(t), newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), Routes: []RouteOptions{{SNI: []string{"a.test"}, Backend: a.Addr().String()}}})
	eachVersion(t, func(t *testing.T, version uint16) {
		cache := tls.NewLRUClientSessionCache(4)
		for i, test := range []struct {
			name string
			to   *backendServer
		}{{"a.test", a}, {"a.test", a}, {"b.test", b}} {
			c := d.dial(version, func(c *tls.Config) { c.ServerName, c.ClientSessionCache = test.name, cache })
			v := test.to.next(t)
			writes(t, v, "x")
			reads(t, c, "x") // and the ticket before it
			if i == 1 && !c.ConnectionState().DidResume {
				t.Error("it is not resumed")
			}
			c.Close()
			v.Close()
		}
	})
}

func TestClientThatNoRouteFitsIsRefusedInItsHandshake(t *testing.T) {
	a := newBackend(t)
	d := serve(t, Options{ALPN: []string{"mqtt", "h2"}, Routes: []RouteOptions{{SNI: []string{"a.test"}, ALPN: []string{"mqtt"}, Backend: a.Addr().String()}}})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		for _, test := range []struct {
			name      string
			protocols []string
			alert     string
			line      map[string]any
		}{
			{"b.test", []string{"mqtt"}, "unrecognized name", map[string]any{"ended": "cert-name", "error": `no route is for the server name "b.test"`, "sni": "b.test"}},
			{"a.test", []string{"h2"}, "no application protocol", map[string]any{"ended": "error", "error": `no route is for the server name "a.test" with any of the protocols ["h2"] that the client offers`}},
		} {
			_, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, ServerName: test.name, NextProtos: test.protocols})
			if err == nil || !strings.Contains(err.Error(), test.alert) {
				t.Errorf("%v", err)
			}
			n++
			wants(t, d.log.wait(t, "handshake failed", n), test.line)
		}
	})
}

func TestAgreedProtocolThatNoRouteTakesIsACut(t *testing.T) {
	a := newBackend(t)
	d := serve(t, Options{ALPN: []string{"h2", "mqtt"}, Routes: []RouteOptions{{ALPN: []string{"mqtt"}, Backend: a.Addr().String()}}})
	c := d.dial(tls.VersionTLS12, func(c *tls.Config) { c.NextProtos = []string{"mqtt", "h2"} }) // h2 is what we like best
	if _, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) {
		t.Errorf("%v", err)
	}
	line := d.log.wait(t, "connection", 1)
	if text, _ := line["error"].(string); line["ended"] != "error" || !strings.Contains(text, `the protocol "h2"`) {
		t.Errorf("%v", line)
	}
}

// A client that begins again in clear may ask for another name: the new stream goes
// where that goes.
func TestNewStreamIsRoutedAnew(t *testing.T) {
	a, b := newBackend(t), newBackend(t)
	d := serve(t, Options{Restart: "isolate", Routes: []RouteOptions{{SNI: []string{"a.test"}, Backend: a.Addr().String()}, {SNI: []string{"b.test"}, Backend: b.Addr().String()}}})
	m := named(t, "restart")
	c := d.legacy(t, m, legacyclient.Options{Version: legacyVersions[2], Suites: aesSuites(legacyVersions[2]), ServerName: "a.test"})
	first := a.next(t)
	writes(t, c, "to a")
	reads(t, first, "to a")
	c.Configure(func(o *legacyclient.Options) { o.ServerName = "b.test" })
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	writes(t, c, "to b")
	reads(t, b.next(t), "to b")
	first.isReset(t, "")
}

func TestEntryWithSeveralServersSaysWhichServed(t *testing.T) {
	a, b := newBackend(t), newBackend(t)
	app := entry(t, BackendOptions{Name: "app", Servers: []string{a.Addr().String(), b.Addr().String()}, Interval: "0s"})
	d := serve(t, Options{Backend: "app", Backends: []*upstream.Backend{app}, Metrics: "127.0.0.1:0"})
	for i, to := range []*backendServer{a, b, a} {
		c := d.dial(tls.VersionTLS12)
		v := to.next(t)
		c.Close()
		v.Close()
		wants(t, d.log.wait(t, "connection", i+1), map[string]any{"backend": "app", "server": to.Addr().String()})
	}
	d.tells(`parley_backend_connects_total{backend="app"} 3`, fmt.Sprintf(`parley_backend_up{backend="app",server="%s"} 1`, a.Addr()))
	a.Close()
	for range 3 {
		c := d.dial(tls.VersionTLS12)
		b.next(t).Close()
		c.Close()
	}
	d.tells(`parley_backend_connect_failures_total{backend="app"} 0`, fmt.Sprintf(`parley_backend_up{backend="app",server="%s"} 0`, a.Addr()),
		fmt.Sprintf(`parley_backend_server_failures_total{backend="app",server="%s"} 1`, a.Addr()))
	if code, _ := d.ask("/readyz"); code != 200 {
		t.Error("the server is not ready for a backend's server that is down")
	}
}
