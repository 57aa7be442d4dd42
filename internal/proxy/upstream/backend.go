// Package upstream is what streams are forwarded to: which backend takes one, which
// of its servers are up, and how they are reached, in clear or by TLS.
package upstream

import (
	"slices"
	"strings"
	"time"
)

// A Backend is one server, or several that do the same. It is not changed once it
// is made.
type Backend struct {
	Name    string // of its entry in the file, or the one address that it is
	Servers []Address
	TLS     *TLS // nil: it is spoken to in clear
	Check   Check
	Header  Header // of the PROXY protocol, that it is told
}

// A Header is how a backend is told whose connection it is.
type Header byte

// The headers of the PROXY protocol.
const (
	HeaderNone          Header = iota
	HeaderV1                   // addresses
	HeaderV2                   // and what TLS agreed on
	HeaderV2Certificate        // and the client's certificate, whole
)

// Version is the protocol's; zero: none.
func (h Header) Version() byte { return min(byte(h), 2) }

// TLS says how a backend proves itself, and we to it.
type TLS struct {
	CA             string // file of the authorities; empty: the system's
	Name           string // that its certificate must have; empty: the host of each address
	Cert, Key      string // files of our own certificate; empty: none is shown
	CloseTruncated bool   // a stream cut short ends at the client as if it were whole
}

// A Check says how servers are asked whether they are up, beside the connections
// that clients have made.
type Check struct {
	Interval   time.Duration // zero: they are not
	Timeout    time.Duration
	Fall, Rise int // answers in a row that take a server down, and up
}

// Single is a backend of one address, which nobody checks.
func Single(a Address, header Header) *Backend {
	return &Backend{Name: a.String(), Servers: []Address{a}, Header: header}
}

// String is its name, and where that says less than its servers, these.
func (b *Backend) String() string {
	if b == nil {
		return ""
	}
	text := b.Name
	if len(b.Servers) > 1 || b.Servers[0].String() != b.Name {
		var servers []string
		for _, s := range b.Servers {
			servers = append(servers, s.String())
		}
		text += " (" + strings.Join(servers, ", ") + ")"
	}
	if b.TLS != nil {
		text += " by TLS"
	}
	return text
}

// Equal says whether two are the same but for what their files hold.
func (b *Backend) Equal(c *Backend) bool {
	sameTLS := b.TLS == c.TLS || b.TLS != nil && c.TLS != nil && *b.TLS == *c.TLS
	return b.Name == c.Name && slices.Equal(b.Servers, c.Servers) && sameTLS && b.Check == c.Check && b.Header == c.Header
}

// OnUnix says whether a server is on a Unix socket and in clear, where nothing but
// an end can be said.
func (b *Backend) OnUnix() bool {
	return b.TLS == nil && slices.ContainsFunc(b.Servers, func(a Address) bool { return a.Network == "unix" })
}
