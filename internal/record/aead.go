package record

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// aead is GCM or ChaCha20-Poly1305: RFC 5246, section 6.2.3.3.
type aead struct {
	cipher   cipher.AEAD
	explicit int // bytes of nonce in front of each record: GCM 8, ChaCha20 0
	version  wire.Version

	iv    [12]byte // GCM: the salt, then zeros
	nonce [12]byte
	data  [13]byte
}

const gcmExplicitNonce = 8

func newAEAD(v wire.Version, s *suite.Suite, key, iv []byte) (*aead, error) {
	a := &aead{version: v}
	copy(a.iv[:], iv)
	var err error
	switch s.Cipher {
	case suite.CipherAES128GCM, suite.CipherAES256GCM:
		a.explicit = gcmExplicitNonce
		a.cipher, err = newGCM(key)
	case suite.CipherChaCha20Poly1305:
		a.cipher, err = chacha20poly1305.New(key)
	default:
		err = fmt.Errorf("record: no AEAD for %v", s.ID)
	}
	if err != nil {
		return nil, err
	}
	return a, nil
}

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

func (a *aead) open(seq uint64, t wire.ContentType, fragment []byte) ([]byte, bool) {
	n := len(fragment) - a.overhead()
	if n < 0 {
		return nil, false
	}
	sealed := fragment[a.explicit:]
	if a.explicit > 0 {
		// RFC 5288, section 3: the explicit part is the sender's choice.
		a.setNonce(fragment[:a.explicit])
	} else {
		a.setNonceFrom(seq)
	}
	plaintext, err := a.cipher.Open(sealed[:0], a.nonce[:], sealed, a.additional(seq, t, n))
	return plaintext, err == nil
}

func (a *aead) seal(_ io.Reader, seq uint64, t wire.ContentType, dst, payload []byte) ([]byte, error) {
	a.setNonceFrom(seq)
	// The sequence number as explicit nonce never repeats under a key, as RFC
	// 5288, section 3, suggests.
	dst = append(dst, a.nonce[len(a.nonce)-a.explicit:]...)
	return a.cipher.Seal(dst, a.nonce[:], payload, a.additional(seq, t, len(payload))), nil
}

// setNonce puts the explicit part behind the salt.
func (a *aead) setNonce(explicit []byte) {
	a.nonce = a.iv
	copy(a.nonce[len(a.nonce)-len(explicit):], explicit)
}

// setNonceFrom is RFC 7905, section 2: the IV XOR the padded sequence number.
// GCM's IV ends in zeros, so that the same is salt and sequence number.
func (a *aead) setNonceFrom(seq uint64) {
	a.nonce = a.iv
	tail := a.nonce[4:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^seq)
}

// additional is the additional data, which has the negotiated version.
func (a *aead) additional(seq uint64, t wire.ContentType, n int) []byte {
	binary.BigEndian.PutUint64(a.data[0:], seq)
	a.data[8] = byte(t)
	binary.BigEndian.PutUint16(a.data[9:], uint16(a.version))
	binary.BigEndian.PutUint16(a.data[11:], uint16(n))
	return a.data[:]
}

func (a *aead) sealedLen(n int) int { return n + a.overhead() }

func (a *aead) overhead() int { return a.explicit + a.cipher.Overhead() }
