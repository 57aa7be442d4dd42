package disguise

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"io"
	"math/big"
	"slices"
)

// Bounds of the RSA keys that are made. Those of old devices are as small as the least,
// which the standard library would not sign with; to make those above the most takes
// longer than anybody would wait.
const (
	minRSA = 384
	maxRSA = 4096
)

// Bounds of the primes that are made in a run, all and those that take long, whatever
// certificates ask for.
const (
	maxPrimes    = 128
	maxBigPrimes = 16
	bigPrime     = 1025 // bits
)

// primesPerSize bounds how many primes are made for each size of key. Keys share them two
// by two: they guard nothing.
const primesPerSize = 8

// An rsaKey signs with a key of any size. It is thrown away, and so need not take care of
// what its timing tells.
type rsaKey struct {
	n, p, q, dp, dq, inverse *big.Int
	e                        int
}

func newRSA(p, q *big.Int, e int64) *rsaKey {
	one := big.NewInt(1)
	p1, q1 := new(big.Int).Sub(p, one), new(big.Int).Sub(q, one)
	exponent := big.NewInt(e)
	return &rsaKey{
		n: new(big.Int).Mul(p, q), p: p, q: q, e: int(e),
		dp:      new(big.Int).ModInverse(exponent, p1),
		dq:      new(big.Int).ModInverse(exponent, q1),
		inverse: new(big.Int).ModInverse(q, p),
	}
}

// Public gives the public key, an *rsa.PublicKey.
func (k *rsaKey) Public() crypto.PublicKey { return &rsa.PublicKey{N: k.n, E: k.e} }

func (k *rsaKey) size() int { return (k.n.BitLen() + 7) / 8 }

var errTooLong = errors.New("the RSA key is too short for this signature")

// Sign signs a digest as crypto.Signer says: with PSS for *rsa.PSSOptions, else as PKCS #1
// version 1.5 has it; crypto.MD5SHA1 and no hash at all are both written without a prefix.
func (k *rsaKey) Sign(_ io.Reader, digest []byte, o crypto.SignerOpts) ([]byte, error) {
	if pss, ok := o.(*rsa.PSSOptions); ok {
		return k.signPSS(digest, pss)
	}
	prefix, ok := digestPrefixes[o.HashFunc()]
	if !ok {
		return nil, errors.New("no such hash")
	}
	return k.signPadded(append([]byte(prefix), digest...))
}

// signPadded signs what RFC 8017, section 9.2, calls T.
func (k *rsaKey) signPadded(t []byte) ([]byte, error) {
	const least = 11
	size := k.size()
	if len(t)+least > size {
		return nil, errTooLong
	}
	m := make([]byte, size)
	m[1] = 1
	for i := 2; i < size-len(t)-1; i++ {
		m[i] = 0xff
	}
	copy(m[size-len(t):], t)
	return k.raise(m), nil
}

// raise computes what only the key's owner can, by the Chinese remainder theorem (RFC 8017,
// section 5.1.2).
func (k *rsaKey) raise(m []byte) []byte {
	x := new(big.Int).SetBytes(m)
	m1 := new(big.Int).Exp(x, k.dp, k.p)
	m2 := new(big.Int).Exp(x, k.dq, k.q)
	h := m1.Sub(m1, m2)
	h.Mod(h.Mul(h, k.inverse), k.p)
	return m2.Add(m2, h.Mul(h, k.q)).FillBytes(make([]byte, k.size()))
}

// signPSS signs as RFC 8017, section 9.1.1, has it. The salt comes from the digest.
func (k *rsaKey) signPSS(digest []byte, o *rsa.PSSOptions) ([]byte, error) {
	hash := o.HashFunc()
	if !hash.Available() {
		return nil, errors.New("no such hash")
	}
	bits := k.n.BitLen() - 1
	size := (bits + 7) / 8
	salted := o.SaltLength
	switch salted {
	case rsa.PSSSaltLengthEqualsHash:
		salted = hash.Size()
	case rsa.PSSSaltLengthAuto:
		salted = size - hash.Size() - 2
	}
	room := size - hash.Size() - salted - 2
	if salted < 0 || room < 0 {
		return nil, errTooLong
	}
	salt := mask(crypto.SHA256, digest, salted)
	h := hash.New()
	h.Write(make([]byte, 8))
	h.Write(digest)
	h.Write(salt)
	sum := h.Sum(nil)

	block := append(append(make([]byte, room), 1), salt...)
	for i, c := range mask(hash, sum, len(block)) {
		block[i] ^= c
	}
	block[0] &= 0xff >> (8*size - bits)
	m := make([]byte, k.size()-size, k.size())
	m = append(append(append(m, block...), sum...), 0xbc)
	return k.raise(m), nil
}

// mask is MGF1 (RFC 8017, appendix B.2.1).
func mask(hash crypto.Hash, seed []byte, n int) []byte {
	var out []byte
	for i := uint32(0); len(out) < n; i++ {
		h := hash.New()
		h.Write(seed)
		h.Write([]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
		out = h.Sum(out)
	}
	return out[:n]
}

// digestPrefixes stand before a digest in a signature of PKCS #1 version 1.5 (RFC 8017,
// section 9.2, note 1).
var digestPrefixes = map[crypto.Hash]string{
	0:              "",
	crypto.MD5SHA1: "",
	crypto.MD5:     "\x30\x20\x30\x0c\x06\x08\x2a\x86\x48\x86\xf7\x0d\x02\x05\x05\x00\x04\x10",
	crypto.SHA1:    "\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
	crypto.SHA224:  "\x30\x2d\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x04\x05\x00\x04\x1c",
	crypto.SHA256:  "\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
	crypto.SHA384:  "\x30\x41\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x02\x05\x00\x04\x30",
	crypto.SHA512:  "\x30\x51\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x03\x05\x00\x04\x40",
}

// An rsaSize is a size of keys, and their exponent.
type rsaSize struct {
	bits int
	e    int64
}

// rsa gives a key of the size for an original: another one for each of the first few
// dozens, by which keys differ in their primes. Nil: there is none to be had.
func (r *keyRing) rsa(original []byte, size rsaSize) *rsaKey {
	if size.bits < minRSA || size.bits > maxRSA || !slices.Contains(exponents, size.e) {
		return nil
	}
	id := rsaID{size, sha256.Sum256(original)}
	if k, ok := r.rsaKeys[id]; ok {
		return k
	}
	const pairs = primesPerSize * (primesPerSize - 1) / 2
	n := r.rsaCount[size]
	if n >= pairs {
		n = int(id.original[0])<<8 | int(id.original[1])
		r.d.remark("more RSA keys of one size than are made: some certificates share a key")
	}
	i, j := pair(n % pairs)
	low := size.bits / 2
	p, q := r.prime(size.bits-low, j), r.prime(low, i)
	if p == nil || q == nil {
		return nil
	}
	k := newRSA(p, q, size.e)
	r.rsaCount[size]++
	if len(r.rsaKeys) < maxCertificates {
		r.rsaKeys[id] = k
	}
	return k
}

// An rsaID says in whose place a key stands.
type rsaID struct {
	size     rsaSize
	original [sha256.Size]byte
}

// pair gives the nth of the pairs (0,1), (0,2), (1,2), (0,3) and so on.
func pair(n int) (i, j int) {
	for j = 1; n >= j; j++ {
		n -= j
	}
	return n, j
}

// prime gives the ith prime of so many bits; nil: enough were made.
func (r *keyRing) prime(bits, i int) *big.Int {
	id := primeID{bits, i}
	if p, ok := r.primes[id]; ok {
		return p
	}
	if bits >= bigPrime {
		r.bigPrimes++
	}
	if len(r.primes) >= maxPrimes || r.bigPrimes > maxBigPrimes {
		r.d.remark("more sizes of RSA keys than are made: noise stands in the place of some")
		return nil
	}
	p := prime(r.d.stream("prime", []byte{byte(bits >> 8), byte(bits), byte(i)}), bits)
	r.primes[id] = p
	return p
}

// A primeID says which of the primes of a size one is.
type primeID struct{ bits, i int }
