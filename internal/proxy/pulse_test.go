package proxy

import (
	"net"
	"strings"
	"testing"
	"time"
)

// awaits polls until something holds.
func awaits(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("it never comes true that %s", what)
		}
	}
}

func TestProcessThatServesHasAPulse(t *testing.T) {
	d := serve(t, Options{Metrics: "127.0.0.1:0", Admin: "unix:" + socketPath(t)})
	p := newPulse(groupOf(d), d.desk)
	for range 3 {
		if err := p.feel(time.Now(), patience); err != nil {
			t.Error(err)
		}
	}
}

func TestProcessThatHoldsALockHasNone(t *testing.T) {
	d := serve(t, Options{})
	p := newPulse(groupOf(d), d.desk)
	d.mu.Lock()
	for range 2 { // the second look waits for the first
		if err := p.feel(time.Now(), 10*time.Millisecond); err == nil {
			t.Error("it is thought to be able to serve")
		}
	}
	d.mu.Unlock()
	awaits(t, "it has its pulse back", func() bool { return p.feel(time.Now(), patience) == nil })
}

func TestProcessWhoseDeskIsSilentHasNone(t *testing.T) {
	d := serve(t, Options{Metrics: "127.0.0.1:0"})
	p := newPulse(groupOf(d), d.desk)
	d.desk.sides[0].close()
	if err := p.feel(time.Now(), patience); err == nil || !strings.Contains(err.Error(), "does not answer") {
		t.Error(err)
	}
}

func TestProcessThatAcceptsNobodyHasNone(t *testing.T) {
	d := serve(t, Options{})
	door, err := openDoor(nil, Address{"tcp", "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{gate: newGate(d.Server), places: newPlaces(0), commons: d.commons} // whose gate nobody asks
	s.current.Store(d.current.Load())
	s.gate.have(door)
	defer s.gate.Close()
	for range 3 {
		c, err := net.Dial("tcp", door.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
	}
	awaits(t, "one was accepted and another waits", func() bool { return door.Accepted() == 1 && door.Waiting() })
	p, now := newPulse(groupOf(d), d.desk), time.Now()
	if err := p.accepts(s, now); err != nil {
		t.Errorf("it is given up at once: %v", err)
	}
	if err := p.accepts(s, now.Add(time.Hour)); err == nil || !strings.Contains(err.Error(), "nobody accepts them") {
		t.Errorf("after an hour: %v", err)
	}
	s.places.limit(1)
	s.places.taken = 1 // as many as may be: they wait by right
	if err := p.accepts(s, now.Add(2*time.Hour)); err != nil {
		t.Error(err)
	}
}
