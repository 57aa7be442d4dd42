package record

import (
	"crypto/cipher"
	"crypto/rc4"
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Recaster seals records at the lengths that others had, wherever in their stream
// those stood. A capture is made anew with it; the engine has no use for one.
type Recaster struct {
	suite   *suite.Suite
	version wire.Version
	key, iv []byte

	aead    *aead
	cbc     *cbc
	thenMAC bool
	mac     *mac // of RC4
	stream  *rc4.Cipher
	moved   int64 // bytes that the stream gave
}

// A Cast is where a record stands and how it was made.
type Cast struct {
	Header   wire.RecordHeader
	As       wire.Version // in its MAC or additional data
	Sequence uint64
	Before   []byte // CBC before TLS 1.1: the block before it
	Position int64  // RC4: the bytes of fragments before it
}

// NewRecaster makes records protected under v and s. thenMAC is RFC 7366's way.
func NewRecaster(v wire.Version, s *suite.Suite, mac, key, iv []byte, thenMAC bool) (*Recaster, error) {
	if err := checkParameters(v, s, mac, key, iv); err != nil {
		return nil, err
	}
	r := &Recaster{suite: s, version: v, key: key, iv: iv, thenMAC: thenMAC && s.IsCBC()}
	var err error
	switch {
	case s.IsAEAD():
		r.aead, err = newAEAD(v, s, key, iv)
	case s.IsCBC():
		var c cbc
		c, err = newCBC(v, s, mac, key, iv, cipher.NewCBCEncrypter)
		r.cbc = &c
	default:
		r.mac, err = newMAC(v, s, mac)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Seal makes the fragment of a record that holds content and is as long as the
// header says. Its error says that content does not fit there.
func (r *Recaster) Seal(c Cast, content []byte, random io.Reader) ([]byte, error) {
	var out []byte
	var err error
	switch {
	case r.aead != nil:
		r.aead.version = c.As
		room := make([]byte, 0, len(content)+r.aead.overhead())
		out, err = r.aead.seal(nil, c.Sequence, c.Header.Type, room, content)
	case r.cbc != nil:
		r.cbc.mac.version = c.As
		out, err = r.sealCBC(c, content, random)
	default:
		r.mac.version = c.As
		out, err = r.sealStream(c, content)
	}
	if err == nil && len(out) != c.Header.Length {
		err = fmt.Errorf("record: %d bytes do not make a record of %d", len(content), c.Header.Length)
	}
	if err != nil {
		return nil, err
	}
	return out, nil
}

// sealCBC pads as far as the length asks, which may be further than a block.
func (r *Recaster) sealCBC(c Cast, content []byte, random io.Reader) ([]byte, error) {
	padding := c.Header.Length - r.cbc.ivLen - len(content) - r.cbc.mac.size
	body := len(content) + padding
	if !r.thenMAC {
		body += r.cbc.mac.size
	}
	if padding < 1 || padding > maxTLSPadding || body%r.cbc.block != 0 {
		return nil, fmt.Errorf("record: %d bytes do not make a record of %d", len(content), c.Header.Length)
	}
	out := make([]byte, r.cbc.ivLen, c.Header.Length)
	iv := c.Before
	if r.cbc.ivLen > 0 {
		if _, err := io.ReadFull(random, out); err != nil {
			return nil, fmt.Errorf("record: random bytes for an IV: %w", err)
		}
		iv = out
	} else if c.Sequence == 0 {
		iv = r.iv
	}
	if len(iv) != r.cbc.block {
		return nil, fmt.Errorf("record: the block before a record of %v is not known", r.suite.ID)
	}
	r.cbc.mode.SetIV(iv)
	out = append(out, content...)
	if !r.thenMAC {
		out = append(out, r.cbc.mac.sum(c.Sequence, c.Header.Type, content)...)
	}
	out = appendPadding(out, padding)
	r.cbc.mode.CryptBlocks(out[r.cbc.ivLen:], out[r.cbc.ivLen:])
	if r.thenMAC {
		out = append(out, r.cbc.mac.sum(c.Sequence, c.Header.Type, out)...)
	}
	return out, nil
}

// sealStream moves the stream to where the record stands.
func (r *Recaster) sealStream(c Cast, content []byte) ([]byte, error) {
	if r.stream == nil || r.moved > c.Position {
		var err error
		if r.stream, err = rc4.NewCipher(r.key); err != nil {
			return nil, err
		}
		r.moved = 0
	}
	var nothing [512]byte
	for r.moved < c.Position {
		part := nothing[:min(c.Position-r.moved, int64(len(nothing)))]
		r.stream.XORKeyStream(part, part)
		r.moved += int64(len(part))
	}
	out := append(append(make([]byte, 0, c.Header.Length), content...), r.mac.sum(c.Sequence, c.Header.Type, content)...)
	r.stream.XORKeyStream(out, out)
	r.moved += int64(len(out))
	return out, nil
}

// Chain gives the block of a fragment that the next record begins with; nil where
// records bring their own.
func (r *Recaster) Chain(fragment []byte) []byte {
	if r.cbc == nil || r.cbc.ivLen > 0 {
		return nil
	}
	end := len(fragment)
	if r.thenMAC {
		end -= r.cbc.mac.size
	}
	if end < r.cbc.block {
		return nil
	}
	return fragment[end-r.cbc.block : end]
}

// Format shows nothing of the keys, whatever the verb.
func (r Recaster) Format(f fmt.State, _ rune) { hidden(f, "recaster") }
