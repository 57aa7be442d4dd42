package parley

import (
	"errors"
	"os"
	"time"
)

// What is queued leaves in the order in which it was sealed, by one goroutine at
// a time: whoever holds writing. Others leave what they queued to it, for it
// looks again before it lets go.

// flush writes what is queued, for w. If somebody else writes it is left to them.
// t.mu is held.
func (t *transport) flush(w *wait) error {
	if t.writing {
		return nil
	}
	t.writing = true
	err := t.drain(w)
	if err != nil && t.broken == nil && t.left {
		t.finishLater(&wait{until: t.flightDeadline()})
		return err
	}
	t.endWriting()
	return err
}

func (t *transport) endWriting() {
	t.writing = false
	t.tell()
}

// drain is flush for who holds writing. After an error what is not yet written
// goes first the next time: a record is never torn.
func (t *transport) drain(w *wait) error {
	for t.more() {
		if t.broken != nil {
			return t.broken
		}
		t.armWrite(w)
		t.writer = w
		n, err := t.writeOutside()
		t.writer = nil
		t.rest = t.rest[n:]
		if err = t.writeFailed(w, err); err != nil {
			return err
		}
	}
	t.left = false
	return nil
}

func (t *transport) writeOutside() (int, error) {
	t.mu.Unlock()
	defer t.mu.Lock()
	return t.inner.Write(t.rest)
}

// more gets the next of the queue; false: it is empty.
func (t *transport) more() bool {
	if len(t.rest) > 0 {
		return true
	}
	giveBuffer(t.restBuf)
	t.restBuf = t.engine.Output()
	t.rest = t.restBuf
	return len(t.rest) > 0
}

// writeFailed judges an error of the socket's: nil where it was only a deadline
// that is not w's any more.
func (t *transport) writeFailed(w *wait, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded):
		return w.over()
	}
	t.broken = explain(err)
	return t.broken
}

// flushFlight writes what a pump queued. A pump must go on reading, so what the
// socket does not take at once goes to a goroutine; but a first handshake has
// nothing else to read.
func (t *transport) flushFlight() {
	if t.writing {
		t.left = true
		return
	}
	if !t.more() {
		return
	}
	w := &wait{until: t.flightDeadline()}
	if !t.engine.Complete() {
		if err := t.flush(w); err != nil {
			t.finish(err)
		}
		return
	}
	t.writing = true
	t.armWrite(w)
	var n int
	var err error
	t.outside(func() { n, err = t.writeNow(t.rest) })
	t.rest = t.rest[n:]
	if err = t.writeFailed(w, err); err != nil {
		t.finish(err)
	}
	if !t.more() || err != nil {
		t.endWriting()
		return
	}
	t.finishLater(w)
}

// finishLater leaves what is queued, and writing, to a goroutine.
func (t *transport) finishLater(w *wait) {
	t.finishing = true
	go t.finishFlight(w)
}

// finishFlight writes the rest of a flight.
func (t *transport) finishFlight(w *wait) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.endWriting()
	if err := t.drain(w); err != nil {
		t.finish(err)
	}
	t.finishing = false
}

// flightDeadline is the handshake's; what is over has a little time to say so.
func (t *transport) flightDeadline() time.Time {
	if at := t.wake(); !at.IsZero() {
		return at
	}
	return time.Now().Add(closeTimeout)
}
