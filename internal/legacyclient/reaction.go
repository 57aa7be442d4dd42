package legacyclient

import (
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

// A Reaction is how a client answers a HelloRequest.
type Reaction uint8

// The reactions.
const (
	ReactIgnore   Reaction = iota // RFC 5246, section 7.4.1.1, allows it
	ReactProper                   // renegotiates as RFC 5746 has it
	ReactDecline                  // warns no_renegotiation
	ReactReset                    // as an application that resets its SSL object
	ReactBare                     // as a client from before RFC 5746
	ReactSplice                   // as an attacker that lets another's first hello through
	ReactTell                     // Read gives ErrAsked, and its caller does what it likes
	reactionCount = iota
)

var reactionNames = [reactionCount]string{"ignore", "proper", "decline", "reset", "bare", "splice", "tell"}

// String names the reaction.
func (r Reaction) String() string {
	if int(r) < len(reactionNames) {
		return reactionNames[r]
	}
	return fmt.Sprintf("Reaction(%d)", uint8(r))
}

func (r Reaction) react(c *Client) error {
	switch r {
	case ReactProper:
		return c.Renegotiate(Hello{Kind: HelloProper})
	case ReactDecline:
		return c.SendAlert(wire.LevelWarning, wire.AlertNoRenegotiation)
	case ReactReset:
		return c.Renegotiate(Hello{Kind: HelloReset})
	case ReactBare:
		return c.Renegotiate(Hello{Kind: HelloBare})
	case ReactSplice:
		return c.Renegotiate(Hello{Kind: HelloReset, NoSession: true})
	case ReactTell:
		return ErrAsked
	default:
		return nil
	}
}
