package parley

import (
	"errors"
	"io"
	"os"
	"time"
)

// fill reads what the socket has, waiting for it as long as w lets it. t.mu and
// the pump are held; t.mu is released meanwhile.
func (t *transport) fill(w *wait) {
	t.in.prepare()
	t.armRead(w)
	t.reader = w
	buf, n, err := t.readOutside()
	t.reader = nil
	if t.in.buf == nil {
		t.in.buf = buf
	}
	t.in.to += n
	t.in.bulk = n >= smallBuffer
	switch {
	case n > 0 || err == nil:
		// An error comes again.
	case errors.Is(err, os.ErrDeadlineExceeded):
		t.tick()
	case err == io.EOF:
		t.heed(t.engine.End(t.now()))
	default:
		t.finish(err)
	}
}

func (t *transport) readOutside() ([]byte, int, error) {
	t.mu.Unlock()
	defer t.mu.Lock()
	if t.raw != nil {
		return t.readRaw()
	}
	buf := t.in.buf
	if buf == nil {
		// Without a way to wait for bytes alone, a small buffer is held meanwhile.
		buf = takeBuffer(t.in.bulk)
	}
	n, err := t.inner.Read(buf[t.in.to:])
	if n == 0 && t.in.buf == nil {
		giveBuffer(buf)
		buf = nil
	}
	return buf, n, err
}

// longAgo is a deadline that ends any wait.
var longAgo = time.Unix(1, 0)

// armRead gives the socket the deadline of who is about to wait in it, or of the
// engine if that is sooner. When reading has ended nobody waits.
func (t *transport) armRead(w *wait) {
	until := sooner(w.until, t.wake())
	if w.over() != nil || t.current.end != nil {
		until = longAgo
	}
	if !until.Equal(t.readUntil) {
		t.readUntil = until
		_ = t.inner.SetReadDeadline(until)
	}
}

func (t *transport) armWrite(w *wait) {
	until := w.until
	if w.over() != nil {
		until = longAgo
	}
	if !until.Equal(t.writeUntil) {
		t.writeUntil = until
		_ = t.inner.SetWriteDeadline(until)
	}
}

// wake is when the engine has something to do; zero: never.
func (t *transport) wake() time.Time {
	if at, ok := t.engine.Wake(); ok {
		return t.begun.Add(at)
	}
	return time.Time{}
}

// sooner gives the earlier of two times of which zero stands for never.
func sooner(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
