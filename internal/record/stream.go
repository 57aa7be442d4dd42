package record

import (
	"crypto/rc4"
	"crypto/subtle"
	"io"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// stream is RC4 with a MAC: RFC 5246, section 6.2.3.1. There is no padding, so
// no length is secret.
type stream struct {
	cipher *rc4.Cipher
	mac    *mac
}

func newStream(v wire.Version, s *suite.Suite, macKey, key []byte) (*stream, error) {
	c, err := rc4.NewCipher(key)
	if err != nil {
		return nil, err
	}
	m, err := newMAC(v, s, macKey)
	if err != nil {
		return nil, err
	}
	return &stream{cipher: c, mac: m}, nil
}

func (s *stream) open(seq uint64, t wire.ContentType, fragment []byte) ([]byte, bool) {
	n := len(fragment) - s.mac.size
	if n < 0 {
		return nil, false
	}
	s.cipher.XORKeyStream(fragment, fragment)
	sum := s.mac.sum(seq, t, fragment[:n])
	return fragment[:n], subtle.ConstantTimeCompare(sum, fragment[n:]) == 1
}

func (s *stream) seal(_ io.Reader, seq uint64, t wire.ContentType, dst, payload []byte) ([]byte, error) {
	start := len(dst)
	dst = append(dst, payload...)
	dst = append(dst, s.mac.sum(seq, t, payload)...)
	s.cipher.XORKeyStream(dst[start:], dst[start:])
	return dst, nil
}

func (s *stream) sealedLen(n int) int { return n + s.mac.size }

func (s *stream) overhead() int { return s.mac.size }
