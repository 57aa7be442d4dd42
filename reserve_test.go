package parley

import (
	"sync"
	"testing"
)

// The place of a first handshake is given back once, and never that of the split
// which may follow at once.
func TestThePlaceOfASplitIsItsOwn(t *testing.T) {
	for range 1000 {
		l := &Listener{handshakes: map[*transport]*place{}, rules: &rules{maxHandshakes: 1}}
		l.changed.L = &l.mu
		c := &Conn{t: new(transport)}
		l.handshakes[c.t] = new(place)
		var delivering sync.WaitGroup
		delivering.Go(func() { l.deliver(c, nil) })
		if _, err := l.Accept(); err != nil {
			t.Fatal(err)
		}
		if !l.reserve(c.t) {
			t.Fatal("there is no place")
		}
		delivering.Wait()
		if l.handshakes[c.t] == nil {
			t.Fatal("its place is gone")
		}
	}
}
