package parley

import (
	"context"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/wire"
)

// maxInbox bounds what a pump reads for a Read that does not come.
const maxInbox = 256 << 10

// pump takes one step towards whatever is waited for: it has the engine take a
// record, answers its question, or waits for bytes. While somebody else pumps it
// waits for a change. The error is w's end; how the stream fares stands in its
// Conn. t.mu is held.
func (t *transport) pump(w *wait) error {
	if err := w.over(); err != nil {
		return err
	}
	if t.pumping {
		return t.await(w, time.Time{})
	}
	t.pumping = true
	defer func() {
		t.pumping = false
		t.tell()
	}()
	t.step(w)
	t.sayWhy()
	return nil
}

func (t *transport) step(w *wait) {
	t.tick()
	question := t.engine.Question()
	switch {
	case t.current.end != nil:
		return
	case question != nil:
		t.answer(w, question)
		return
	case len(t.plain) > 0 && !t.stow():
		// The inbox is full: reading stops until somebody reads, or the engine's
		// deadline decides.
		_ = t.await(w, t.wake())
		return
	}
	switch used, paused := t.receive(); {
	case used:
		t.settle()
	case paused:
		_ = t.await(w, t.wake())
	case t.engine.Question() == nil && t.current.end == nil:
		t.fill(w)
	}
}

// receive has the engine take one record. used says that it did, or ended;
// paused that it has a whole one and waits for time.
func (t *transport) receive() (used, paused bool) {
	received := t.in.bytes()
	n, data, err := t.engine.Receive(t.now(), received)
	t.in.done(n)
	if len(data) > 0 {
		t.plain = data
		t.current.fromClient += int64(len(data))
	}
	t.heed(err)
	if n > 0 || err != nil {
		return true, false
	}
	_, _, whole, bad := record.Next(received)
	return false, (whole || bad != nil) && t.engine.Question() == nil
}

// settle follows what the engine just did: it notes a new epoch, stores a
// session, sends a flight.
func (t *transport) settle() {
	t.noteEpoch()
	if s := t.engine.Session(); s != nil {
		// Before our Finished leaves: the client may be back at once.
		r := t.rules
		t.outside(func() { r.storeSession(context.Background(), s) })
	}
	t.flushFlight()
}

// stow puts what nobody read yet into the inbox; false: it is full.
func (t *transport) stow() bool {
	c := t.current
	if c.inbox.size > 0 && c.inbox.size+len(t.plain) > maxInbox {
		return false
	}
	c.inbox.put(t.epoch, t.plain)
	t.plain = nil
	return true
}

// dataAhead reports whether the next record is data and whole: taking it asks
// nothing and waits for nothing.
func (t *transport) dataAhead() bool {
	b := t.in.bytes()
	if t.pumping || len(b) == 0 || b[0] != byte(wire.TypeApplicationData) {
		return false
	}
	_, _, whole, err := record.Next(b)
	return whole && err == nil
}

// mustPump reports whether data to the client has to wait: while a handshake is
// under way, and while a hello may be among what was received.
func (t *transport) mustPump() bool {
	return !t.engine.MaySend() || record.HandshakeAhead(t.in.bytes())
}

// handedOver reports whether crypto/tls is to go on.
func (t *transport) handedOver() bool { return t.engine.Phase() == engine.PhaseHandedOver }
