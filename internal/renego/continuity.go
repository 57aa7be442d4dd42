package renego

import "bytes"

// An Identity is what a handshake proved about the client, and how firmly.
type Identity struct {
	Leaf []byte // the client's certificate, DER; nil: none
	// Full: it came of a full handshake; ExtendedMasterSecret: RFC 7627 was used.
	Full, ExtendedMasterSecret bool
}

// A Change is what a renegotiation would do to the identity.
type Change uint8

// The changes.
const (
	ChangeNone     Change = iota // the same client, or none as before
	ChangeAppears                // a certificate where there was none
	ChangeExchange               // another certificate, or none any more
)

// Continuity compares the identity of the epoch in use with the one that a
// handshake brings on terms under which the stream goes on. The reason is empty
// where the change is allowed; a ChangeExchange that is allowed still needs the
// application's consent.
func Continuity(policy IdentityChange, terms Terms, old, next Identity) (change Change, reason string) {
	switch {
	case bytes.Equal(old.Leaf, next.Leaf):
		return ChangeNone, ""
	case terms == TermsTrusted:
		// Whoever trusts such a hello gives up the stream's unity. To have what an
		// attacker sent before pass under a victim's name as well, nobody is asked.
		return changeOf(old), "the client certificate would change in a handshake that nothing binds to this connection"
	case old.Leaf != nil && policy != IdentityMayChange:
		return ChangeExchange, "the client certificate of this connection would change"
	case old.Leaf != nil:
		return ChangeExchange, ""
	case policy == IdentityFixed:
		return ChangeAppears, "a client certificate appears in a renegotiation"
	case !old.Full && !old.ExtendedMasterSecret:
		// The triple handshake: what an abbreviated handshake without RFC 7627 bound
		// may be another's connection, so nobody may be known by it.
		return ChangeAppears, "a client certificate appears after an abbreviated handshake without Extended Master Secret"
	default:
		return ChangeAppears, ""
	}
}

// changeOf names the change of an identity that does not stay.
func changeOf(old Identity) Change {
	if old.Leaf == nil {
		return ChangeAppears
	}
	return ChangeExchange
}
