package disguise

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"math/big"
	"slices"
)

// Object identifiers of public keys (RFC 3279, section 2.3; RFC 5480; RFC 8410).
const (
	oidRSA     = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
	oidRSAPSS  = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
	oidEC      = "\x2a\x86\x48\xce\x3d\x02\x01"
	oidEd25519 = "\x2b\x65\x70"
)

// curves are those with which signatures can be made, by their object identifiers.
var curves = map[string]elliptic.Curve{
	"\x2b\x81\x04\x00\x21":             elliptic.P224(),
	"\x2a\x86\x48\xce\x3d\x03\x01\x07": elliptic.P256(),
	"\x2b\x81\x04\x00\x22":             elliptic.P384(),
	"\x2b\x81\x04\x00\x23":             elliptic.P521(),
}

// A keyRing has the keys that stand in the places of others. Each follows from what it
// stands for.
type keyRing struct {
	d        *Disguise
	owners   map[string][]byte // SubjectPublicKeyInfo by the name of its owner, and by this with the key's identifier
	rsaKeys  map[rsaID]*rsaKey
	rsaCount map[rsaSize]int
	primes   map[primeID]*big.Int

	bigPrimes int // of those made
}

func newKeyRing(d *Disguise) *keyRing {
	return &keyRing{
		d:        d,
		owners:   map[string][]byte{},
		rsaKeys:  map[rsaID]*rsaKey{},
		rsaCount: map[rsaSize]int{},
		primes:   map[primeID]*big.Int{},
	}
}

// introduce keeps whose key a certificate holds. Where several have one name, the last that
// was met counts, unless an identifier tells them apart.
func (r *keyRing) introduce(v *certificateView) {
	key := slices.Clone(v.key.whole)
	for _, id := range [][]byte{nil, v.subjectKeyID()} {
		owner := owner(v.subject, id)
		if _, known := r.owners[owner]; known || len(r.owners) < maxCertificates {
			r.owners[owner] = key
		}
	}
}

// owner is a name with a key's identifier, if there is one.
func owner(name node, id []byte) string { return string(name.whole) + string(id) }

// issuer gives the key that stands for that of a certificate's issuer; nil: it is not known.
func (r *keyRing) issuer(v *certificateView) crypto.Signer {
	key, known := r.owners[owner(v.issuer, v.authorityKeyID())]
	if !known {
		key, known = r.owners[owner(v.issuer, nil)]
	}
	if string(v.issuer.whole) == string(v.subject.whole) {
		key, known = v.key.whole, true
	}
	if !known {
		return nil
	}
	n, err := readOnly(slices.Clone(key))
	if err != nil {
		return nil
	}
	return r.replaceKey(n)
}

// replaceKey writes another public key of its type and size over one, in place, and gives
// the private key. Where there is none, the result is nil and the public key noise.
func (r *keyRing) replaceKey(n node) crypto.Signer {
	original := slices.Clone(n.whole)
	parts, err := n.as(tagSequence)
	if err != nil || len(parts) != 2 || parts[1].tag != tagBitString || len(parts[1].content) < 2 {
		r.d.scrub(KindPublicKey, n, 0)
		return nil
	}
	algorithm, key := parts[0], parts[1].content[1:]
	signer := r.signer(original, algorithm, key)
	r.d.algorithm(algorithm)
	return signer
}

func (r *keyRing) signer(original []byte, algorithm node, key []byte) crypto.Signer {
	id, parameter := r.read(algorithm)
	switch id {
	case oidRSA, oidRSAPSS:
		if k := r.replaceRSA(original, key); k != nil {
			return k
		}
	case oidEC:
		if k := r.replaceEC(original, curves[parameter], key); k != nil {
			return k
		}
		if len(key) > 1 {
			r.d.cover(KindPublicKey, key[1:]) // behind the form of the point
		}
		return nil
	case oidEd25519:
		if len(key) == ed25519.PublicKeySize {
			return r.replaceEd25519(original, key)
		}
	}
	r.d.scrubAll(KindPublicKey, key)
	return nil
}

// read takes the two identifiers that an AlgorithmIdentifier may have.
func (r *keyRing) read(algorithm node) (id, parameter string) {
	parts, err := algorithm.as(tagSequence)
	if err != nil || len(parts) == 0 || parts[0].tag != tagOID {
		return "", ""
	}
	if len(parts) > 1 && parts[1].tag == tagOID {
		parameter = string(parts[1].content)
	}
	return string(parts[0].content), parameter
}

func (r *keyRing) replaceRSA(original, key []byte) crypto.Signer {
	n, err := readOnly(key)
	if err != nil {
		return nil
	}
	numbers, err := n.as(tagSequence)
	if err != nil || len(numbers) != 2 || numbers[0].tag != tagInteger || numbers[1].tag != tagInteger || len(numbers[1].content) > 5 {
		return nil
	}
	modulus := new(big.Int).SetBytes(numbers[0].content)
	if len(numbers[0].content) != modulus.BitLen()/8+1 { // as DER has it
		return nil
	}
	k := r.rsa(original, rsaSize{modulus.BitLen(), new(big.Int).SetBytes(numbers[1].content).Int64()})
	if k == nil {
		return nil
	}
	r.d.Remember(KindPublicKey, modulus.Bytes())
	k.n.FillBytes(numbers[0].content)
	return k
}

func (r *keyRing) replaceEC(original []byte, curve elliptic.Curve, key []byte) crypto.Signer {
	if curve == nil {
		return nil
	}
	k := r.ec(original, curve)
	point, err := k.PublicKey.Bytes()
	if err != nil {
		return nil
	}
	size := (len(point) - 1) / 2
	switch {
	case len(key) == len(point) && key[0] == 4:
	case len(key) == 1+size && (key[0] == 2 || key[0] == 3):
		odd := point[len(point)-1] & 1
		point = point[:1+size]
		point[0] = 2 | odd
	default:
		return nil
	}
	r.d.Remember(KindPublicKey, key[1:])
	copy(key, point)
	return k
}

// ec gives the key of a curve that follows from a value: the first number of a row that is
// below the curve's order.
func (r *keyRing) ec(value []byte, curve elliptic.Curve) *ecdsa.PrivateKey {
	s := r.d.stream("key "+curve.Params().Name, value)
	return drawEC(s, curve)
}

func drawEC(s stream, curve elliptic.Curve) *ecdsa.PrivateKey {
	bits := curve.Params().N.BitLen()
	b := make([]byte, (bits+7)/8)
	for {
		s.read(b)
		b[0] &= 0xff >> (8*len(b) - bits)
		if k, err := ecdsa.ParseRawPrivateKey(curve, b); err == nil {
			return k
		}
	}
}

func (r *keyRing) replaceEd25519(original, key []byte) crypto.Signer {
	k := r.ed25519(original)
	r.d.Remember(KindPublicKey, key)
	copy(key, k.Public().(ed25519.PublicKey))
	return k
}

func (r *keyRing) ed25519(value []byte) ed25519.PrivateKey {
	seed := make([]byte, ed25519.SeedSize)
	r.d.stream("key Ed25519", value).read(seed)
	return ed25519.NewKeyFromSeed(seed)
}

// thrownAway gives a key with which a signature of the algorithm and length can be made in
// the name of an issuer whose certificate is not there.
func (r *keyRing) thrownAway(a signatureAlgorithm, issuer []byte, length int) crypto.Signer {
	value := sha256.Sum256(append([]byte("issuer"), issuer...))
	switch a.key {
	case keyRSA:
		if k := r.rsa(value[:], rsaSize{8 * length, 65537}); k != nil {
			return k
		}
	case keyECDSA:
		for _, c := range []elliptic.Curve{elliptic.P224(), elliptic.P256(), elliptic.P384(), elliptic.P521()} {
			if length <= longestECDSA(c) {
				return r.ec(value[:], c)
			}
		}
	case keyEd25519:
		return r.ed25519(value[:])
	}
	return nil
}

// longestECDSA is the length of the longest signature of a curve in DER.
func longestECDSA(c elliptic.Curve) int {
	number := c.Params().N.BitLen()/8 + 1
	content := 2 * (2 + number)
	if content >= 0x80 {
		return 3 + content
	}
	return 2 + content
}
