// Package passage looks at what a connection begins with and passes connections
// through untouched. It ends no TLS: what it knows is in clear.
package passage

import (
	"bytes"
	"encoding/binary"

	"github.com/parley-tls/parley/internal/wire"
)

// MaxFirst bounds the bytes that are looked at: a whole record and more. Hellos
// with keys against quantum computers have some two thousand.
const MaxFirst = 24 << 10

// A Kind says what a connection begins with.
type Kind uint8

// The kinds.
const (
	Unknown Kind = iota // too little came to tell
	TLS
	SSL2    // a hello in the format of SSL 2.0, which has no server name
	Foreign // nothing that a TLS client begins with
)

// A First is what a connection begins with.
type First struct {
	Kind  Kind
	Hello *wire.ClientHello // nil: it is no whole one, or cannot be read
}

// ServerName is the name that the client asks for; empty: none, or none that can
// be read.
func (f First) ServerName() string {
	if f.Hello == nil || f.Hello.SSL2Format {
		return ""
	}
	name, err := f.Hello.ServerName()
	if err != nil {
		return ""
	}
	return name
}

// Look says what bytes are the beginning of, and whether more of them are needed.
// It keeps none of them.
func Look(b []byte) (f First, more bool) {
	switch {
	case len(b) == 0:
		return First{}, true
	case b[0] == byte(wire.TypeHandshake):
		return lookTLS(b)
	case b[0]&ssl2Mark != 0:
		return lookSSL2(b)
	}
	return First{Kind: Foreign}, false
}

// lookTLS joins the first message, which may be spread over records (RFC 5246,
// section 6.2.1).
func lookTLS(b []byte) (First, bool) {
	var message []byte
	for len(b) >= wire.RecordHeaderLen {
		h, _ := wire.ParseRecordHeader(b)
		if !beginsHello(h) {
			return First{Kind: Foreign}, false
		}
		b = b[wire.RecordHeaderLen:]
		fragment := b[:min(len(b), h.Length)]
		message = append(message, fragment...)
		if f, done := joined(message); done {
			return f, false
		}
		b = b[len(fragment):]
	}
	if cut := []byte{byte(wire.TypeHandshake), 3}; !bytes.HasPrefix(b, cut[:min(len(b), len(cut))]) {
		return First{Kind: Foreign}, false
	}
	return First{}, true
}

// beginsHello reports whether a record can hold a part of a hello. Empty ones are
// forbidden (RFC 5246, section 6.2.1).
func beginsHello(h wire.RecordHeader) bool {
	return h.Type == wire.TypeHandshake && h.Version>>8 == 3 && h.Length > 0 && h.Length <= wire.MaxCiphertext
}

// joined reads a message that may not be whole.
func joined(m []byte) (f First, done bool) {
	if len(m) > 0 && wire.MessageType(m[0]) != wire.MessageClientHello {
		return First{Kind: Foreign}, true
	}
	if len(m) < wire.MessageHeaderLen {
		return First{}, false
	}
	size := wire.MessageHeaderLen + int(m[1])<<16 + int(m[2])<<8 + int(m[3])
	switch {
	case size > MaxFirst:
		return First{Kind: TLS}, true
	case len(m) < size:
		return First{}, false
	}
	f.Kind = TLS
	if hello, err := wire.ParseClientHello(bytes.Clone(m[:size])); err == nil {
		f.Hello = hello
	}
	return f, true
}

// A record of SSL 2.0's two-byte header (RFC 5246, appendix E.2).
const (
	ssl2Mark      = 0x80
	ssl2HeaderLen = 2
)

func lookSSL2(b []byte) (First, bool) {
	switch {
	case len(b) <= ssl2HeaderLen:
		return First{}, true
	case wire.MessageType(b[ssl2HeaderLen]) != wire.MessageClientHello:
		return First{Kind: Foreign}, false
	}
	size := ssl2HeaderLen + int(binary.BigEndian.Uint16(b)&^(ssl2Mark<<8))
	switch {
	case size > MaxFirst:
		return First{Kind: Foreign}, false
	case len(b) < size:
		return First{}, true
	}
	f := First{Kind: SSL2}
	if hello, err := wire.ParseSSL2ClientHello(bytes.Clone(b[ssl2HeaderLen:size])); err == nil {
		f.Hello = hello
	}
	return f, false
}
