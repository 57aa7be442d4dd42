package proxy

import (
	"crypto/tls"
	"net"
	"testing"
	"time"
)

// until waits for what is so in the end.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// reload has a daemon serve by settings that are changed.
func (d *daemon) reload(change func(*Settings)) {
	d.t.Helper()
	if err := groupOf(d).Reload([]*Settings{d.changed(change)}); err != nil {
		d.t.Fatal(err)
	}
}

func TestWhoWaitsIsServedByAHigherLimit(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), MaxConnections: "1"})
	d.dial(tls.VersionTLS12)
	b.next(t)
	second := d.dial(tls.VersionTLS12)
	writes(t, second, "let me in")
	d.log.wait(t, "as many connections as max-connections allows are being served; new ones wait", 1)
	d.reload(func(s *Settings) { s.MaxConnections = 2 })
	reads(t, b.next(t), "let me in")
}

func TestSourcesAreLimitedByAReload(t *testing.T) {
	d := serve(t, Options{})
	first := d.dial(tls.VersionTLS12)
	d.reload(func(s *Settings) { s.MaxPerSource = 1 })
	d.turnedAway() // who was there before counts
	writes(t, first, "x")
	reads(t, first, "x")
	d.reload(func(s *Settings) { s.MaxPerSource, s.PerSecond = 0, 1000 })
	second := d.dial(tls.VersionTLS12)
	writes(t, second, "x")
	reads(t, second, "x")
}

func TestBalancersAreNamedByAReload(t *testing.T) {
	d := serve(t, Options{})
	o, err := Options{AcceptProxy: []string{"127.0.0.1"}}.Check()
	if err != nil {
		t.Fatal(err)
	}
	d.reload(func(s *Settings) { s.Balancers = o.Balancers })
	conn, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	writes(t, conn, "PROXY TCP4 192.0.2.7 192.0.2.8 7 8\r\n")
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	c.Close()
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"client": "192.0.2.7:7"})
}

func TestListenersShareTheLimitOfTheProcess(t *testing.T) {
	b := newBackend(t)
	g := serveGroup(t, Options{Backend: b.Addr().String(), MaxInAll: "2"}, Options{Backend: b.Addr().String(), MaxInAll: "2"})
	left, right := &daemon{t: t, Server: g.servers[0]}, &daemon{t: t, Server: g.servers[1]}
	first := left.dial(tls.VersionTLS12)
	v := b.next(t)
	right.dial(tls.VersionTLS12)
	b.next(t)
	third := right.dial(tls.VersionTLS12)
	writes(t, third, "let me in")
	until(t, "it waits", func() bool {
		p := g.commons.places
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.waiting == 1
	})
	first.Close()
	v.Close()
	reads(t, b.next(t), "let me in")
}
