package passage

import (
	"container/list"
	"errors"
	"net/netip"
	"sync"
	"time"
)

// ErrCrowded is Peek's error for a connection that had to give way.
var ErrCrowded = errors.New("too many connections were waited for, and this one's source had the most of them, or it had been silent for the longest time")

// A Lookout bounds the connections whose first hello is awaited: where there are
// too many, of the source that has the most the one that came first gives way. So
// neither silent clients shut anybody out, nor one who comes again and again.
type Lookout struct {
	mu      sync.Mutex // guards what follows
	waiting *list.List // of *awaited, in the order of their coming
	crowd   map[netip.Prefix]int
}

// NewLookout waits for nobody yet.
func NewLookout() *Lookout { return &Lookout{waiting: list.New(), crowd: map[netip.Prefix]int{}} }

// An awaited is a connection whose hello is awaited. Lookout.mu guards it.
type awaited struct {
	conn    Conn
	source  netip.Prefix
	crowded bool
}

// Peek is the function Peek, among at most so many at a time. A source that is zero
// is one, too.
func (l *Lookout) Peek(conn Conn, source netip.Prefix, until time.Time, most int) (First, Conn, error) {
	if err := conn.SetReadDeadline(until); err != nil {
		return First{}, conn, err
	}
	place := l.enter(conn, source, most)
	f, conn, err := peek(conn)
	if l.leave(place) {
		return f, conn, ErrCrowded
	}
	if err != nil {
		return f, conn, err
	}
	return f, conn, conn.SetReadDeadline(time.Time{})
}

func (l *Lookout) enter(conn Conn, source netip.Prefix, most int) *list.Element {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Len() >= most {
		slow := l.remove(l.slowest())
		slow.crowded = true
		_ = slow.conn.SetReadDeadline(time.Unix(1, 0)) // it fails only if the connection is over
	}
	l.crowd[source]++
	return l.waiting.PushBack(&awaited{conn: conn, source: source})
}

// slowest finds who gives way, of those that there are. l.mu is held.
func (l *Lookout) slowest() *list.Element {
	slow := l.waiting.Front()
	for at := slow; at != nil; at = at.Next() {
		if l.crowd[at.Value.(*awaited).source] > l.crowd[slow.Value.(*awaited).source] {
			slow = at
		}
	}
	return slow
}

// remove takes one out. l.mu is held.
func (l *Lookout) remove(place *list.Element) *awaited {
	a := l.waiting.Remove(place).(*awaited)
	if l.crowd[a.source]--; l.crowd[a.source] == 0 {
		delete(l.crowd, a.source)
	}
	return a
}

// leave ends the waiting, and says whether it had to give way.
func (l *Lookout) leave(place *list.Element) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := place.Value.(*awaited)
	if !a.crowded {
		l.remove(place)
	}
	return a.crowded
}

// Count is how many are awaited.
func (l *Lookout) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len()
}
