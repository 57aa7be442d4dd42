package legacyclient

import (
	"crypto"
	"crypto/ecdsa"
	_ "crypto/md5" // linked for digestOf, as the next ones are
	"crypto/rand"
	"crypto/rsa"
	_ "crypto/sha1"
	_ "crypto/sha256"
	_ "crypto/sha512"
	"errors"
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

// defaultSchemes are what OpenSSL 1.0.1 offers, without DSA and SHA-224.
var defaultSchemes = []wire.SignatureScheme{
	wire.SchemeRSAPKCS1SHA512, wire.SchemeECDSAP521SHA512,
	wire.SchemeRSAPKCS1SHA384, wire.SchemeECDSAP384SHA384,
	wire.SchemeRSAPKCS1SHA256, wire.SchemeECDSAP256SHA256,
	wire.SchemeRSAPKCS1SHA1, wire.SchemeECDSASHA1,
}

// A signing is what a SignatureScheme of TLS 1.2 says.
type signing struct {
	hash  crypto.Hash
	ecdsa bool
	pss   bool
}

var signings = map[wire.SignatureScheme]signing{
	wire.SchemeRSAPKCS1SHA1:     {hash: crypto.SHA1},
	wire.SchemeRSAPKCS1SHA256:   {hash: crypto.SHA256},
	wire.SchemeRSAPKCS1SHA384:   {hash: crypto.SHA384},
	wire.SchemeRSAPKCS1SHA512:   {hash: crypto.SHA512},
	wire.SchemeECDSASHA1:        {hash: crypto.SHA1, ecdsa: true},
	wire.SchemeECDSAP256SHA256:  {hash: crypto.SHA256, ecdsa: true},
	wire.SchemeECDSAP384SHA384:  {hash: crypto.SHA384, ecdsa: true},
	wire.SchemeECDSAP521SHA512:  {hash: crypto.SHA512, ecdsa: true},
	wire.SchemeRSAPSSRSAESHA256: {hash: crypto.SHA256, pss: true},
	wire.SchemeRSAPSSRSAESHA384: {hash: crypto.SHA384, pss: true},
	wire.SchemeRSAPSSRSAESHA512: {hash: crypto.SHA512, pss: true},
}

// signingOf is the scheme's meaning in TLS 1.2; before it, MD5 and SHA-1 for RSA
// and SHA-1 for ECDSA (RFC 4346, section 7.4.3; RFC 8422, section 5.10).
func signingOf(v wire.Version, public crypto.PublicKey, scheme wire.SignatureScheme) (signing, error) {
	_, isECDSA := public.(*ecdsa.PublicKey)
	_, isRSA := public.(*rsa.PublicKey)
	how, known := signings[scheme]
	switch {
	case !isECDSA && !isRSA:
		return signing{}, errors.New("the key is neither RSA nor ECDSA")
	case v < wire.VersionTLS12 && isECDSA:
		return signing{hash: crypto.SHA1, ecdsa: true}, nil
	case v < wire.VersionTLS12:
		return signing{hash: crypto.MD5SHA1}, nil
	case !known || how.ecdsa != isECDSA:
		return signing{}, fmt.Errorf("the scheme %v is not one for the key", scheme)
	}
	return how, nil
}

var errSignature = errors.New("the signature does not verify")

func verifyServer(v wire.Version, public crypto.PublicKey, scheme wire.SignatureScheme, signed, signature []byte) error {
	how, err := signingOf(v, public, scheme)
	if err != nil {
		return err
	}
	digest := digestOf(how.hash, signed)
	ok := false
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		ok = ecdsa.VerifyASN1(key, digest, signature)
	case *rsa.PublicKey:
		if how.pss {
			ok = rsa.VerifyPSS(key, how.hash, digest, signature, how.options().(*rsa.PSSOptions)) == nil
		} else {
			ok = rsa.VerifyPKCS1v15(key, how.hash, digest, signature) == nil
		}
	}
	if !ok {
		return errSignature
	}
	return nil
}

// digestOf hashes, where MD5SHA1 is one after the other.
func digestOf(id crypto.Hash, b []byte) []byte {
	if id == crypto.MD5SHA1 {
		return append(digestOf(crypto.MD5, b), digestOf(crypto.SHA1, b)...)
	}
	h := id.New()
	h.Write(b)
	return h.Sum(nil)
}

func (how signing) options() crypto.SignerOpts {
	if how.pss {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: how.hash}
	}
	return how.hash
}

func sign(key crypto.Signer, how signing, digest []byte) ([]byte, error) {
	return key.Sign(rand.Reader, digest, how.options())
}
