// Package handshake has the states of a TLS 1.0 to 1.2 server's handshake, full
// and abbreviated: messages and answers in, a flight and keys out.
package handshake

import (
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// ClientAuth says whether a client certificate is asked for.
type ClientAuth uint8

// What is asked of the client.
const (
	ClientAuthNone     ClientAuth = iota
	ClientAuthRequest             // asked; the client may send none
	ClientAuthRequired            // without one the handshake fails
)

// Settings are the rules of one stream, fixed when its first hello is known.
type Settings struct {
	// MinVersion and MaxVersion bound what is negotiated, TLS 1.0 to TLS 1.2.
	MinVersion, MaxVersion wire.Version
	// HighestServed is the highest version served at this address, perhaps by
	// another engine: the downgrade markers and the fallback SCSV speak of it.
	HighestServed wire.Version
	Suites        []wire.SuiteID // in the server's order
	Groups        []wire.Group   // likewise
	ALPN          []string       // likewise; empty: the extension is ignored
	ClientAuth    ClientAuth
	ClientCAs     [][]byte // distinguished names, DER, for CertificateRequest
	// NoSessionIDs: sessions are not for the store. A full handshake without a
	// ticket still gives a session id, one that belongs to the connection alone.
	NoSessionIDs   bool
	Sealer         TicketSealer // nil: no tickets
	TicketLifetime uint32       // seconds, the hint of RFC 5077, section 5.6
	Policy         renego.Policy
	// LenientPremaster accepts an RSA premaster secret that has the negotiated
	// version inside instead of the offered one.
	LenientPremaster bool
	KeyLog           func(line string) // nil: secrets stay here
}

// A TicketSealer seals a session into a ticket. Opening one is the answer to a
// SessionQuestion.
type TicketSealer interface {
	Seal(session []byte) []byte
}
