package valkey

import (
	"log/slog"
	"sync"
)

// Stores are those of a process: one for each place, kept as long as somebody
// holds it.
type Stores struct {
	Counts Counts
	log    *slog.Logger

	mu   sync.Mutex // guards what follows
	all  map[Place]*Store
	held map[any]*Store // by who holds it
}

// NewStores makes none yet.
func NewStores(log *slog.Logger) *Stores {
	return &Stores{log: log, all: map[Place]*Store{}, held: map[any]*Store{}}
}

// At gives the store of a place. It answers nothing until it is held.
func (x *Stores) At(p Place) *Store {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.all[p]
	if s == nil {
		s = newStore(p, x.log, &x.Counts)
		x.all[p] = s
	}
	return s
}

// Hold has somebody hold a store, in the place of the one that was held before;
// nil: none. A store that nobody holds is closed.
func (x *Stores) Hold(who any, s *Store) {
	x.mu.Lock()
	before := x.holders()
	if s == nil {
		delete(x.held, who)
	} else {
		x.held[who] = s
	}
	after := x.holders()
	var over []*Store
	for p, one := range x.all {
		switch {
		case after[one] > 0 && before[one] == 0:
			one.begin()
		case after[one] == 0:
			delete(x.all, p)
			if before[one] > 0 {
				over = append(over, one)
			}
		}
	}
	x.mu.Unlock()
	for _, one := range over {
		one.close()
	}
}

// holders counts who holds each.
func (x *Stores) holders() map[*Store]int {
	n := map[*Store]int{}
	for _, s := range x.held {
		n[s]++
	}
	return n
}

// Up says how many stores are held, and how many of them answer.
func (x *Stores) Up() (held, up int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for s := range x.holders() {
		held++
		if s.server.Load() != nil {
			up++
		}
	}
	return held, up
}
