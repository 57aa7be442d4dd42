package sanitize

import (
	"bytes"
	"encoding/binary"
	"net/netip"
)

// greeting makes anew what a protocol that is no text says before TLS, from the front of
// a stream's bytes; nil: it is nothing that is known, or not whole.
func (w *way) greeting(offset int64, b []byte) []byte {
	size, edit := w.unit(offset, b)
	if edit == nil || size > len(b) {
		return nil
	}
	e := &editor{old: b[:size], new: make([]byte, size)}
	w.noiseAt(offset, e.new)
	edit(e)
	return e.new
}

// unit gives the length of what a protocol says at once, and who edits it.
func (w *way) unit(offset int64, b []byte) (size int, edit func(*editor)) {
	switch {
	case offset == 0 && len(b) >= 16 && bytes.HasPrefix(b, []byte(proxySignature)):
		return 16 + int(binary.BigEndian.Uint16(b[14:])), w.proxyHeader
	case offset <= 8 && len(b) >= 8 && pgRequests[string(b[:8])]:
		return 8, (*editor).keepAll
	case offset == 0 && len(b) > 11 && b[0] == 3 && b[1] == 0:
		return int(binary.BigEndian.Uint16(b[2:])), w.rdp
	case isLDAP(b):
		header, n, _ := elementLength(b)
		return header + n, func(e *editor) { e.elements(0) }
	case offset == 0 && len(b) > 5 && b[2] == 0 && b[3] <= 1:
		return 4 + int(binary.LittleEndian.Uint16(b)), w.mysql
	}
	return 0, nil
}

// proxySignature begins a header of the PROXY protocol, version 2 (its section 2.2).
const proxySignature = "\r\n\r\n\x00\r\nQUIT\n"

// proxyHeader replaces the addresses of such a header.
func (w *way) proxyHeader(e *editor) {
	e.keep(len(proxySignature) + 1)
	const tcp4, tcp6 = 0x11, 0x21
	family := e.number(1)
	e.vector(2, func(e *editor) {
		size := map[int]int{tcp4: 4, tcp6: 16}[family]
		if size == 0 {
			return
		}
		for range 2 {
			e.swap(size, func(b []byte) []byte {
				a, _ := netip.AddrFromSlice(b)
				return w.run.disguise.Addr(a).AsSlice()
			})
		}
		for range 2 {
			e.swap(2, func(b []byte) []byte {
				return binary.BigEndian.AppendUint16(nil, w.run.disguise.Port(binary.BigEndian.Uint16(b)))
			})
		}
		e.list(func(e *editor) {
			e.keep(1)
			e.vector(2, func(e *editor) { e.take(e.left()) })
		})
	})
}

// pgRequests are those of PostgreSQL for TLS, for GSSAPI and to cancel, and pgReplies
// what the server answers.
var (
	pgRequests = setOf("\x00\x00\x00\x08\x04\xd2\x16\x2f", "\x00\x00\x00\x08\x04\xd2\x16\x30")
	pgReplies  = setOf("S", "N", "G")
)

// rdp keeps what is negotiated, and replaces the user whom the cookie names (MS-RDPBCGR,
// sections 2.2.1.1 and 2.2.1.2).
func (w *way) rdp(e *editor) {
	e.keep(4 + 2) // the header of RFC 1006; length and code of X.224
	e.take(4)     // references
	e.keep(1)
	const cookie, negotiation = "Cookie:", 8
	rest := e.old[e.at:]
	if end := bytes.Index(rest, []byte("\r\n")); end >= len(cookie) && bytes.HasPrefix(rest, []byte(cookie)) {
		e.keep(len(cookie))
		e.swap(end-len(cookie), func(b []byte) []byte { return []byte(w.run.word(string(b))) })
		e.keep(2)
		rest = e.old[e.at:]
	}
	// A request, an answer or a failure, which says how long it is: behind a cookie of
	// another form stands more of that.
	if len(rest) >= negotiation && rest[0] >= 1 && rest[0] <= 3 && rest[2] == negotiation && rest[3] == 0 {
		e.keep(negotiation)
	}
	e.take(e.left())
}

// isLDAP reports whether a payload is a message of LDAP (RFC 4511, section 4.1.1).
func isLDAP(b []byte) bool {
	header, n, ok := elementLength(b)
	const sequence, integer = 0x30, 0x02
	return ok && b[0] == sequence && n > 2 && len(b) > header && b[header] == integer
}

// elementLength reads the head of an element of BER.
func elementLength(b []byte) (header, n int, ok bool) {
	if len(b) < 2 {
		return 0, 0, false
	}
	if b[1] < 0x80 {
		return 2, int(b[1]), true
	}
	size := int(b[1] & 0x7f)
	if size == 0 || size > 4 || len(b) < 2+size {
		return 0, 0, false
	}
	for _, c := range b[2 : 2+size] {
		n = n<<8 | int(c)
	}
	return 2 + size, n, true
}

// startTLS names the request for TLS in LDAP (RFC 4511, section 4.14.1).
const startTLS = "1.3.6.1.4.1.1466.20037"

// elements keeps the structure of BER, its small numbers, and the request for TLS.
func (e *editor) elements(depth int) {
	const constructed, deepest, boolean, enumerated = 0x20, 8, 1, 10
	e.list(func(e *editor) {
		header, n, ok := elementLength(e.old[e.at:])
		if !ok {
			e.take(e.left())
			return
		}
		tag := e.keep(header)[0]
		old, made := e.take(min(n, e.left()))
		inside := editor{old: old, new: made}
		switch {
		case tag&constructed != 0 && depth < deepest:
			inside.elements(depth + 1)
		case tag >= boolean && tag <= enumerated && tag != 4 && len(old) <= 4, string(old) == startTLS:
			inside.keepAll()
		}
	})
}

// mysql keeps of a greeting its version and what the server can do, and of the request for
// TLS what the client can (MySQL's protocol, version 10).
func (w *way) mysql(e *editor) {
	const handshake, request = 10, 32
	e.keep(4)
	switch {
	case e.old[4] == handshake:
		e.keep(1)
		version := bytes.IndexByte(e.old[e.at:], 0)
		if version < 0 {
			break
		}
		e.swap(version, func(b []byte) []byte { return []byte(w.run.word(string(b))) })
		e.keep(1)
		e.take(4 + 8) // the thread's id, half of the scramble
		e.keep(1 + 2 + 1 + 2 + 2)
	case e.left() == request:
		e.keep(4 + 4 + 1)
		e.zero()
	}
	e.take(e.left())
}
