package engine

import (
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/record"
)

// Kept is how many bytes of the client's the connection holds on to.
func (c *Conn) Kept() int { return len(c.consumed) + c.joiner.Pending() }

// Opened is a connection in phase open, in the epoch that a handshake came to
// elsewhere.
func Opened(o Options, s *handshake.Settings, from *handshake.Outcome, opener *record.Opener, sealer *record.Sealer) *Conn {
	c := New(o)
	c.phase, c.handshake, c.settings = PhaseOpen, nil, s
	c.opener, c.sealer, c.opened = opener, sealer, true
	c.first, c.version, c.complete = from.Hello, from.Version, true
	c.state = &State{Outcome: from}
	return c
}
