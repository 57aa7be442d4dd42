package replay

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"slices"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// build makes a hello like the captured one: all but what is this connection's own.
// verify is the client's verify_data; session is offered, nil: nothing that the
// server knows is.
func build(h *HelloStep, verify []byte, session *legacyclient.Session) *wire.ClientHello {
	hello := h.Like.Clone()
	hello.Raw, hello.SSL2Challenge = nil, nil
	_, _ = rand.Read(hello.Random[:]) // never fails
	if h.Concluded != "" {
		likeKind(hello, h.Kind)
	}
	offer(hello, h, session)
	if h.Verify {
		setInfo(hello, verify)
	}
	freshShares(hello)
	hello.Raw = hello.Marshal()
	return hello
}

// likeKind makes of a first hello what a later one of a kind says.
func likeKind(hello *wire.ClientHello, k renego.Kind) {
	if hello.SSL2Format {
		hello.SSL2Format, hello.CompressionMethods = false, []uint8{0}
	}
	if k == renego.KindSecure {
		legacyclient.DropSCSV(hello)
		setInfo(hello, nil)
	}
}

// setInfo puts renegotiation_info in its place, or where OpenSSL has it.
func setInfo(hello *wire.ClientHello, verify []byte) {
	e := wire.RenegotiationInfoExtension(verify)
	if _, present := hello.Extension(e.Type); present || len(hello.Extensions) == 0 {
		legacyclient.SetExtension(hello, e)
		return
	}
	at := 0
	if hello.Extensions[0].Type == wire.ExtensionServerName {
		at = 1
	}
	hello.Extensions = slices.Insert(hello.Extensions, at, e)
}

// offer puts a session into a hello in the shape that the captured one has. Without
// a session, what stood for one is as long and means nothing.
func offer(hello *wire.ClientHello, h *HelloStep, session *legacyclient.Session) {
	ticket, takesTickets := hello.SessionTicket()
	_, _ = rand.Read(hello.SessionID)
	switch {
	case h.Offers == OfferNone:
		if !hello.OffersVersion(wire.VersionTLS13) { // whose clients make an id up
			hello.SessionID = nil
		}
		if takesTickets {
			legacyclient.SetExtension(hello, wire.SessionTicketExtension(nil))
		}
	case !session.CanBeOffered():
		_, _ = rand.Read(ticket)
	default:
		if takesTickets {
			legacyclient.SetExtension(hello, wire.SessionTicketExtension(session.Ticket))
		}
		// With a ticket, clients send an id that they make up (RFC 5077, section 3.4),
		// or none.
		if len(hello.SessionID) > 0 || len(session.Ticket) == 0 || h.Concluded != "" {
			hello.SessionID = session.OfferedID()
		}
	}
}

// freshShares gives a hello's key_share keys of its own (RFC 8446, section 4.2.8).
// Of groups that are not known here the captured one's stay.
func freshShares(hello *wire.ClientHello) {
	data, present := hello.Extension(wire.ExtensionKeyShare)
	if !present || len(data) < 2 {
		return
	}
	list := data[2:]
	for len(list) >= 4 {
		group, n := wire.Group(binary.BigEndian.Uint16(list)), int(binary.BigEndian.Uint16(list[2:]))
		if list = list[4:]; n > len(list) {
			return
		}
		if curve, ok := curves[group]; ok {
			if key, err := curve.GenerateKey(rand.Reader); err == nil && len(key.PublicKey().Bytes()) == n {
				copy(list, key.PublicKey().Bytes())
			}
		}
		list = list[n:]
	}
}

var curves = map[wire.Group]ecdh.Curve{
	wire.GroupSecp256r1: ecdh.P256(), wire.GroupSecp384r1: ecdh.P384(), wire.GroupSecp521r1: ecdh.P521(), wire.GroupX25519: ecdh.X25519(),
}
