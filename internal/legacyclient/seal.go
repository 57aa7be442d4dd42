package legacyclient

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rc4"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A sealer protects the records that the client sends. It is not the record
// package's, which cannot be made to compute a MAC over the wrong version or to
// spoil one. The zero sealer protects nothing.
type sealer struct {
	version  wire.Version
	suite    *suite.Suite // nil: plain
	sequence uint64
	macKey   []byte
	iv       [12]byte
	aead     cipher.AEAD
	stream   *rc4.Cipher
	block    cipher.Block
	chain    cipher.BlockMode // TLS 1.0 and SSL 3.0: the last ciphertext is the IV
}

func newSealer(v wire.Version, s *suite.Suite, mac, key, iv []byte) (*sealer, error) {
	x := &sealer{version: v, suite: s, macKey: mac}
	copy(x.iv[:], iv)
	var err error
	switch s.Cipher {
	case suite.CipherRC4:
		x.stream, err = rc4.NewCipher(key)
	case suite.CipherChaCha20Poly1305:
		x.aead, err = chacha20poly1305.New(key)
	case suite.Cipher3DESCBC:
		x.block, err = des.NewTripleDESCipher(key)
	default:
		x.block, err = aes.NewCipher(key)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case s.IsAEAD() && x.block != nil:
		x.aead, err = cipher.NewGCM(x.block)
	case s.IsCBC() && v <= wire.VersionTLS10:
		x.chain = cipher.NewCBCEncrypter(x.block, iv)
	}
	return x, err
}

// seal makes a record. Header and MAC may each name a version of their own.
func (x *sealer) seal(r Record) []byte {
	fragment := r.Payload
	if x.suite != nil && !r.InClear {
		fragment = x.protect(r)
	}
	h := wire.RecordHeader{Type: r.Type, Version: r.Version, Length: len(fragment)}
	return append(h.Append(nil), fragment...)
}

func (x *sealer) protect(r Record) []byte {
	fragment := x.protectWith(r)
	x.sequence++
	if r.BadMAC {
		fragment[len(fragment)-1] ^= 0x80
	}
	return fragment
}

func (x *sealer) protectWith(r Record) []byte {
	switch {
	case x.aead != nil:
		return x.sealAEAD(r)
	case x.stream != nil:
		fragment := append(slices.Clone(r.Payload), x.mac(r)...)
		x.stream.XORKeyStream(fragment, fragment)
		return fragment
	default:
		return x.sealCBC(r)
	}
}

// sealAEAD is RFC 5246, section 6.2.3.3, with the sequence number as GCM's
// explicit nonce, or with RFC 7905's nonce.
func (x *sealer) sealAEAD(r Record) []byte {
	nonce := x.iv
	var explicit []byte
	if x.suite.Cipher == suite.CipherChaCha20Poly1305 {
		tail := nonce[4:]
		binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^x.sequence)
	} else {
		binary.BigEndian.PutUint64(nonce[4:], x.sequence)
		explicit = slices.Clone(nonce[4:])
	}
	return x.aead.Seal(explicit, nonce[:], r.Payload, x.header(r))
}

func (x *sealer) sealCBC(r Record) []byte {
	text := append(slices.Clone(r.Payload), x.mac(r)...)
	size := x.block.BlockSize()
	padding := size - len(text)%size
	for range padding {
		text = append(text, byte(padding-1))
	}
	if x.chain != nil {
		x.chain.CryptBlocks(text, text)
		return text
	}
	iv := make([]byte, size)
	_, _ = rand.Read(iv) // never fails
	cipher.NewCBCEncrypter(x.block, iv).CryptBlocks(text, text)
	return append(iv, text...)
}

// header is what MAC and AEAD authenticate before the content. The version in
// it is the negotiated one, unless the record is forged.
func (x *sealer) header(r Record) []byte {
	v := x.version
	if r.MACVersion != 0 {
		v = r.MACVersion
	}
	b := binary.BigEndian.AppendUint64(nil, x.sequence)
	b = append(b, byte(r.Type))
	if x.version > wire.VersionSSL30 {
		b = binary.BigEndian.AppendUint16(b, uint16(v))
	}
	return binary.BigEndian.AppendUint16(b, uint16(len(r.Payload)))
}

func (x *sealer) mac(r Record) []byte {
	newHash := macHash(x.suite)
	if x.version == wire.VersionSSL30 {
		return ssl3MAC(newHash, x.macKey, x.header(r), r.Payload)
	}
	m := hmac.New(newHash, x.macKey)
	m.Write(x.header(r))
	m.Write(r.Payload)
	return m.Sum(nil)
}

// ssl3MAC is HMAC's forerunner (RFC 6101, section 5.2.3.1), with the 40 bytes of
// padding that SHA-1 has.
func ssl3MAC(newHash func() hash.Hash, key, header, content []byte) []byte {
	half := func(pad byte, parts ...[]byte) []byte {
		h := newHash()
		h.Write(key)
		h.Write(slices.Repeat([]byte{pad}, 40))
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	return half(0x5c, half(0x36, header, content))
}

func macHash(s *suite.Suite) func() hash.Hash {
	switch s.MAC {
	case suite.MACSHA1:
		return sha1.New
	case suite.MACSHA256:
		return sha256.New
	case suite.MACSHA384:
		return sha512.New384
	default:
		panic(fmt.Sprintf("legacyclient: no MAC for %v", s))
	}
}
