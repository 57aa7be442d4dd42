package proxy

import (
	"context"
	"sync"
)

// Places are for connections that are served at a time. Their number may change:
// who has one keeps it.
type places struct {
	mu      sync.Mutex // guards what follows
	most    int        // zero: no limit
	taken   int
	waiting int
	freed   chan struct{} // closed when there may be one
}

func newPlaces(most int) *places { return &places{most: most, freed: make(chan struct{})} }

// take waits for a place, and calls full if it has to; false: stop ended first.
func (p *places) take(stop context.Context, full func(most int)) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for told := false; p.most > 0 && p.taken >= p.most; told = true {
		if !told {
			full(p.most)
		}
		if !p.wait(stop) {
			return false
		}
	}
	p.taken++
	return true
}

// wait waits for a change; false: stop ended first. p.mu is held, and released
// meanwhile.
func (p *places) wait(stop context.Context) bool {
	freed := p.freed
	p.waiting++
	p.mu.Unlock()
	defer func() {
		p.mu.Lock()
		p.waiting--
	}()
	select {
	case <-freed:
		return true
	case <-stop.Done():
		return false
	}
}

func (p *places) give() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.taken--
	p.tell()
}

// limit says how many there are from now on; zero: no limit.
func (p *places) limit(most int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.most = most
	p.tell()
}

// isFull says whether the next one has to wait.
func (p *places) isFull() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.most > 0 && p.taken >= p.most
}

func (p *places) tell() {
	if p.waiting > 0 {
		close(p.freed)
		p.freed = make(chan struct{})
	}
}
