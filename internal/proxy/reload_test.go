package proxy

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// groupOf is a group with daemons that serve already.
func groupOf(daemons ...*daemon) *Group {
	g := &Group{log: daemons[0].Server.log, commons: daemons[0].commons, newest: daemons[0].by(), ticketSum: sumOf(daemons[0].by().TicketKeyFiles)}
	for _, d := range daemons {
		g.servers = append(g.servers, d.Server)
	}
	return g
}

// changed are a daemon's settings but for a change.
func (d *daemon) changed(change func(*Settings)) *Settings {
	next := *d.by()
	change(&next)
	return &next
}

func TestReloadCutsNobody(t *testing.T) {
	d := serve(t, Options{Backend: echoBackend(t).String()})
	g := groupOf(d)
	const clients = 100
	var connected, running sync.WaitGroup
	var over atomic.Bool
	connected.Add(clients)
	for n := range clients {
		running.Go(func() {
			m := named(t, []string{"reset", "proper"}[n/2%2])
			c := d.legacy(t, m, legacyclient.Options{Version: legacyVersions[n%3], Suites: aesSuites(legacyVersions[n%3])})
			connected.Done()
			for round := 0; round < 2 || !over.Load(); round++ {
				if err := c.Echo(fmt.Appendf(nil, "client %d, round %d", n, round)); err != nil {
					t.Errorf("client %d is cut: %v", n, err)
					return
				}
				if n%2 == 0 && round < 8 { // more would wait for their ration
					if err := m.Run(c); err != nil {
						t.Errorf("client %d renegotiates: %v", n, err)
						return
					}
				}
			}
			if err := c.Close(); err != nil {
				t.Errorf("client %d: %v", n, err)
			}
		})
	}
	connected.Wait()
	for n := range 20 {
		if err := g.Reload([]*Settings{d.changed(func(s *Settings) { s.MinVersion = []uint16{tls.VersionTLS12, 0}[n%2]; s.NoTickets = n%3 == 0 })}); err != nil {
			t.Error(err)
		}
	}
	over.Store(true)
	running.Wait()
	d.log.wait(t, "connection", clients)
	for _, line := range d.log.all(t, "connection") {
		if line["ended"] != "clean" {
			t.Errorf("%v", line)
		}
	}
}

func TestOpenConnectionsKeepWhatTheyHad(t *testing.T) {
	before, after := newBackend(t), newBackend(t)
	d := serve(t, Options{Backend: before.Addr().String()})
	m := named(t, "reset")
	old := d.legacy(t, m, legacyclient.Options{Version: legacyVersions[2], Suites: aesSuites(legacyVersions[2])})
	visit := before.next(t)
	address, err := parseAddress("backend", after.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	o, err := Options{Profile: "modern"}.Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := groupOf(d).Reload([]*Settings{d.changed(func(s *Settings) {
		s.Backend, s.Policy, s.MinVersion = upstream.Single(upstream.Address(address), 0), o.Policy, o.MinVersion
	})}); err != nil {
		t.Fatal(err)
	}
	conn := d.dial(tls.VersionTLS12)
	writes(t, conn, "to the new one")
	reads(t, after.next(t), "to the new one")
	if conn, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10}); err == nil {
		conn.Close()
		t.Error("a client of TLS 1.0 is served")
	}
	go func() { _, _ = visit.ReadFrom(visit.TCPConn) }() // it echoes
	if err := m.Run(old); err != nil {
		t.Errorf("the old connection renegotiates: %v", err)
	}
	if err := old.Echo([]byte("still to the old one")); err != nil {
		t.Error(err)
	}
}

func TestSessionsAreResumedAcrossAReload(t *testing.T) {
	d := serve(t, Options{})
	cache := tls.NewLRUClientSessionCache(1)
	visit := func() bool {
		conn := d.dial(tls.VersionTLS12, func(c *tls.Config) { c.ClientSessionCache = cache })
		defer conn.Close()
		writes(t, conn, "x")
		reads(t, conn, "x")
		return conn.ConnectionState().DidResume
	}
	visit()
	if err := groupOf(d).Reload([]*Settings{d.changed(func(s *Settings) { s.NoSessionIDs = true })}); err != nil {
		t.Fatal(err)
	}
	if !visit() {
		t.Error("the session is not resumed")
	}
}

// serveGroup serves by several options, until the test ends.
func serveGroup(t *testing.T, all ...Options) *Group {
	t.Helper()
	var settings []*Settings
	for i, o := range all {
		o.Listen, o.Name = "127.0.0.1:0", fmt.Sprint("listener ", i)
		s, err := o.Check()
		if err != nil {
			t.Fatal(err)
		}
		settings = append(settings, s)
	}
	g, err := NewGroup(settings, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	stop, cancel := context.WithCancel(t.Context())
	served := make(chan error)
	go func() { served <- g.Serve(stop, stop) }()
	t.Cleanup(func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return g
}

func TestReloadIsAllOrNothing(t *testing.T) {
	g := serveGroup(t, Options{}, Options{})
	a, b := &daemon{t: t, Server: g.servers[0]}, &daemon{t: t, Server: g.servers[1]}
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, test := range []struct {
		says string
		next []*Settings
	}{
		{missing, []*Settings{a.changed(func(s *Settings) { s.MinVersion = tls.VersionTLS13 }), b.changed(func(s *Settings) { s.Certs = []string{missing} })}},
		{"ALPN", []*Settings{a.changed(func(s *Settings) { s.MinVersion = tls.VersionTLS13 }), b.changed(func(s *Settings) { s.ALPN = []string{""} })}},
	} {
		if err := g.Reload(test.next); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("the error is %v, which does not say %q", err, test.says)
		}
		for _, d := range []*daemon{a, b} {
			conn := d.dial(tls.VersionTLS12)
			writes(t, conn, "as it was")
			reads(t, conn, "as it was")
			conn.Close()
		}
	}
}

func TestCertificatesThatWereMadeAtStartStay(t *testing.T) {
	d := serve(t, Options{Certs: []string{}})
	before := d.Certificates()[0].Leaf
	if err := groupOf(d).Reload([]*Settings{d.by()}); err != nil {
		t.Fatal(err)
	}
	if !d.Certificates()[0].Leaf.Equal(before) {
		t.Error("there are others")
	}
}

func TestOnlyOtherContentsAreAChange(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	empty := sumOf([]string{name})
	for _, text := range []string{"a", "b"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		sum := sumOf([]string{name})
		if sum == empty || sum != sumOf([]string{name}) {
			t.Error("the sum does not go by the contents")
		}
		empty = sum
	}
}
