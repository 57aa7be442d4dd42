package diagnose

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// byteCount says how many bytes there are, with commas between thousands.
func byteCount[T int | int64](n T) string {
	if n == 1 {
		return "1 byte"
	}
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s + " bytes"
}

// A span is the lengths that a sealed record's content can have.
type span struct{ least, most int }

func (l span) exact() bool    { return l.least == l.most }
func (l span) has(n int) bool { return l.least <= n && n <= l.most }

func (l span) String() string {
	if l.exact() {
		return "exactly " + byteCount(l.least)
	}
	return fmt.Sprintf("%d to %d bytes", l.least, l.most)
}

// ContentLength says between what bounds the length of a sealed record's content
// lies; ok is false where its suite does not tell.
func ContentLength(sealed int, id wire.SuiteID, v wire.Version) (least, most int, ok bool) {
	l, ok := contentLength(sealed, id, v)
	return l.least, l.most, ok
}

func (l span) plausible() bool { return l.most > 0 && l.least <= l.most }

// contentLength says how long the content of a sealed record can be, by what its
// suite adds (RFC 5246, section 6.2.3). The suite need not be one of ours: its
// name tells enough. Of a CBC suite the padding leaves a block's length open; a
// library that pads more than it must makes the content shorter still, and is
// not reckoned with.
func contentLength(sealed int, id wire.SuiteID, v wire.Version) (span, bool) {
	name := id.String()
	mac := macLength(name)
	var l span
	switch {
	case strings.Contains(name, "_CHACHA20_POLY1305"):
		l = span{sealed - 16, sealed - 16}
	case strings.HasSuffix(name, "_CCM_8"):
		l = span{sealed - 16, sealed - 16}
	case strings.Contains(name, "_GCM_") || strings.HasSuffix(name, "_CCM"):
		l = span{sealed - 24, sealed - 24}
	case strings.Contains(name, "_RC4_"):
		l = span{sealed - mac, sealed - mac}
	case strings.Contains(name, "_CBC_"):
		block := blockLength(name)
		if v >= wire.VersionTLS11 {
			sealed -= block // the explicit IV
		}
		l = span{sealed - mac - block, sealed - mac - 1}
	default:
		return span{}, false
	}
	l.least = max(0, l.least)
	return l, l.plausible()
}

func macLength(name string) int {
	switch {
	case strings.HasSuffix(name, "_SHA256"):
		return 32
	case strings.HasSuffix(name, "_SHA384"):
		return 48
	case strings.HasSuffix(name, "_MD5"):
		return 16
	}
	return 20
}

func blockLength(name string) int {
	for _, old := range []string{"_3DES_", "_DES_", "_DES40_", "_IDEA_", "_RC2_"} {
		if strings.Contains(name, old) {
			return 8
		}
	}
	return 16
}

// A guess is what a sealed second hello can be, by its length.
type guess struct {
	kind   renego.Kind
	length int
	offers string // the session it then offers, in words; empty: none
}

// guesses reckons how long each kind of second hello of this client would be:
// as the first, with the session that it was given since, and, if it is secure,
// with renegotiation_info in place of the first hello's signal.
func guesses(s *story) []guess {
	first := s.first()
	if first == nil || first.hello == nil || first.hello.SSL2Format || len(first.hello.Raw) == 0 {
		return nil
	}
	like, delta := likeFirst(first.hello)
	var list []guess
	for _, o := range offers(first) {
		n := bareLength(first.hello) + o.length
		list = append(list, guess{like, n, o.words}, guess{renego.KindSecure, n + delta, o.words})
	}
	return list
}

// likeFirst says what a hello is that repeats the first, and by how much longer
// a secure one is: 5 bytes of extension and 12 of verify_data, less the signal.
func likeFirst(first *wire.ClientHello) (kind renego.Kind, delta int) {
	_, extension, _ := first.RenegotiationInfo()
	switch {
	case first.OffersSCSV() && extension:
		return renego.KindForged, 12 - 2
	case first.OffersSCSV():
		return renego.KindReset, 5 + 12 - 2
	case extension:
		return renego.KindForged, 12 // an empty renegotiation_info names no connection
	}
	return renego.KindBare, 5 + 12
}

// bareLength is the hello's length without any session.
func bareLength(h *wire.ClientHello) int {
	ticket, _ := h.SessionTicket()
	return len(h.Raw) - len(h.SessionID) - len(ticket)
}

type offer struct {
	length int
	words  string
}

// offers lists the sessions that a client can offer after its first handshake,
// the likeliest first. OpenSSL offers a ticket with a session id that it makes
// up, of 32 bytes.
func offers(first *handshake) []offer {
	var list []offer
	_, takesTickets := first.hello.SessionTicket()
	if n := first.ticketLength; n > 0 && takesTickets {
		list = append(list, offer{n + 32, "the ticket that the server gave"}, offer{n, "the ticket that the server gave"})
	}
	if sh := first.serverHello; sh != nil && len(sh.SessionID) > 0 {
		list = append(list, offer{len(sh.SessionID), "the session id that the server gave"})
	}
	if ticket, _ := first.hello.SessionTicket(); len(ticket) > 0 {
		list = append(list, offer{len(ticket) + len(first.hello.SessionID), "the ticket that the connection began with"})
	}
	return append(list, offer{0, ""})
}

// fitting gives the guesses that a record's length agrees with.
func fitting(list []guess, l span) []guess {
	var fits []guess
	for _, g := range list {
		if l.has(g.length) {
			fits = append(fits, g)
		}
	}
	return fits
}
