package disguise

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	_ "crypto/md5" // old certificates are signed with it
	"crypto/rsa"
	_ "crypto/sha1" // likewise
	_ "crypto/sha256"
	_ "crypto/sha512"
	"math/big"
)

// A keyType is what a signature is made with.
type keyType uint8

const (
	keyRSA keyType = iota + 1
	keyPSS
	keyECDSA
	keyEd25519
)

// A signatureAlgorithm is what an AlgorithmIdentifier says of a signature.
type signatureAlgorithm struct {
	key  keyType
	hash crypto.Hash
}

// signatureAlgorithms by their object identifiers (RFC 3279, section 2.2; RFC 4055; RFC
// 5758; RFC 8410). MD2 and MD4 are not computed: such signatures become noise.
var signatureAlgorithms = map[string]signatureAlgorithm{
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04": {keyRSA, crypto.MD5},
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05": {keyRSA, crypto.SHA1},
	"\x2b\x0e\x03\x02\x1d":                 {keyRSA, crypto.SHA1},
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0e": {keyRSA, crypto.SHA224},
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b": {keyRSA, crypto.SHA256},
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c": {keyRSA, crypto.SHA384},
	"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d": {keyRSA, crypto.SHA512},
	"\x2a\x86\x48\xce\x3d\x04\x01":         {keyECDSA, crypto.SHA1},
	"\x2a\x86\x48\xce\x3d\x04\x03\x01":     {keyECDSA, crypto.SHA224},
	"\x2a\x86\x48\xce\x3d\x04\x03\x02":     {keyECDSA, crypto.SHA256},
	"\x2a\x86\x48\xce\x3d\x04\x03\x03":     {keyECDSA, crypto.SHA384},
	"\x2a\x86\x48\xce\x3d\x04\x03\x04":     {keyECDSA, crypto.SHA512},
	oidEd25519:                             {keyEd25519, 0},
}

// sign puts a signature of the issuer's key into a certificate, which is of the length of
// the one that was there. Without the issuer's key, or where that is of another size, a key
// is used that is thrown away. Where there is no signature to be had, noise takes its place.
func (d *Disguise) sign(v *certificateView, issuer crypto.Signer) bool {
	room := v.signature.content[1:]
	d.Remember(KindSignature, room)
	a, o := readSignatureAlgorithm(v.outer)
	if a.key != 0 {
		digest := v.signed
		if a.hash != 0 {
			h := a.hash.New()
			h.Write(v.signed)
			digest = h.Sum(nil)
		}
		for _, k := range []crypto.Signer{issuer, d.keys.thrownAway(a, v.issuer.whole, len(room))} {
			if out, ok := d.Sign(k, digest, o, len(room)); ok {
				copy(room, out)
				return true
			}
		}
	}
	d.signatureValue(room)
	return false
}

// readSignatureAlgorithm gives the algorithm with what a signer needs to know.
func readSignatureAlgorithm(n node) (signatureAlgorithm, crypto.SignerOpts) {
	parts, err := n.as(tagSequence)
	if err != nil || len(parts) == 0 || parts[0].tag != tagOID {
		return signatureAlgorithm{}, nil
	}
	if parts[0].isOID(oidRSAPSS) {
		o := readPSS(parts[1:])
		return signatureAlgorithm{keyRSA, o.Hash}, o
	}
	a := signatureAlgorithms[string(parts[0].content)]
	return a, a.hash
}

// hashes by their object identifiers.
var hashes = map[string]crypto.Hash{
	"\x2b\x0e\x03\x02\x1a":                 crypto.SHA1,
	"\x60\x86\x48\x01\x65\x03\x04\x02\x04": crypto.SHA224,
	"\x60\x86\x48\x01\x65\x03\x04\x02\x01": crypto.SHA256,
	"\x60\x86\x48\x01\x65\x03\x04\x02\x02": crypto.SHA384,
	"\x60\x86\x48\x01\x65\x03\x04\x02\x03": crypto.SHA512,
}

// readPSS reads RSASSA-PSS-params (RFC 4055, section 3.1), whose defaults are SHA-1 and a
// salt of 20 bytes. A mask made with another hash than the digest is nowhere in use.
func readPSS(parameters []node) *rsa.PSSOptions {
	o := &rsa.PSSOptions{Hash: crypto.SHA1, SaltLength: 20}
	if len(parameters) == 0 {
		return o
	}
	fields, err := parameters[0].children()
	if err != nil {
		return o
	}
	for _, f := range fields {
		inner, err := readOnly(f.content)
		if err != nil {
			continue
		}
		switch f.tag {
		case nested:
			if parts, err := inner.children(); err == nil && len(parts) > 0 {
				o.Hash = hashes[string(parts[0].content)]
			}
		case nested | 2:
			if len(inner.content) == 1 {
				o.SaltLength = int(inner.content[0])
			}
		}
	}
	return o
}

// maxSignatures bounds how often one is made again until its length fits. Of signatures of
// ECDSA, one in four is of the greatest length, one in two and one in four are shorter by one
// and two bytes, and about one in 170 by three. Who waits for a shorter one waits long.
const (
	maxSignatures = 2000
	shortest      = 3
)

// Sign signs a digest so that the signature has the length, if that can be had. Options are
// those of the key's own Sign; for Ed25519 the digest is the message.
func (d *Disguise) Sign(k crypto.Signer, digest []byte, o crypto.SignerOpts, length int) ([]byte, bool) {
	switch k := k.(type) {
	case *rsaKey:
		if k == nil {
			return nil, false
		}
		out, err := k.Sign(nil, digest, o)
		return out, err == nil && len(out) == length
	case ed25519.PrivateKey:
		out := ed25519.Sign(k, digest)
		return out, len(out) == length
	case *ecdsa.PrivateKey:
		if longest := longestECDSA(k.Curve); length > longest || length < longest-shortest {
			return nil, false
		}
		return d.signECDSA(k, digest, length)
	}
	return nil, false
}

// signECDSA signs as SEC 1, section 4.1.3, has it, with numbers of our own drawing, until
// the signature is as long as it should be.
func (d *Disguise) signECDSA(k *ecdsa.PrivateKey, digest []byte, length int) ([]byte, bool) {
	private, err := k.Bytes()
	if err != nil {
		return nil, false
	}
	secret, order := new(big.Int).SetBytes(private), k.Curve.Params().N
	e := new(big.Int).SetBytes(digest)
	if extra := 8*len(digest) - order.BitLen(); extra > 0 {
		e.Rsh(e, uint(extra))
	}
	random := d.stream("signature", append(private, digest...))
	for range maxSignatures {
		r, nonce := drawPoint(random, k.Curve)
		s := new(big.Int).Mul(r, secret)
		s.Mod(s.Mul(s.Add(s, e), nonce.ModInverse(nonce, order)), order)
		if out := appendSignature(nil, r, s); len(out) == length && r.Sign() > 0 && s.Sign() > 0 {
			return out, true
		}
	}
	return nil, false
}

// drawPoint draws a number and gives it with the first coordinate of the point that it makes.
func drawPoint(random stream, c elliptic.Curve) (x, nonce *big.Int) {
	k := drawEC(random, c)
	private, err := k.Bytes()
	point, err2 := k.PublicKey.Bytes()
	if err != nil || err2 != nil {
		return new(big.Int), big.NewInt(1)
	}
	x = new(big.Int).SetBytes(point[1 : 1+(len(point)-1)/2])
	return x.Mod(x, c.Params().N), new(big.Int).SetBytes(private)
}

// appendSignature writes an ECDSA-Sig-Value (RFC 3279, section 2.2.3).
func appendSignature(b []byte, r, s *big.Int) []byte {
	var content []byte
	for _, n := range []*big.Int{r, s} {
		content = appendNode(content, tagInteger, n.FillBytes(make([]byte, n.BitLen()/8+1)))
	}
	return appendNode(b, tagSequence, content)
}

// signatureValue makes noise of a signature, in place. Two numbers in DER stay two numbers.
func (d *Disguise) signatureValue(b []byte) {
	n, err := readOnly(b)
	if err == nil && n.tag == tagSequence {
		d.scrub(KindSignature, n, 0)
		return
	}
	d.cover(KindSignature, b)
}

// Signature makes noise of a signature that cannot be made again.
func (d *Disguise) Signature(b []byte) []byte {
	out := append([]byte(nil), b...)
	d.signatureValue(out)
	return out
}
