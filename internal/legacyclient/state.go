package legacyclient

import (
	"bytes"
	"crypto/sha256"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A State is what the last completed handshake left.
type State struct {
	Handshakes           int // completed on this connection, the first one included
	Version              wire.Version
	Suite                *suite.Suite
	Group                wire.Group // of the key exchange; zero: RSA, or the handshake was abbreviated
	Resumed              bool
	ExtendedMasterSecret bool
	ALPN                 string
	PeerChain            [][]byte // the server's, its own certificate first

	// ClientVerifyData and ServerVerifyData are what the Finished messages held.
	ClientVerifyData, ServerVerifyData []byte
	// Session is the one in use; nil before the first handshake.
	Session *Session
}

// State is what the last completed handshake left.
func (c *Client) State() State { return c.state }

// Session is the session in use, for another hello or connection to offer; nil
// before the first handshake.
func (c *Client) Session() *Session { return c.state.Session }

// A Session is what a handshake agreed upon, and a later one may resume. Nobody
// changes one.
type Session struct {
	ID                   []byte // as ServerHello gave it; empty: none
	Ticket               []byte // empty: none
	Version              wire.Version
	Suite                wire.SuiteID
	ExtendedMasterSecret bool
	PeerChain            [][]byte
	master               keys.Secret
}

// OfferedID is what a hello that offers the session has as session_id. With a
// ticket it is a hash of it, as in OpenSSL: RFC 5077, section 3.4, lets the client
// choose one to know by it whether the ticket was accepted.
func (s *Session) OfferedID() []byte {
	if len(s.Ticket) == 0 {
		return s.ID
	}
	id := sha256.Sum256(s.Ticket)
	return id[:]
}

// CanBeOffered says whether the server gave an id or a ticket.
func (s *Session) CanBeOffered() bool { return s != nil && len(s.ID)+len(s.Ticket) > 0 }

// Altered is the session with the id and ticket of another, whose secret it does
// not share: what a forger offers.
func (s *Session) Altered(id, ticket []byte) *Session {
	other := *s
	other.ID, other.Ticket = bytes.Clone(id), bytes.Clone(ticket)
	return &other
}
