package starttls

import (
	"bytes"
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
)

// An ldap follows RFC 4511, section 4.14: the client asks by an ExtendedRequest,
// and the ExtendedResponse with the same messageID answers.
type ldap struct {
	sides [2]packet // client, server
	torn  [2]bool
	asked bool
	id    string // the messageID of the request, where asked
}

// startTLS is the requestName of the StartTLS operation.
const startTLS = "1.3.6.1.4.1.1466.20037"

func (*ldap) name() string { return "LDAP" }

func ldapSide(from trace.Side) int {
	if from == trace.Server {
		return 1
	}
	return 0
}

func (l *ldap) resting(from trace.Side, _ byte) bool {
	i := ldapSide(from)
	return l.torn[i] || l.sides[i].resting()
}

func (l *ldap) tear(from trace.Side) { l.torn[ldapSide(from)] = true }

func (l *ldap) take(from trace.Side, b []byte, at trace.Place) (int, effect) {
	i := ldapSide(from)
	if l.torn[i] {
		return 0, effect{what: ends, why: "bytes of the dialogue are missing in the capture"}
	}
	p := &l.sides[i]
	n, whole := p.take(b, at, berSize)
	if !whole {
		return n, effect{}
	}
	id, op, ok := ldapMessage(p.kept)
	if !ok {
		return n, effect{what: ends, why: "a message of the dialogue cannot be read"}
	}
	e := l.requested(id, op)
	if from == trace.Server {
		e = l.answered(id, op)
	}
	e.place = p.place
	return n, e
}

// The protocolOps of RFC 4511, section 4.2 to 4.12, that matter here.
const (
	ldapExtendedRequest  = 0x77
	ldapExtendedResponse = 0x78
	ldapRequestName      = 0x80
	berEnumerated        = 0x0A
	berInteger           = 0x02
	berSequence          = 0x30
)

func (l *ldap) requested(id string, op ber) effect {
	if op.tag != ldapExtendedRequest {
		return effect{}
	}
	name, _, ok := nextBER(op.body)
	if !ok || name.tag != ldapRequestName || !bytes.Equal(name.body, []byte(startTLS)) {
		return effect{}
	}
	l.asked, l.id = true, id
	return effect{what: asks}
}

func (l *ldap) answered(id string, op ber) effect {
	if !l.asked || op.tag != ldapExtendedResponse || id != l.id {
		return effect{}
	}
	l.asked = false
	code, _, ok := nextBER(op.body)
	if !ok || code.tag != berEnumerated || len(code.body) != 1 {
		return effect{what: refuses, why: "the server's answer to StartTLS cannot be read"}
	}
	if code.body[0] == 0 {
		return effect{what: agrees}
	}
	return effect{what: refuses, why: "the server answered StartTLS with " + ldapResult(code.body[0])}
}

func ldapResult(code byte) string {
	names := map[byte]string{
		1: "operationsError", 2: "protocolError", 8: "strongerAuthRequired", 13: "confidentialityRequired",
		50: "insufficientAccessRights", 51: "busy", 52: "unavailable", 53: "unwillingToPerform", 80: "other",
	}
	if name, ok := names[code]; ok {
		return name
	}
	return fmt.Sprintf("result code %d", code)
}

func (l *ldap) why() string { return offer{}.why(l.asked) }

// A ber is one element of the Basic Encoding Rules.
type ber struct {
	tag  byte
	body []byte // as much of it as is there
}

// berLength reads an element's header.
func berLength(b []byte) (header int, length int64, ok bool) {
	switch {
	case len(b) < 2:
		return 0, 0, false
	case b[1] < 0x80:
		return 2, int64(b[1]), true
	}
	n := int(b[1] & 0x7F)
	if n == 0 || n > 4 { // RFC 4511, section 5.1: definite lengths only
		return 2, 0, true
	}
	if len(b) < 2+n {
		return 0, 0, false
	}
	for _, c := range b[2 : 2+n] {
		length = length<<8 | int64(c)
	}
	return 2 + n, length, true
}

func berSize(kept []byte) (int64, bool) {
	header, length, ok := berLength(kept)
	return int64(header) + length, ok
}

// nextBER reads the element at the beginning of b, and what follows it. Of a
// message whose end was not kept the last element is given as far as it is there.
func nextBER(b []byte) (e ber, rest []byte, ok bool) {
	header, length, ok := berLength(b)
	if !ok {
		return ber{}, nil, false
	}
	b, tag := b[header:], b[0]
	n := int(min(length, int64(len(b))))
	return ber{tag, b[:n]}, b[n:], true
}

// ldapMessage takes an LDAPMessage apart.
func ldapMessage(kept []byte) (id string, op ber, ok bool) {
	message, _, ok := nextBER(kept)
	if !ok || message.tag != berSequence {
		return "", ber{}, false
	}
	number, rest, ok := nextBER(message.body)
	if !ok || number.tag != berInteger || len(number.body) > 4 {
		return "", ber{}, false
	}
	op, _, ok = nextBER(rest)
	return string(number.body), op, ok
}
