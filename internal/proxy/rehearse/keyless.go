package rehearse

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
)

// A keyless stands for a private key in a rehearsal. Nobody reads its signatures,
// so that they are nonsense: the work of the real key is left to real clients.
type keyless struct{ public crypto.PublicKey }

// Public is the real key's.
func (k keyless) Public() crypto.PublicKey { return k.public }

// Sign makes as many bytes as the real key would.
func (k keyless) Sign(io.Reader, []byte, crypto.SignerOpts) ([]byte, error) {
	if key, ok := k.public.(*rsa.PublicKey); ok {
		return make([]byte, key.Size()), nil
	}
	return make([]byte, 64), nil
}

var errNoKey = errors.New("a rehearsal has no private key")

// Decrypt is never reached: a rehearsal is over when the server has answered.
func (k keyless) Decrypt(io.Reader, []byte, crypto.DecrypterOpts) ([]byte, error) {
	return nil, errNoKey
}

// Keyless gives certificates like these, their private keys left out.
func Keyless(certificates []tls.Certificate) []tls.Certificate {
	var out []tls.Certificate
	for _, c := range certificates {
		if c.Leaf == nil || len(c.Certificate) == 0 {
			continue
		}
		out = append(out, tls.Certificate{Certificate: c.Certificate, Leaf: c.Leaf, PrivateKey: keyless{c.Leaf.PublicKey}})
	}
	return out
}

// AnyCertificate are two of no server, an RSA and an ECDSA one, for rehearsals in
// which nobody knows the server's. They are nobody's keys.
func AnyCertificate() []tls.Certificate {
	modulus := new(big.Int).SetBit(big.NewInt(1), 2047, 1)
	keys := []crypto.PublicKey{&rsa.PublicKey{N: modulus, E: 65537}}
	if point, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), generator()); err == nil {
		keys = append(keys, point)
	}
	var out []tls.Certificate
	for _, public := range keys {
		out = append(out, tls.Certificate{Certificate: [][]byte{{0}}, Leaf: &x509.Certificate{PublicKey: public}, PrivateKey: keyless{public}})
	}
	return out
}

// generator is the point that P-256 is built on: the public key of the number 1.
func generator() []byte {
	one, err := ecdh.P256().NewPrivateKey(append(make([]byte, 31), 1))
	if err != nil {
		return nil
	}
	return one.PublicKey().Bytes()
}
