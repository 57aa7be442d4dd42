package parley

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"
)

// acceptQueue bounds the connections that are ready and not yet accepted.
const acceptQueue = 128

// A Listener accepts connections and runs their handshakes on goroutines of its
// own, at most Config.MaxHandshakes at a time, each within
// Config.HandshakeTimeout. When all places are taken and another client comes, one
// that has been silent for a second, or in its handshake for five, gives way.
type Listener struct {
	inner net.Listener
	done  chan struct{} // closed when it ends

	mu         sync.Mutex // guards what follows
	changed    sync.Cond  // on mu: any of it changed
	rules      *rules
	handshakes map[*transport]*place // under way, or done and waiting for room in ready
	ready      []accepted
	ended      error // what Accept gives from now on; nil: it goes on
}

// accepted is what Accept returns.
type accepted struct {
	conn *Conn
	err  error
}

// NewListener serves TLS on what inner accepts. A Config that cannot work is an
// error that names the field.
func NewListener(inner net.Listener, config *Config) (*Listener, error) {
	l := &Listener{inner: inner, done: make(chan struct{}), handshakes: map[*transport]*place{}}
	l.changed.L = &l.mu
	if err := l.SetConfig(config); err != nil {
		return nil, err
	}
	go l.acceptLoop()
	return l, nil
}

// Accept returns the next *Conn whose handshake is complete, the second half of
// an isolated one included. Failed handshakes go to Config.Events and never end
// Accept. An error of the inner listener's is passed on, and unless that is
// closed the next Accept goes on.
func (l *Listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.ended == nil && len(l.ready) == 0 {
		l.changed.Wait()
	}
	if l.ended != nil {
		return nil, l.ended
	}
	a := l.ready[0]
	l.ready = l.ready[1:]
	l.changed.Broadcast()
	if a.err != nil {
		return nil, a.err
	}
	return a.conn, nil
}

// SetConfig is for connections accepted from now on; on an error nothing changes.
func (l *Listener) SetConfig(config *Config) error {
	r, err := config.ready()
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rules = r
	l.changed.Broadcast()
	return nil
}

// Close stops accepting and ends unfinished handshakes; accepted Conns live on.
func (l *Listener) Close() error {
	l.end(net.ErrClosed)
	return l.inner.Close()
}

// Addr is the inner listener's.
func (l *Listener) Addr() net.Addr { return l.inner.Addr() }

// end closes what was not accepted.
func (l *Listener) end(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended != nil {
		return
	}
	l.ended = why
	close(l.done)
	for t := range l.handshakes {
		_ = t.inner.Close()
	}
	for _, a := range l.ready {
		if a.conn != nil {
			go a.conn.Close() // it may wait for its client
		}
	}
	l.ready = nil
	l.changed.Broadcast()
}

// acceptLoop takes connections from the inner listener one at a time, as there is
// room for their handshakes; others wait in its own queue.
func (l *Listener) acceptLoop() {
	var pause time.Duration
	for {
		conn, err := l.inner.Accept()
		if err == nil {
			pause = 0
			l.begin(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			l.end(err)
			return
		}
		// Out of descriptors, perhaps: it passes.
		pause = min(max(2*pause, 5*time.Millisecond), time.Second)
		if !l.pass(err) || !l.sleep(pause) {
			return
		}
	}
}

func (l *Listener) sleep(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-l.done:
		return false
	}
}

// begin runs a connection's handshake once there is room for it.
func (l *Listener) begin(conn net.Conn) {
	if !l.room() {
		_ = conn.Close()
		return
	}
	t := newTransport(conn, l.current(), l)
	c := t.current
	if !l.take(t) {
		_ = c.Close()
		return
	}
	go func() { l.deliver(c, c.HandshakeContext(context.Background())) }()
}

func (l *Listener) current() *rules {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rules
}

// deliver ends a handshake: what failed is closed, the rest goes to Accept.
func (l *Listener) deliver(c *Conn, err error) {
	if err == nil && l.queue(accepted{conn: c}) {
		return // its place is given back: by now it may be a split's
	}
	_ = c.Close()
	l.unreserve(c.t)
}

// pass gives an error to Accept.
func (l *Listener) pass(err error) bool { return l.queue(accepted{err: err}) }

// queue waits for room and gives a to Accept; false: the listener has ended.
func (l *Listener) queue(a accepted) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if a.conn != nil {
		l.keep(a.conn.t)
	}
	for l.ended == nil && len(l.ready) >= acceptQueue {
		l.changed.Wait()
	}
	if l.ended != nil {
		return false
	}
	l.ready = append(l.ready, a)
	if a.conn != nil {
		delete(l.handshakes, a.conn.t) // with it: Close must not end what Accept gave
	}
	l.changed.Broadcast()
	return true
}

// reserve keeps a place for the second half of a connection that is about to be
// split; false: there is none.
func (l *Listener) reserve(t *transport) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended != nil || len(l.ready) >= acceptQueue {
		return false
	}
	if len(l.handshakes) >= l.rules.maxHandshakes {
		slow, _ := l.slowest(time.Now())
		if slow == nil {
			return false
		}
		delete(l.handshakes, slow)
		go slow.giveWay() // it has a lock of its own, as we have
	}
	l.handshakes[t] = &place{kept: true}
	return true
}

// keep has a handshake that is done keep its place: it waits for us. l.mu is held.
func (l *Listener) keep(t *transport) {
	if p := l.handshakes[t]; p != nil {
		p.kept = true
	}
}

// unreserve gives a handshake's place back.
func (l *Listener) unreserve(t *transport) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.handshakes, t)
	l.changed.Broadcast()
}
