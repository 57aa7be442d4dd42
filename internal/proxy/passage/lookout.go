package passage

import (
	"container/list"
	"errors"
	"sync"
	"time"
)

// ErrCrowded is Peek's error for a connection that had to give way.
var ErrCrowded = errors.New("too many connections were waited for, and this one had been silent for the longest time")

// A Lookout bounds the connections whose first hello is awaited: where there are
// too many, the one that came first gives way. So silent clients shut nobody out.
type Lookout struct {
	mu      sync.Mutex // guards what follows
	waiting *list.List // of *awaited, in the order of their coming
}

// NewLookout waits for nobody yet.
func NewLookout() *Lookout { return &Lookout{waiting: list.New()} }

// An awaited is a connection whose hello is awaited. Lookout.mu guards it.
type awaited struct {
	conn    Conn
	crowded bool
}

// Peek is the function Peek, among at most so many at a time.
func (l *Lookout) Peek(conn Conn, until time.Time, most int) (First, Conn, error) {
	if err := conn.SetReadDeadline(until); err != nil {
		return First{}, conn, err
	}
	place := l.enter(conn, most)
	f, conn, err := peek(conn)
	if l.leave(place) {
		return f, conn, ErrCrowded
	}
	if err != nil {
		return f, conn, err
	}
	return f, conn, conn.SetReadDeadline(time.Time{})
}

func (l *Lookout) enter(conn Conn, most int) *list.Element {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Len() >= most {
		oldest := l.waiting.Remove(l.waiting.Front()).(*awaited)
		oldest.crowded = true
		_ = oldest.conn.SetReadDeadline(time.Unix(1, 0)) // it fails only if the connection is over
	}
	return l.waiting.PushBack(&awaited{conn: conn})
}

// leave ends the waiting, and says whether it had to give way.
func (l *Lookout) leave(place *list.Element) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting.Remove(place) // nothing, if it is not there any more
	return place.Value.(*awaited).crowded
}

// Count is how many are awaited.
func (l *Lookout) Count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len()
}
