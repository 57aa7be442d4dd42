package engine

import (
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// deadline is when the phase must be over; false: it may last.
func (c *Conn) deadline() (time.Duration, bool) {
	switch c.phase {
	case PhaseOpening, PhaseSplitting:
		return c.begun + c.options.HandshakeTimeout, true
	case PhaseRenegotiating:
		return c.begun + c.options.RenegotiateTimeout, true
	case PhaseAsked:
		return c.askedAt + askedFor, true
	}
	return c.refusedAt + refusedFor, c.refusedAt != 0
}

// rationed reports whether a hello waits for points, and until when.
func (c *Conn) rationed() (until time.Duration, ok bool) {
	if c.second == nil || c.second.until == 0 {
		return 0, false
	}
	return c.second.until, true
}

// Wake says when Tick has something to do next.
func (c *Conn) Wake() (at time.Duration, ok bool) {
	if c.ended != nil {
		return 0, false
	}
	at, ok = c.deadline()
	if until, waits := c.rationed(); waits && until < at {
		at = until
	}
	return at, ok
}

// Tick does what is due. Its error is as Receive's.
func (c *Conn) Tick(now time.Duration) error {
	c.now = now
	if at, ok := c.Wake(); !ok || now < at {
		return c.ended
	}
	if until, waits := c.rationed(); waits && now >= until {
		return c.pointsAgain()
	}
	switch c.phase {
	case PhaseOpening, PhaseSplitting:
		return c.timedOut("the handshake")
	case PhaseRenegotiating:
		return c.timedOut("the renegotiation")
	case PhaseAsked:
		c.giveUpAsking()
		return nil
	}
	return c.silent()
}

// silent ends the connection of a client that hangs since it was refused. One that
// is being sent data does not: where it stopped reading, no more is sent soon.
func (c *Conn) silent() error {
	if c.toClient > c.refusedTo {
		c.refusedAt, c.refusedTo = c.now, c.toClient
		return nil
	}
	return c.fail(&wire.Fault{Alert: wire.AlertHandshakeFailure, Finding: "reneg-refused", Reason: "no data came or went for 30 s after the client's renegotiation was refused"})
}

// pointsAgain takes up a hello that waited for its ration.
func (c *Conn) pointsAgain() error {
	c.second.until = 0
	if err := c.decide(c.second.decision); err != nil {
		return err
	}
	return c.goOn()
}

func (c *Conn) timedOut(what string) error {
	f := &wire.Fault{Alert: wire.AlertHandshakeFailure, Finding: "handshake-timeout", Reason: what + " was not done in time"}
	if _, waits := c.rationed(); waits {
		f.Finding, f.Reason = "reneg-ration", "the client renegotiates more than its ration allows"
	}
	if c.handshake != nil {
		f.Reason += ": it awaited " + c.handshake.String()
	}
	return c.fail(f)
}
