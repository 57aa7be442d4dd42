// Package veil takes out of hellos what no report and no file may hold.
package veil

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"github.com/parley-tls/parley/internal/wire"
)

// veil puts in the place of bytes that no report may hold others of the same
// length: equal where those are equal, and nobody can tell those from these.
func veil(b []byte) {
	sum := sha256.Sum256(b)
	var block [sha256.Size + 4]byte
	copy(block[:], sum[:])
	for i := uint32(0); len(b) > 0; i++ {
		binary.BigEndian.PutUint32(block[sha256.Size:], i)
		part := sha256.Sum256(block[:])
		b = b[copy(b, part[:]):]
	}
}

// Where the session id begins in a hello, behind header, version, random and its
// own length; and in one of SSL 2.0's format the cipher specs.
const (
	sessionAt   = wire.MessageHeaderLen + 2 + 32 + 1
	ssl2SpecsAt = 9
)

// ClientHello copies a hello without its session, tickets and verify_data.
func ClientHello(hello *wire.ClientHello) *wire.ClientHello {
	raw := append([]byte(nil), hello.Raw...)
	if hello.SSL2Format {
		veilAt(raw, ssl2SpecsAt+3*len(hello.SSL2CipherSpecs), len(hello.SessionID))
		again, err := wire.ParseSSL2ClientHello(raw)
		again.Raw = cut(raw, err)
		return again
	}
	veilAt(raw, sessionAt, len(hello.SessionID))
	suites := sessionAt + len(hello.SessionID) + 2
	veilExtensions(raw, suites+2*len(hello.CipherSuites)+1+len(hello.CompressionMethods)+2, hello.Extensions)
	again, err := wire.ParseClientHello(raw)
	again.Raw = cut(raw, err)
	return again
}

// ServerHello does the same for a ServerHello.
func ServerHello(hello *wire.ServerHello) *wire.ServerHello {
	raw := append([]byte(nil), hello.Raw...)
	veilAt(raw, sessionAt, len(hello.SessionID))
	veilExtensions(raw, sessionAt+len(hello.SessionID)+2+1+2, hello.Extensions)
	again, err := wire.ParseServerHello(raw)
	again.Raw = cut(raw, err)
	return again
}

// veilExtensions veils what stands for a session or proves one. The extensions
// begin at an offset of raw.
func veilExtensions(raw []byte, at int, list []wire.Extension) {
	for _, e := range list {
		at += 4 // its type and length
		switch e.Type {
		case wire.ExtensionSessionTicket, wire.ExtensionCookie:
			veilAt(raw, at, len(e.Data))
		case wire.ExtensionRenegotiationInfo:
			veilAt(raw, at+1, len(e.Data)-1)
		case wire.ExtensionPreSharedKey:
			veilPreSharedKey(raw, at, len(e.Data))
		}
		at += len(e.Data)
	}
}

// veilPreSharedKey veils identities, ages and binders, and leaves the lengths of
// the two lists (RFC 8446, section 4.2.11). A server's is a number.
func veilPreSharedKey(raw []byte, at, n int) {
	if n <= 2 || at+n > len(raw) {
		return
	}
	data := raw[at : at+n]
	identities := int(binary.BigEndian.Uint16(data))
	if 2+identities+2 > n {
		veil(data)
		return
	}
	veilList(data[2:2+identities], 2, 4)
	veilList(data[2+identities+2:], 1, 0)
}

// veilList veils what a list holds, its items' lengths of so many bytes apart,
// and so many bytes behind each item.
func veilList(list []byte, length, behind int) {
	for len(list) > length {
		n := int(list[length-1])
		if length == 2 {
			n |= int(list[0]) << 8
		}
		n = min(n+behind, len(list)-length)
		veil(list[length : length+n])
		list = list[length+n:]
	}
}

func veilAt(raw []byte, at, n int) {
	if n > 0 && at+n <= len(raw) {
		veil(raw[at : at+n])
	}
}

// cut leaves out what could not be parsed, since nobody can tell what it holds.
func cut(raw []byte, err error) []byte {
	var bad *wire.ParseError
	if errors.As(err, &bad) {
		const length = 4 // of a field that does not fit, no more than its length
		return raw[:min(len(raw), bad.Offset+length)]
	}
	return raw
}
