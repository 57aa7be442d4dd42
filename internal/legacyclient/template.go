package legacyclient

import (
	"crypto/rand"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

// fromTemplate makes a hello of a real client's first one.
func (c *Client) fromTemplate(k HelloKind, session *Session) *wire.ClientHello {
	hello := c.o.Template.Clone()
	hello.Raw = nil
	if hello.SSL2Format {
		if k == HelloFirst {
			hello.SSL2Challenge = nil // Random has it
			return hello
		}
		// A hello in SSL 2.0's format is a first one; later ones say the same.
		hello.SSL2Format, hello.CompressionMethods = false, []uint8{0}
	}
	setTemplateSession(hello, session)
	if c.o.ServerName != "" {
		insertExtension(hello, wire.ServerNameExtension(c.o.ServerName))
	} else {
		DropExtension(hello, wire.ExtensionServerName)
	}
	if len(c.o.ALPN) > 0 {
		SetExtension(hello, wire.ALPNExtension(c.o.ALPN))
	}
	c.signal(hello, k)
	hello.HasExtensions = len(hello.Extensions) > 0
	return hello
}

// signal makes what a hello says of RFC 5746 that of its kind.
func (c *Client) signal(hello *wire.ClientHello, k HelloKind) {
	switch {
	case k == HelloProper:
		DropSCSV(hello)
		insertExtension(hello, wire.RenegotiationInfoExtension(c.state.ClientVerifyData))
	case k == HelloBare, c.o.NoSCSV && !c.o.RenegotiationInfo && k != HelloReset:
		DropSCSV(hello)
		DropExtension(hello, wire.ExtensionRenegotiationInfo)
	}
}

// setTemplateSession offers a session, or none. An id that stands for nothing, as
// some clients send, is as long as it was.
func setTemplateSession(hello *wire.ClientHello, session *Session) {
	ticket, takesTickets := hello.SessionTicket()
	if takesTickets && (len(ticket) > 0 || session != nil) {
		SetExtension(hello, wire.SessionTicketExtension(ticketOf(session)))
	}
	if session != nil {
		hello.SessionID = session.OfferedID()
		return
	}
	_, _ = rand.Read(hello.SessionID) // never fails
}

// insertExtension puts an extension in place of the one of its type, or to the
// front, behind server_name: there most libraries have what they add.
func insertExtension(hello *wire.ClientHello, e wire.Extension) {
	if _, present := hello.Extension(e.Type); present {
		SetExtension(hello, e)
		return
	}
	at := 0
	if len(hello.Extensions) > 0 && hello.Extensions[0].Type == wire.ExtensionServerName {
		at = 1
	}
	hello.HasExtensions = true
	hello.Extensions = slices.Insert(hello.Extensions, at, e)
}
