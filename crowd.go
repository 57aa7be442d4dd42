package parley

import (
	"net/netip"
	"time"
)

// A listener's places for handshakes cost a client little: to connect and to say
// nothing takes one until the handshake's deadline. So that whoever holds them all
// does not shut everybody out for that long, the slowest gives way once they are
// wanted. Honest clients say hello at once: they are slow only where a network or
// an old processor is, and the patience is theirs.
const (
	helloPatience  = time.Second     // from the connection to a whole hello
	answerPatience = 5 * time.Second // from the hello to the end: old devices compute for seconds
)

// A place is what a handshake holds in a Listener.
type place struct {
	since   time.Time    // when it was taken, or the hello came
	source  netip.Prefix // zero: the client's address has none
	greeted bool         // its hello has come
	kept    bool         // by a split, or by who is done: it does not give way
}

// due is when a handshake may be asked to give way.
func (p *place) due() time.Time {
	if p.greeted {
		return p.since.Add(answerPatience)
	}
	return p.since.Add(helloPatience)
}

// room waits until another handshake may begin; false: the listener has ended.
func (l *Listener) room() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.ended == nil && len(l.handshakes) >= l.rules.maxHandshakes {
		slow, at := l.slowest(time.Now())
		if slow != nil {
			delete(l.handshakes, slow)
			l.mu.Unlock()
			slow.giveWay()
			l.mu.Lock()
			continue
		}
		l.waitUntil(at)
	}
	return l.ended == nil
}

// waitUntil waits for a change, or for a time; zero: for a change alone.
func (l *Listener) waitUntil(at time.Time) {
	if !at.IsZero() {
		timer := time.AfterFunc(time.Until(at), func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.changed.Broadcast()
		})
		defer timer.Stop()
	}
	l.changed.Wait()
}

// slowest finds who gives way: before all others those that have said no hello,
// of them those of the source with the most, of them the oldest. If nobody's
// patience is at its end it says when somebody's will be; zero: never.
func (l *Listener) slowest(now time.Time) (slow *transport, at time.Time) {
	crowd := map[netip.Prefix]int{}
	for _, p := range l.handshakes {
		crowd[p.source]++
	}
	for t, p := range l.handshakes {
		switch {
		case p.kept:
		case now.Before(p.due()):
			at = sooner(at, p.due())
		case slow == nil || p.before(l.handshakes[slow], crowd):
			slow = t
		}
	}
	return slow, at
}

// before says whether p gives way before q does.
func (p *place) before(q *place, crowd map[netip.Prefix]int) bool {
	switch {
	case p.greeted != q.greeted:
		return q.greeted
	case crowd[p.source] != crowd[q.source]:
		return crowd[p.source] > crowd[q.source]
	}
	return p.since.Before(q.since)
}

// take gives a handshake its place; false: the listener has ended.
func (l *Listener) take(t *transport) bool {
	p := &place{since: t.begun}
	p.source, _ = sourceOf(t.inner.RemoteAddr())
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended != nil {
		return false
	}
	l.handshakes[t] = p
	return true
}

// greet notes that a hello has come.
func (l *Listener) greet(t *transport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if p := l.handshakes[t]; p != nil && !p.greeted {
		p.greeted, p.since = true, time.Now()
	}
}

// giveWay ends a handshake for others.
func (t *transport) giveWay() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current.complete() || t.current.end != nil {
		return // it was about to end by itself
	}
	t.finish(&Error{Finding: findingCrowded, Reason: "all places for handshakes are taken, and this client was the slowest"})
	if t.asking.cancel != nil {
		t.asking.cancel()
	}
	_ = t.inner.Close() // crypto/tls may wait in it
}
