package record

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding"
	"encoding/binary"
	"fmt"
	"hash"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A blockHash is a hash whose state can be taken out and put back, which all
// of the standard library's are. A test puts one here that counts.
type blockHash interface {
	hash.Hash
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// mac is a record's MAC: HMAC (RFC 5246, section 6.2.3.1), in SSL 3.0 its
// forerunner (RFC 6101, section 5.2.3.1). Both hash a keyed prefix, a header
// and the content, and then another keyed prefix and what came of the first.
// The states after the prefixes are kept, so that no record pays for them.
type mac struct {
	hash         blockHash
	version      wire.Version
	inner, outer []byte // the hash's state after each prefix
	prefix       int    // length of each prefix
	size         int

	// Room to work in. What is handed to a hash must not be on the stack, or it
	// would be allocated anew for each record.
	header [13]byte
	digest [sha512.Size384]byte
	result [sha512.Size384]byte
	state  []byte
	tail   [maxTail]byte
}

func newMAC(v wire.Version, s *suite.Suite, key []byte) (*mac, error) {
	h, err := newHash(s)
	if err != nil {
		return nil, err
	}
	prefix := h.BlockSize()
	if v == wire.VersionSSL30 {
		// RFC 6101 pads to 60 bytes with SHA-1, not to the whole block.
		prefix = len(key) + 40
	}
	m := &mac{hash: h, version: v, prefix: prefix, size: h.Size()}
	if m.inner, err = m.keyed(key, 0x36); err != nil {
		return nil, err
	}
	if m.outer, err = m.keyed(key, 0x5c); err != nil {
		return nil, err
	}
	m.state = make([]byte, 0, len(m.inner))
	return m, nil
}

func newHash(s *suite.Suite) (blockHash, error) {
	var h hash.Hash
	switch s.MAC {
	case suite.MACSHA1:
		h = sha1.New()
	case suite.MACSHA256:
		h = sha256.New()
	case suite.MACSHA384:
		h = sha512.New384()
	default:
		return nil, fmt.Errorf("record: no MAC for %v", s.ID)
	}
	b, ok := h.(blockHash)
	if !ok {
		return nil, fmt.Errorf("record: the hash of %v does not give its state", s.ID)
	}
	return b, nil
}

// keyed is the hash's state after the key and its padding. HMAC adds the key
// to the padding, SSL 3.0 puts it in front.
func (m *mac) keyed(key []byte, pad byte) ([]byte, error) {
	block := bytes.Repeat([]byte{pad}, m.prefix)
	if m.version == wire.VersionSSL30 {
		copy(block, key)
	} else {
		for i, k := range key {
			block[i] ^= k
		}
	}
	m.hash.Reset()
	m.hash.Write(block)
	return m.hash.AppendBinary(nil)
}

// sum is the MAC of content whose length is public. It is valid until the next
// call.
func (m *mac) sum(seq uint64, t wire.ContentType, content []byte) []byte {
	m.load(m.inner)
	m.hash.Write(m.putHeader(seq, t, len(content)))
	m.hash.Write(content)
	return m.finish(m.hash.Sum(m.digest[:0]))
}

// finish makes the inner digest the MAC.
func (m *mac) finish(inner []byte) []byte {
	m.load(m.outer)
	m.hash.Write(inner)
	return m.hash.Sum(m.result[:0])
}

func (m *mac) load(state []byte) {
	if err := m.hash.UnmarshalBinary(state); err != nil {
		panic("record: a hash refuses its own state: " + err.Error())
	}
}

// putHeader writes what is hashed before the content: the negotiated version,
// which SSL 3.0 leaves out, and never the record's own.
func (m *mac) putHeader(seq uint64, t wire.ContentType, n int) []byte {
	b := binary.BigEndian.AppendUint64(m.header[:0], seq)
	b = append(b, byte(t))
	if m.version != wire.VersionSSL30 {
		b = binary.BigEndian.AppendUint16(b, uint16(m.version))
	}
	return binary.BigEndian.AppendUint16(b, uint16(n))
}
