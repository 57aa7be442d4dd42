package tickets

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-tls/parley"
)

// What keys do that are in no file.
const (
	rotateEvery = 12 * time.Hour
	kept        = 3 // so that a key opens for a day after it sealed last
)

// A Ring holds the keys of a process: those of files, or random ones that rotate by
// themselves. It is safe for concurrent use.
type Ring struct {
	now func() time.Time

	order atomic.Pointer[order]
	mu    sync.Mutex // held to change what follows, and order
	files []Key      // nil: there are none, and the random ones are used
	own   []Key      // random, the newest first
	until time.Time  // when own has a new one
}

// An order is what a Ring's keys are until a time. It never changes.
type order struct {
	keys  []Key     // the first seals
	until time.Time // zero: until a change
}

// NewRing makes a Ring with random keys.
func NewRing(now func() time.Time) *Ring { return &Ring{now: now} }

// Use has the keys of files be used from now on; of none, random ones.
func (r *Ring) Use(files []Key) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.files = files
	r.arrange(r.now())
}

// In gives the keys as the listeners of a scope have them.
func (r *Ring) In(scope string) parley.TicketKeys { return &scoped{ring: r, scope: scope} }

// current gives the keys of now.
func (r *Ring) current() *order {
	now := r.now()
	if o := r.order.Load(); o.holds(now) {
		return o
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if o := r.order.Load(); o.holds(now) {
		return o
	}
	return r.arrange(now)
}

func (o *order) holds(now time.Time) bool {
	return o != nil && (o.until.IsZero() || now.Before(o.until))
}

// arrange makes the order of a time. r.mu is held.
func (r *Ring) arrange(now time.Time) *order {
	o := new(order)
	if r.files != nil {
		o.keys, o.until = sealingFirst(r.files, now)
	} else {
		r.rotate(now)
		o.keys, o.until = r.own, r.until
	}
	r.order.Store(o)
	return o
}

// rotate makes a new random key when it is time, and forgets those that sealed
// too long ago. r.mu is held.
func (r *Ring) rotate(now time.Time) {
	if now.Before(r.until) {
		return
	}
	next := []Key{newKey(time.Time{})}
	if now.Before(r.until.Add((kept - 1) * rotateEvery)) {
		next = append(next, r.own[:min(len(r.own), kept-1)]...)
	}
	r.own, r.until = next, now.Add(rotateEvery)
}

// A scoped is a Ring's keys for some listeners.
type scoped struct {
	ring  *Ring
	scope string
	made  atomic.Pointer[derived]
}

// A derived is what was made of an order.
type derived struct {
	of   *order
	keys []parley.TicketKey
}

// Keys is parley.TicketKeys'.
func (s *scoped) Keys() []parley.TicketKey {
	o := s.ring.current()
	if d := s.made.Load(); d != nil && d.of == o {
		return d.keys
	}
	d := &derived{of: o}
	for _, k := range o.keys {
		if key, err := k.in(s.scope); err == nil { // secrets are long enough: it does not fail
			d.keys = append(d.keys, key)
		}
	}
	s.made.Store(d)
	return d.keys
}
