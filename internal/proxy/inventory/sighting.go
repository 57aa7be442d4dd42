// Package inventory knows a server's clients: who came, with what, and what the
// least is that serves them. Nothing in it comes from the bytes of applications,
// and nothing of it is a secret.
package inventory

import (
	"crypto/tls"
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// Who tells clients apart: two connections that agree in all of this are one
// client's, as far as anybody can see.
type Who struct {
	Listener    string       `json:"listener"`
	Source      netip.Prefix `json:"source"`                // an IPv4 address or an IPv6 /64; zero: it came by a Unix socket
	JA3         string       `json:"ja3,omitempty"`         // of its first hello; empty: none was read
	JA4         string       `json:"ja4,omitempty"`         // likewise
	SNI         string       `json:"sni,omitempty"`         // where it showed no certificate
	Certificate string       `json:"certificate,omitempty"` // SHA-256, as openssl prints it, of one that was verified
}

// SourceOf is the source that an address belongs to, as in Who.
func SourceOf(a netip.Addr) netip.Prefix {
	if !a.IsValid() {
		return netip.Prefix{}
	}
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // the address has as many
	return p
}

// A Sighting is what a connection showed of its client. Several may come of one:
// when its first handshake is over, when a second hello was answered, and when it
// ends. Whoever sends one changes nothing of it afterwards.
type Sighting struct {
	Who
	At    time.Time
	Began bool // it counts a connection
	// Failed: its first handshake did not come to its end, or nobody knows of one.
	Failed bool

	// Hello is the first one; nil: another sighting of the connection has it. JA3,
	// JA4 and SNI may be left to it.
	Hello *wire.ClientHello
	// Certificates are those of the server, with their leaves; none: any are
	// assumed. Their private keys are not used.
	Certificates []tls.Certificate
	Name         string       // the common name in the client's certificate
	Version      wire.Version // agreed on; zero: nothing was
	Suite        wire.SuiteID

	Second      []Second
	Findings    []string // ids; what has no page is left out
	Permissions []string // those that were needed
	Trial       Trial
}

// A Second is a second hello and what came of it.
type Second struct {
	Kind    renego.Kind
	Resumes bool         // it offers the session in use
	Terms   renego.Terms // of the handshake that it led to; TermsInitial: to none
	// Lived: it was refused, and the client went on without.
	Lived bool
}

// A Trial is what other settings would have done. An empty one was not made.
type Trial struct {
	Name    string // of the settings
	Finding string // why the client would have been refused; empty: it would not
}
