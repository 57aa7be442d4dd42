// Package keys computes what a handshake makes of its secrets: master secret,
// key block, exported keys and verify_data, for SSL 3.0 and TLS 1.0 to 1.2.
package keys

import (
	"crypto"
	"crypto/hmac"
	_ "crypto/md5" // crypto.MD5 and its kin are made by name
	_ "crypto/sha1"
	_ "crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"fmt"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// prfHash names the hash of the version's PRF; crypto.MD5SHA1 stands for the
// two that the versions before TLS 1.2 use together.
func prfHash(v wire.Version, s *suite.Suite) crypto.Hash {
	switch v {
	case wire.VersionSSL30, wire.VersionTLS10, wire.VersionTLS11:
		return crypto.MD5SHA1
	case wire.VersionTLS12:
		return s.Hash
	}
	panic(fmt.Sprintf("keys: %v has no key schedule here", v))
}

// prf fills out with PRF(secret, label, seed), the seed given in parts.
func prf(out []byte, h crypto.Hash, secret []byte, label string, seed ...[]byte) {
	n := len(label)
	for _, part := range seed {
		n += len(part)
	}
	input := append(make([]byte, 0, n), label...)
	for _, part := range seed {
		input = append(input, part...)
	}
	if h != crypto.MD5SHA1 {
		expand(out, h, secret, input) // RFC 5246, section 5
		return
	}
	// RFC 2246, section 5: the secret's halves key one hash each; the byte in
	// the middle of an odd-length secret belongs to both.
	half := (len(secret) + 1) / 2
	other := make([]byte, len(out))
	expand(out, crypto.MD5, secret[:half], input)
	expand(other, crypto.SHA1, secret[len(secret)-half:], input)
	subtle.XORBytes(out, out, other)
}

// expand fills out with P_hash(secret, input) of RFC 5246, section 5. One HMAC
// and one buffer serve all its rounds.
func expand(out []byte, h crypto.Hash, secret, input []byte) {
	mac := hmac.New(h.New, secret)
	scratch := make([]byte, 2*sha512.Size)
	a, block := scratch[:0:sha512.Size], scratch[sha512.Size:sha512.Size]

	mac.Write(input)
	a = mac.Sum(a) // A(1)
	for {
		mac.Reset()
		mac.Write(a)
		mac.Write(input)
		block = mac.Sum(block[:0])
		n := copy(out, block)
		if out = out[n:]; len(out) == 0 {
			return
		}
		mac.Reset()
		mac.Write(a)
		a = mac.Sum(a[:0]) // A(i+1)
	}
}
