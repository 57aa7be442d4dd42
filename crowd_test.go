package parley_test

import (
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
)

// crowded listens with few places, each for an hour, and counts who gave way.
func crowded(t *testing.T, places int) (l *parley.Listener, gaveWay func() int) {
	t.Helper()
	var mu sync.Mutex
	n := 0
	l = listen(t, server(func(c *parley.Config) {
		c.MaxHandshakes, c.HandshakeTimeout = places, time.Hour
		c.Events = func(e parley.Event) {
			if d, ok := e.Detail.(parley.FailureDetail); ok && e.Name == parley.EventClosed && d.Finding == "handshake-crowded" {
				mu.Lock()
				defer mu.Unlock()
				n++
			}
		}
	}))
	serveEcho(t, l)
	return l, func() int { mu.Lock(); defer mu.Unlock(); return n }
}

// silent connects, and begins to say something.
func silent(t *testing.T, l *parley.Listener, says string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	sends(t, conn, says)
	return conn
}

func TestSilentClientsShutNobodyOut(t *testing.T) {
	l, gaveWay := crowded(t, 8)
	for i := range 20 {
		silent(t, l, "\x16\x03\x01\x01"[:i%5%4])
	}
	for range 3 {
		echoes(t, dial(t, l, client()), 100)
	}
	if gaveWay() == 0 {
		t.Error("nobody gave way, and yet there was room")
	}
}

func TestNobodyGivesWayWhileThereIsRoom(t *testing.T) {
	l, gaveWay := crowded(t, 100)
	first := silent(t, l, "\x16")
	for range 20 {
		echoes(t, dial(t, l, client()), 10)
	}
	first.Close()
	if gaveWay() > 0 {
		t.Error("somebody gave way")
	}
}

func TestFleetThatComesAtOnceWaitsForItsPlaces(t *testing.T) {
	l, gaveWay := crowded(t, 4)
	var running sync.WaitGroup
	for range 60 {
		running.Go(func() { echoes(t, dial(t, l, client()), 100) })
	}
	running.Wait()
	if n := gaveWay(); n > 0 {
		t.Errorf("%d gave way", n)
	}
}
