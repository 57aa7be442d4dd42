package parley

import (
	"context"
	"time"

	"github.com/parley-tls/parley/internal/renego"
)

// A split is made in three steps: prepareSplit finds somebody to take the new
// stream and silences the old one; the engine answers, and split gives each half
// its Conn; splitOver lets writing go on.

// prepareSplit says why the stream cannot be split now. If it can, it holds
// writing, with all written, and a place in the listener.
func (t *transport) prepareSplit() (whyNot string) {
	if t.listener == nil && t.first.config.OnIsolate == nil {
		return "nobody takes the second half: Config.OnIsolate is not set"
	}
	w := &wait{until: time.Now().Add(splitPatience)}
	for t.writing {
		if t.await(w, time.Time{}) != nil {
			return "a write to the client is under way"
		}
	}
	t.writing = true
	if t.drain(w) != nil {
		t.endWriting()
		return "the client does not read what is under way"
	}
	if t.listener != nil && !t.listener.reserve(t) {
		t.endWriting()
		return "the listener takes no more connections now"
	}
	t.asking.reserved = t.listener != nil
	return ""
}

// split makes the new half's Conn. The old half ends: its reading when all is
// read, its writing now.
func (t *transport) split() {
	old := t.current
	if len(t.plain) > 0 {
		old.inbox.put(t.epoch, t.plain) // beyond its bound by one record at most
		t.plain = nil
	}
	if old.end == nil {
		old.end = restartedBy(t.asking.kind)
	}
	old.cut = ErrIsolated
	t.current = &Conn{t: t}
	t.rules = t.first
	t.asking.reserved = false
	go t.serveSplit(old, t.current)
	t.tell()
}

// restartedBy says how the client began again.
func restartedBy(k renego.Kind) error {
	e := &Error{Finding: k.Finding(), Reason: "the client began again on the same TCP connection", cause: ErrRestarted}
	if k == renego.KindBare {
		e.Reason += ", inside this stream's keys"
	} else {
		e.Reason += ", in clear"
	}
	return e
}

// splitOver ends what prepareSplit began, whatever the engine answered.
func (t *transport) splitOver() {
	if t.asking.reserved {
		t.asking.reserved = false
		t.listener.unreserve(t)
	}
	t.endWriting()
}

// serveSplit completes the new half's handshake and gives it to who waits for it.
func (t *transport) serveSplit(old, next *Conn) {
	err := next.HandshakeContext(context.Background())
	if t.listener != nil {
		t.listener.deliver(next, err)
		return
	}
	if err != nil {
		_ = next.Close()
		return
	}
	t.first.config.OnIsolate(old, next)
}
