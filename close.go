package parley

import (
	"errors"
	"net"
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// closeTimeout bounds what Close waits for a client that does not read.
const closeTimeout = 5 * time.Second

// Close sends close_notify and closes the TCP connection. After an isolation it
// ends the old stream only; the TCP connection is the new Conn's. A client that
// does not read is waited for 5 s at most.
func (c *Conn) Close() error {
	t := c.t
	t.mu.Lock()
	defer t.mu.Unlock()
	if c.closed {
		if t.engine == nil {
			return t.inner.Close()
		}
		return net.ErrClosed
	}
	failed, end := c.cut, c.end
	c.closed, c.end, c.cut = true, net.ErrClosed, net.ErrClosed
	c.inbox.empty()
	if t.asking.cancel != nil && c == t.current {
		t.asking.cancel()
	}
	switch {
	case c.modern != nil:
		return t.closeModern(c.modern)
	case c != t.current:
		t.tell()
		return nil
	}
	t.sayGoodbye(failed)
	t.closedEvent(end)
	return t.drop()
}

// sayGoodbye writes what is queued and close_notify. A writer that is stuck in the
// socket is cut off instead: its client does not read.
func (t *transport) sayGoodbye(failed error) {
	w := &wait{until: time.Now().Add(closeTimeout)}
	for t.finishing && t.await(w, time.Time{}) == nil {
		// What finishFlight writes may be our Finished or an alert.
	}
	if t.engine.Complete() && !t.writing {
		t.engine.CloseWrite()
	}
	if t.writing {
		if t.writer != nil {
			t.writer.until = longAgo
		}
		t.rearm()
		return
	}
	_ = t.flush(w) // the Conn is closed whether its client hears of it or not
	var why *Error
	if errors.As(failed, &why) && why.Sent {
		t.linger()
	}
}

// linger lets the client read our alert: closing a socket with unread bytes in it
// resets the connection, which would take the alert away.
func (t *transport) linger() {
	half, ok := t.inner.(interface{ CloseWrite() error })
	if !ok || t.pumping {
		return
	}
	t.pumping = true
	defer func() { t.pumping = false }()
	_ = half.CloseWrite()
	_ = t.inner.SetReadDeadline(time.Now().Add(lingerTime))
	t.outside(func() {
		buf := takeBuffer(false)
		defer giveBuffer(buf)
		for range lingerReads {
			if _, err := t.inner.Read(buf); err != nil {
				return
			}
		}
	})
}

// A client that has read the alert closes; one that has not sends what it was
// about to, which is not much.
const (
	lingerTime  = 500 * time.Millisecond
	lingerReads = 64
)

// closedEvent tells the connection's end, unless the engine did. Reading may have
// ended in a way that only the socket knew.
func (t *transport) closedEvent(end error) {
	if t.events == nil {
		return
	}
	e := trace.Event{At: t.now(), From: trace.Server, Name: trace.Closed}
	var detail trace.FailureDetail
	var why *Error
	if errors.As(end, &why) {
		e.From, e.Finding = trace.Nobody, why.Finding
		detail = trace.FailureDetail{Finding: why.Finding, Reason: why.Reason}
	}
	e.Detail = detail
	t.observe(e)
}
