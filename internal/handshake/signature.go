package handshake

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/md5"
	"crypto/rsa"
	"crypto/sha1"
	"errors"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A scheme says how a SignatureScheme of TLS 1.2 signs.
type scheme struct {
	auth suite.Authentication
	hash crypto.Hash
	pss  bool
}

var schemes = map[wire.SignatureScheme]scheme{
	wire.SchemeRSAPKCS1SHA256:   {suite.AuthRSA, crypto.SHA256, false},
	wire.SchemeRSAPKCS1SHA384:   {suite.AuthRSA, crypto.SHA384, false},
	wire.SchemeRSAPKCS1SHA512:   {suite.AuthRSA, crypto.SHA512, false},
	wire.SchemeRSAPKCS1SHA1:     {suite.AuthRSA, crypto.SHA1, false},
	wire.SchemeRSAPSSRSAESHA256: {suite.AuthRSA, crypto.SHA256, true},
	wire.SchemeRSAPSSRSAESHA384: {suite.AuthRSA, crypto.SHA384, true},
	wire.SchemeRSAPSSRSAESHA512: {suite.AuthRSA, crypto.SHA512, true},
	wire.SchemeECDSAP256SHA256:  {suite.AuthECDSA, crypto.SHA256, false},
	wire.SchemeECDSAP384SHA384:  {suite.AuthECDSA, crypto.SHA384, false},
	wire.SchemeECDSAP521SHA512:  {suite.AuthECDSA, crypto.SHA512, false},
	wire.SchemeECDSASHA1:        {suite.AuthECDSA, crypto.SHA1, false},
}

// ourSchemes are those we sign with, in our order. PKCS #1 stands before PSS:
// every TLS 1.2 client has it, and nothing is known against its signatures.
var ourSchemes = []wire.SignatureScheme{
	wire.SchemeECDSAP256SHA256, wire.SchemeECDSAP384SHA384, wire.SchemeECDSAP521SHA512,
	wire.SchemeRSAPKCS1SHA256, wire.SchemeRSAPKCS1SHA384, wire.SchemeRSAPKCS1SHA512,
	wire.SchemeRSAPSSRSAESHA256, wire.SchemeRSAPSSRSAESHA384, wire.SchemeRSAPSSRSAESHA512,
	wire.SchemeECDSASHA1, wire.SchemeRSAPKCS1SHA1,
}

// clientSchemes are those that a client's CertificateVerify may use.
var clientSchemes = ourSchemes

// signs gives the kinds of key whose signatures the client takes, so that of two
// certificates the one is shown that serves.
func (n *negotiation) signs() ([]suite.Authentication, error) {
	if n.version < wire.VersionTLS12 {
		return []suite.Authentication{suite.AuthRSA, suite.AuthECDSA}, nil
	}
	offered, err := n.schemesOffered()
	if err != nil {
		return nil, err
	}
	var out []suite.Authentication
	for _, ours := range ourSchemes {
		if slices.Contains(offered, ours) {
			out = append(out, schemes[ours].auth)
		}
	}
	return out, nil
}

// schemesOffered are the client's signature schemes in TLS 1.2.
func (n *negotiation) schemesOffered() ([]wire.SignatureScheme, error) {
	if _, sent := n.hello.Extension(wire.ExtensionSignatureAlgorithms); !sent {
		// RFC 5246, section 7.4.1.4.1: as if it had said SHA-1.
		return []wire.SignatureScheme{wire.SchemeRSAPKCS1SHA1, wire.SchemeECDSASHA1}, nil
	}
	offered, err := n.hello.SignatureSchemes()
	if err != nil {
		return nil, fault(wire.AlertDecodeError, "hello-malformed", "%v", err)
	}
	return offered, nil
}

// signatureScheme picks how to sign ServerKeyExchange in TLS 1.2; zero: no
// scheme is shared, or the version is older and needs none.
func (n *negotiation) signatureScheme() (wire.SignatureScheme, error) {
	if n.version < wire.VersionTLS12 {
		return 0, nil
	}
	offered, err := n.schemesOffered()
	if err != nil {
		return 0, err
	}
	for _, ours := range ourSchemes {
		if slices.Contains(offered, ours) && schemes[ours].signsWith(n.certificate.Public) {
			return ours, nil
		}
	}
	return 0, nil
}

// signsWith reports whether a key can sign so: of its kind and long enough.
func (x scheme) signsWith(public crypto.PublicKey) bool {
	auth, ok := authenticates(public)
	if !ok || auth != x.auth {
		return false
	}
	key, isRSA := public.(*rsa.PublicKey)
	if !isRSA {
		return true
	}
	// RFC 8017: the encoded hash must fit, DigestInfo's 19 bytes and 11 of padding,
	// or for PSS a salt of the hash's length and two bytes.
	need := x.hash.Size() + 30
	if x.pss {
		need = 2*x.hash.Size() + 2
	}
	return key.Size() >= need
}

// opts says the same to a crypto.Signer.
func (x scheme) opts() crypto.SignerOpts {
	if x.pss {
		return &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash, Hash: x.hash}
	}
	return x.hash
}

// digestToSign hashes what ServerKeyExchange signs: by the scheme in TLS 1.2,
// before by MD5 and SHA-1 for RSA and SHA-1 for ECDSA (RFC 4346, section 7.4.3).
func digestToSign(v wire.Version, auth suite.Authentication, id wire.SignatureScheme, data []byte) ([]byte, crypto.SignerOpts) {
	if v == wire.VersionTLS12 {
		x := schemes[id]
		h := x.hash.New()
		h.Write(data)
		return h.Sum(nil), x.opts()
	}
	sha := sha1.Sum(data)
	if auth == suite.AuthECDSA {
		return sha[:], crypto.SHA1
	}
	sum := md5.Sum(data)
	return append(sum[:], sha[:]...), crypto.MD5SHA1
}

var errSignature = errors.New("the signature does not verify")

// verifySignature checks a client's signature over a digest.
func verifySignature(public crypto.PublicKey, digest []byte, opts crypto.SignerOpts, signature []byte) error {
	switch key := public.(type) {
	case *ecdsa.PublicKey:
		if ecdsa.VerifyASN1(key, digest, signature) {
			return nil
		}
	case *rsa.PublicKey:
		if pss, ok := opts.(*rsa.PSSOptions); ok {
			return rsa.VerifyPSS(key, pss.Hash, digest, signature, pss)
		}
		return rsa.VerifyPKCS1v15(key, opts.HashFunc(), digest, signature)
	}
	return errSignature
}
