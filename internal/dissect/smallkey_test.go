package dissect

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"

	"github.com/parley-tls/parley/internal/keys"
)

// Keys of 512 bits, which crypto/rsa refuses, open what they encrypted.
func TestSmallKeysOpen(t *testing.T) {
	key := smallKey(t)
	premaster := bytes.Repeat([]byte{3}, keys.MasterLen)
	block := append([]byte{0, 2}, bytes.Repeat([]byte{9}, key.Size()-3-len(premaster))...)
	block = append(append(block, 0), premaster...)
	encrypted := new(big.Int).Exp(new(big.Int).SetBytes(block), big.NewInt(int64(key.E)), key.N).FillBytes(make([]byte, key.Size()))
	k := &privateKey{PrivateKey: key}
	if got := k.open(encrypted); !bytes.Equal(got, premaster) {
		t.Errorf("opened as %x", got)
	}
	for _, wrong := range [][]byte{nil, {1}, bytes.Repeat([]byte{0xff}, key.Size()), make([]byte, key.Size())} {
		if got := k.open(wrong); len(got) == keys.MasterLen {
			t.Errorf("%x opens as %x", wrong, got)
		}
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	if err := NewKeyring().AddKey("small.key", text); err != nil {
		t.Error(err)
	}
}

func smallKey(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	for {
		p, errP := rand.Prime(rand.Reader, 256)
		q, errQ := rand.Prime(rand.Reader, 256)
		if errP != nil || errQ != nil {
			t.Fatal(errP, errQ)
		}
		one := big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
		d := new(big.Int).ModInverse(big.NewInt(65537), phi)
		if d == nil || p.Cmp(q) == 0 {
			continue
		}
		key := &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: 65537}, D: d, Primes: []*big.Int{p, q}}
		key.Precompute()
		return key
	}
}
