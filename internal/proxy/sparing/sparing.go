// Package sparing keeps lines that anybody can cause from filling a log: of each
// kind so many a second are written, and of the rest how many there were.
package sparing

import (
	"maps"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// burstSeconds is how many seconds' worth of lines of a kind may come at once.
const burstSeconds = 10

// every is how often it is told how many lines were left out.
const every = time.Minute

// maxKinds bounds the kinds that are told apart. Those of one more share.
const (
	maxKinds = 128
	others   = "other"
)

// A Limiter says which lines are written. It is safe for concurrent use.
type Limiter struct {
	tell  func(Rest)
	every time.Duration

	mu      sync.Mutex // guards what follows
	most    int        // lines of a kind in a second; zero: all
	kinds   map[string]*rate.Limiter
	left    map[string]int // out, by kind; empty: none
	pending *time.Timer    // tells of them; nil: there are none
	closed  bool
}

// A Rest is what was not written.
type Rest struct {
	Lines  int
	ByKind map[string]int
}

// New gives a Limiter that writes so many lines of a kind in a second; zero: all
// of them. It tells of the rest once a minute, on a goroutine of its own.
func New(most int, tell func(Rest)) *Limiter {
	return &Limiter{tell: tell, every: every, most: most, kinds: map[string]*rate.Limiter{}, left: map[string]int{}}
}

// Set changes how many lines there may be from now on.
func (l *Limiter) Set(most int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most != most {
		l.most = most
		clear(l.kinds)
	}
}

// Allows says whether a line of a kind is written now. If not, it is counted.
func (l *Limiter) Allows(kind string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.most == 0 || l.closed {
		return true
	}
	kind, speed := l.of(kind)
	if speed.AllowN(now, 1) {
		return true
	}
	l.left[kind]++
	if l.pending == nil {
		l.pending = time.AfterFunc(l.every, l.tellRest)
	}
	return false
}

// of finds a kind, or the one that it shares.
func (l *Limiter) of(kind string) (string, *rate.Limiter) {
	if l.kinds[kind] == nil && len(l.kinds) >= maxKinds {
		kind = others
	}
	speed := l.kinds[kind]
	if speed == nil {
		speed = rate.NewLimiter(rate.Limit(l.most), burstSeconds*l.most)
		l.kinds[kind] = speed
	}
	return kind, speed
}

// Close tells of the rest now. From then on all lines are written.
func (l *Limiter) Close() {
	l.mu.Lock()
	l.closed = true
	if l.pending != nil {
		l.pending.Stop()
	}
	l.mu.Unlock()
	l.tellRest()
}

func (l *Limiter) tellRest() {
	l.mu.Lock()
	rest := Rest{ByKind: maps.Clone(l.left)}
	clear(l.left)
	l.pending = nil
	l.mu.Unlock()
	for _, n := range rest.ByKind {
		rest.Lines += n
	}
	if rest.Lines > 0 {
		l.tell(rest)
	}
}
