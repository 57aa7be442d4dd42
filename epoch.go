package parley

import (
	"crypto/tls"

	"github.com/parley-tls/parley/internal/engine"
)

// An epoch is the engine's state with what the root knows of it. It never changes.
type epoch struct {
	state  *engine.State
	peer   *peer                // nil: no client certificate
	modern *tls.ConnectionState // of crypto/tls; then there is no state
}

// noteEpoch follows the engine into a new epoch. t.mu is held.
func (t *transport) noteEpoch() {
	s := t.engine.State()
	if s == nil || t.epoch != nil && t.epoch.state == s {
		return
	}
	t.epoch = &epoch{state: s}
	if p := t.asking.peer; p.leafIs(s.ClientChain) {
		t.epoch.peer = p
	}
	t.asking.peer = nil
	if t.current.shown == nil {
		t.current.shown = t.epoch
	}
	if s.Handshake > 0 && s.Resumed {
		t.acknowledge() // at first the system delays none by itself
	}
	t.tell()
}

// public puts an epoch into State's form.
func (e *epoch) public() State {
	switch {
	case e == nil:
		return State{}
	case e.modern != nil:
		return modernState(*e.modern)
	}
	s := outcomeState(e.state.Outcome, e.peer)
	s.Epoch, s.Handshake, s.Kind, s.TLSUnique = e.state.Epoch, e.state.Handshake, e.state.Kind, e.state.TLSUnique
	return s
}
