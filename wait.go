package parley

import (
	"context"
	"os"
	"time"
)

// A wait says how long somebody waits: until a time, or the end of a context.
// Its fields are guarded by transport.mu.
type wait struct {
	until time.Time       // zero: for ever
	ctx   context.Context // nil: none
}

// over says why the wait is over; nil: it is not.
func (w *wait) over() error {
	if w.ctx != nil {
		if err := w.ctx.Err(); err != nil {
			return err
		}
	}
	if !w.until.IsZero() && !time.Now().Before(w.until) {
		return os.ErrDeadlineExceeded
	}
	return nil
}

// await waits until something changes, w is over, or it is time. t.mu is held,
// and released meanwhile.
func (t *transport) await(w *wait, at time.Time) error {
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	changed := t.changed
	var timeout <-chan time.Time
	if until := sooner(w.until, at); !until.IsZero() {
		timer := time.NewTimer(time.Until(until))
		defer timer.Stop()
		timeout = timer.C
	}
	var ended <-chan struct{}
	if w.ctx != nil {
		ended = w.ctx.Done()
	}
	t.outside(func() {
		select {
		case <-changed:
		case <-timeout:
		case <-ended:
		}
	})
	return w.over()
}

// tell wakes all that await a change. t.mu is held.
func (t *transport) tell() {
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// outside runs f without t.mu.
func (t *transport) outside(f func()) {
	t.mu.Unlock()
	defer t.mu.Lock() // also when f panics, for those who will unlock
	f()
}

// nudge makes those who wait look at their deadlines and contexts again.
func (t *transport) nudge() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rearm()
}

// rearm is nudge with t.mu held.
func (t *transport) rearm() {
	if t.reader != nil {
		t.armRead(t.reader)
	}
	if t.writer != nil {
		t.armWrite(t.writer)
	}
	t.tell()
}
