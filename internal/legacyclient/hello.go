package legacyclient

import (
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

// A HelloKind says what a hello looks like, and so what its client expects.
type HelloKind uint8

// The kinds of hello.
const (
	HelloFirst   HelloKind = iota // begins a connection
	HelloProper                   // renegotiation_info with the client's verify_data (RFC 5746)
	HelloReset                    // inside, but looks first: the SCSV, record header 0x0301
	HelloBare                     // inside, from before RFC 5746: nothing about renegotiation
	HelloRestart                  // in clear on a connection in use, the keys forgotten
)

var helloKindNames = [...]string{"first", "proper", "reset", "bare", "restart"}

// String names the kind.
func (k HelloKind) String() string {
	if int(k) < len(helloKindNames) {
		return helloKindNames[k]
	}
	return fmt.Sprintf("HelloKind(%d)", uint8(k))
}

// A Hello says which hello to send, and how.
type Hello struct {
	Kind HelloKind
	// Session is offered. nil: what the kind offers, Options.Session in a first
	// hello, the session in use in a reset one, nothing in the others.
	Session   *Session
	NoSession bool // nothing is offered, whatever is said above
	// Change may change the hello.
	Change func(*wire.ClientHello)
	// RecordVersion is what the record's header says; zero: what the kind has there.
	RecordVersion wire.Version
	// Cut, if not zero, is how much of the message the first record holds; the rest
	// follows in a second one, after Between.
	Cut     int
	Between func() error
}

// Hello builds a hello without sending it.
func (c *Client) Hello(h Hello) *wire.ClientHello {
	hello, _ := c.build(h)
	return hello
}

func (c *Client) build(h Hello) (*wire.ClientHello, *Session) {
	session := c.offered(h)
	from := c.fromOptions
	if c.o.Template != nil {
		from = c.fromTemplate
	}
	hello := from(h.Kind, session)
	_, _ = rand.Read(hello.Random[:]) // never fails
	if c.o.Hello != nil {
		c.o.Hello(hello)
	}
	if h.Change != nil {
		h.Change(hello)
	}
	hello.Raw = hello.Marshal()
	return hello, session
}

// fromOptions makes a hello of what the options say one by one.
func (c *Client) fromOptions(k HelloKind, session *Session) *wire.ClientHello {
	hello := &wire.ClientHello{
		Version:            c.o.Version,
		CipherSuites:       slices.Clone(c.o.Suites),
		CompressionMethods: []uint8{0},
	}
	if session != nil {
		hello.SessionID = session.OfferedID()
	}
	if c.sendsSCSV(k) {
		hello.CipherSuites = append(hello.CipherSuites, wire.SuiteEmptyRenegotiationInfoSCSV)
	}
	if !c.o.NoExtensions || k == HelloProper {
		hello.Extensions = c.extensions(k, session)
		hello.HasExtensions = len(hello.Extensions) > 0
	}
	return hello
}

func (c *Client) offered(h Hello) *Session {
	session := h.Session
	if session == nil {
		switch h.Kind {
		case HelloFirst:
			session = c.o.Session
		case HelloReset:
			session = c.state.Session
		}
	}
	if h.NoSession || !session.CanBeOffered() {
		return nil
	}
	return session
}

func (c *Client) sendsSCSV(k HelloKind) bool {
	switch k {
	case HelloProper, HelloBare:
		return false
	case HelloReset:
		return true
	default:
		return !c.o.NoSCSV && !c.o.RenegotiationInfo
	}
}

// extensions are in OpenSSL 1.0.1's order, those that it lacks at the end.
func (c *Client) extensions(k HelloKind, session *Session) []wire.Extension {
	var list []wire.Extension
	add := func(when bool, make func() wire.Extension) {
		if when {
			list = append(list, make())
		}
	}
	full := !c.o.NoExtensions
	add(full && c.o.ServerName != "", func() wire.Extension { return wire.ServerNameExtension(c.o.ServerName) })
	add(k == HelloProper, func() wire.Extension { return wire.RenegotiationInfoExtension(c.state.ClientVerifyData) })
	add(c.o.RenegotiationInfo && (k == HelloFirst || k == HelloRestart),
		func() wire.Extension { return wire.RenegotiationInfoExtension(nil) })
	add(full, func() wire.Extension { return wire.PointFormatsExtension(nil) })
	add(full, func() wire.Extension { return wire.GroupsExtension(c.o.Curves) })
	add(full && c.o.SessionTickets, func() wire.Extension { return wire.SessionTicketExtension(ticketOf(session)) })
	add(full && c.o.Version >= wire.VersionTLS12, func() wire.Extension { return wire.SignatureAlgorithmsExtension(c.o.Signatures) })
	add(full && len(c.o.ALPN) > 0, func() wire.Extension { return wire.ALPNExtension(c.o.ALPN) })
	add(full && c.o.ExtendedMasterSecret, wire.ExtendedMasterSecretExtension)
	return list
}

func ticketOf(s *Session) []byte {
	if s == nil {
		return nil
	}
	return s.Ticket
}

// SetRenegotiationInfo puts a renegotiation_info with data into a hello, in
// place of the one it may have.
func SetRenegotiationInfo(hello *wire.ClientHello, data []byte) {
	SetExtension(hello, wire.RenegotiationInfoExtension(data))
}

// SetExtension puts an extension into a hello, in place of the one of its type
// that it may have.
func SetExtension(hello *wire.ClientHello, e wire.Extension) {
	hello.HasExtensions = true
	for i := range hello.Extensions {
		if hello.Extensions[i].Type == e.Type {
			hello.Extensions[i] = e
			return
		}
	}
	hello.Extensions = append(hello.Extensions, e)
}

// DropExtension takes an extension out of a hello.
func DropExtension(hello *wire.ClientHello, t wire.ExtensionType) {
	hello.Extensions = slices.DeleteFunc(hello.Extensions, func(e wire.Extension) bool { return e.Type == t })
}

// SetSession puts a session's id and ticket into a hello.
func SetSession(hello *wire.ClientHello, s *Session) {
	hello.SessionID = s.OfferedID()
	DropExtension(hello, wire.ExtensionSessionTicket)
	if len(s.Ticket) > 0 {
		SetExtension(hello, wire.SessionTicketExtension(s.Ticket))
	}
}

// AddSCSV puts TLS_EMPTY_RENEGOTIATION_INFO_SCSV into a hello; DropSCSV takes
// it out.
func AddSCSV(hello *wire.ClientHello) {
	hello.CipherSuites = append(hello.CipherSuites, wire.SuiteEmptyRenegotiationInfoSCSV)
}

// DropSCSV takes TLS_EMPTY_RENEGOTIATION_INFO_SCSV out of a hello.
func DropSCSV(hello *wire.ClientHello) {
	hello.CipherSuites = slices.DeleteFunc(slices.Clone(hello.CipherSuites), func(id wire.SuiteID) bool {
		return id == wire.SuiteEmptyRenegotiationInfoSCSV
	})
}
