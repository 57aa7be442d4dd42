package proxy

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// freeAddress is where nobody listens.
func freeAddress(t *testing.T) Address {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return Address{"tcp", l.Addr().String()}
}

// of is a daemon for each server of a group.
func of(t *testing.T, g *Group) (all []*daemon) {
	for _, s := range g.all() {
		all = append(all, &daemon{t: t, Server: s})
	}
	return all
}

// isServed wants a stream to echo.
func isServed(t *testing.T, c io.ReadWriter) {
	t.Helper()
	writes(t, c, "x")
	reads(t, c, "x")
}

// dialsAt connects to an address, which must be served.
func dialsAt(t *testing.T, a Address) *tls.Conn {
	t.Helper()
	c, err := tls.Dial(a.Network, a.Address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	isServed(t, c)
	return c
}

func refusesAt(t *testing.T, a Address) {
	t.Helper()
	if c, err := net.Dial(a.Network, a.Address); err == nil {
		c.Close()
		t.Errorf("%s still listens", a)
	}
}

func reloads(t *testing.T, g *Group, all ...*Settings) {
	t.Helper()
	if err := g.Reload(all); err != nil {
		t.Fatal(err)
	}
}

func TestListenersComeAndGo(t *testing.T) {
	g := serveGroup(t, Options{}, Options{})
	all := of(t, g)
	stays, goes := all[0], all[1]
	old := goes.dial(tls.VersionTLS12)
	isServed(t, old)
	place, comes := freeAddress(t), Address{"tcp", goes.Addr().String()}
	reloads(t, g, stays.by(), stays.changed(func(s *Settings) { s.Name, s.Listen = "new", place }))
	dialsAt(t, place)
	refusesAt(t, comes)
	isServed(t, old)
	if n := len(g.all()); n != 3 {
		t.Errorf("%d servers while one has its last connection", n)
	}
	old.Close()
	until(t, "the server without a connection is forgotten", func() bool { return len(g.all()) == 2 })
}

func TestListenerMovesUnderItsName(t *testing.T) {
	g := serveGroup(t, Options{})
	d := of(t, g)[0]
	before, after := Address{"tcp", d.Addr().String()}, freeAddress(t)
	old := d.dial(tls.VersionTLS12)
	reloads(t, g, d.changed(func(s *Settings) { s.Listen = after }))
	dialsAt(t, after)
	refusesAt(t, before)
	isServed(t, old)
	if d.Addr().String() != after.Address || len(g.all()) != 1 {
		t.Error("it is another server, or says so")
	}
	path := Address{"unix", socketPath(t)}
	reloads(t, g, d.changed(func(s *Settings) { s.Listen = path }))
	dialsAt(t, path)
	reloads(t, g, d.changed(func(s *Settings) { s.MinVersion = tls.VersionTLS12 }))
	dialsAt(t, path) // the same socket
	isServed(t, old)
	reloads(t, g, d.changed(func(s *Settings) { s.Listen = after }))
	if _, err := os.Stat(path.Address); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket is left: %v", err)
	}
}

// Each has the other's socket afterwards, whose queue was never shut.
func TestListenersChangePlaces(t *testing.T) {
	g := serveGroup(t, Options{}, Options{})
	all := of(t, g)
	places := []Address{freeAddress(t), freeAddress(t)}
	at := func(i, place int) *Settings {
		return all[i].changed(func(s *Settings) { s.Listen, s.ALPN = places[place], []string{s.Name} })
	}
	asks := func(place int) string {
		c, err := tls.Dial("tcp", places[place].Address, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"listener 0", "listener 1"}})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().NegotiatedProtocol
	}
	for range 3 {
		reloads(t, g, at(0, 0), at(1, 1))
		if asks(0) != "listener 0" || asks(1) != "listener 1" {
			t.Error("they are not where they should be")
		}
		reloads(t, g, at(0, 1), at(1, 0))
		if asks(1) != "listener 0" || asks(0) != "listener 1" {
			t.Error("they did not change")
		}
	}
}

func TestListenerComesBackToItsConnections(t *testing.T) {
	g := serveGroup(t, Options{}, Options{})
	all := of(t, g)
	old := all[1].dial(tls.VersionTLS12)
	reloads(t, g, all[0].by())
	reloads(t, g, all[0].by(), all[1].by())
	if now := g.all(); len(now) != 2 || now[1] != all[1].Server {
		t.Error("it is another server")
	}
	isServed(t, old)
	isServed(t, all[1].dial(tls.VersionTLS12))
	old.Close()
}

func TestSocketThatCannotBeOpenedChangesNothing(t *testing.T) {
	g := serveGroup(t, Options{}, Options{})
	all := of(t, g)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	place, log := freeAddress(t), t.TempDir()+"/keys"
	for says, last := range map[string]*Settings{
		"another program listens there": all[1].changed(func(s *Settings) { s.Name, s.Listen = "new", Address{"tcp", taken.Addr().String()} }),
		"make it two reloads": all[1].changed(func(s *Settings) {
			s.Name, s.Listen = "new", Address{"tcp", strings.Replace(place.Address, "127.0.0.1", "", 1)}
		}),
		"key log": all[1].changed(func(s *Settings) { s.Name, s.Listen, s.KeyLog = "new", freeAddress(t), "/no/key log" }),
	} {
		first := all[0].changed(func(s *Settings) { s.Listen, s.MinVersion, s.KeyLog = place, tls.VersionTLS13, log })
		if says == "make it two reloads" { // all[0] has the place first
			reloads(t, g, all[0].changed(func(s *Settings) { s.Listen = place }), all[1].by())
			first = all[0].changed(func(s *Settings) { s.Listen = freeAddress(t) })
		}
		was := all[0].Addr().String()
		if err := g.Reload([]*Settings{first, last}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error is %v, which does not say %q", err, says)
		}
		for _, d := range all {
			isServed(t, d.dial(tls.VersionTLS12))
		}
		if all[0].Addr().String() != was || len(g.all()) != 2 {
			t.Error("something changed")
		}
	}
}

func TestNamesChangeWithTheSettings(t *testing.T) {
	d := serve(t, Options{})
	d.reload(func(s *Settings) { s.Name = "terminals" })
	d.dial(tls.VersionTLS12).Close()
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"listener": "terminals"})
}

// In another mode it is another listener, with the same door.
func TestListenerChangesItsMode(t *testing.T) {
	backend := serve(t, Options{})
	g := serveGroup(t, Options{})
	deskOf(t, g)
	d := of(t, g)[0]
	place := freeAddress(t)
	reloads(t, g, d.changed(func(s *Settings) { s.Listen = place }))
	old := dialsAt(t, place)
	o, err := Options{Name: "listener 0", Listen: place.Address, Mode: "observe", Backend: backend.Addr().String()}.Check()
	if err != nil {
		t.Fatal(err)
	}
	served := d.by()
	reloads(t, g, o)
	passed := dialsAt(t, place)
	if got := passed.ConnectionState().PeerCertificates[0]; !got.Equal(backend.Certificates()[0].Leaf) {
		t.Error("it is not the backend's TLS")
	}
	isServed(t, old)
	old.Close()
	until(t, "the server of the old mode is forgotten", func() bool { return len(g.all()) == 1 })
	reloads(t, g, served)
	again := dialsAt(t, place)
	if got := again.ConnectionState().PeerCertificates[0]; got.Equal(backend.Certificates()[0].Leaf) {
		t.Error("it is the backend's TLS")
	}
	isServed(t, passed)
	passed.Close()
	until(t, "the observing server is forgotten", func() bool { return len(g.all()) == 1 })
}

// Clients that wait for max-connections stand in a listener's whole way in, back to
// its socket. A reload that takes that one away does not wait for them.
func TestReloadDoesNotWaitForWhoWaits(t *testing.T) {
	g := serveGroup(t, Options{MaxConnections: "1", MaxHandshakes: "1"})
	d := of(t, g)[0]
	isServed(t, d.dial(tls.VersionTLS12))
	var greeted atomic.Int64
	for range acceptedAndWaiting {
		go func() {
			c, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true})
			if err == nil {
				greeted.Add(1)
				t.Cleanup(func() { c.Close() })
			}
		}()
	}
	until(t, "no more come in", func() bool {
		return greeted.Load() >= acceptedAndWaiting-5 && d.gate.entering.Load() == 1
	})
	done := make(chan error, 1)
	go func() { done <- g.Reload([]*Settings{d.changed(func(s *Settings) { s.Listen = freeAddress(t) })}) }()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it waits for a connection to end, and with it whoever asks how the process fares")
	}
}

// A listener that is gone and has connections left keeps its settings, and has no say
// in the process' any more.
func TestUpgradeDrainIsThatOfNow(t *testing.T) {
	g := serveGroup(t, Options{UpgradeDrain: "1h"})
	goes := of(t, g)[0]
	isServed(t, goes.dial(tls.VersionTLS12))
	reloads(t, g, goes.changed(func(s *Settings) { s.Name, s.Listen, s.UpgradeDrain = "new", freeAddress(t), time.Minute }))
	if d := (&process{group: g}).upgradeDrain(); d != time.Minute {
		t.Errorf("connections may go on for %v", d)
	}
}

// acceptedAndWaiting are a few more clients than the library holds that nobody
// takes.
const acceptedAndWaiting = 128 + 7
