package handshake

import (
	"crypto"
	"crypto/ecdh"
	"crypto/rsa"
	"crypto/x509"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// maxRSABits bounds what a client can make us compute.
const maxRSABits = 8192

// CheckKey refuses a certificate with a key that costs too much to verify with,
// be it of a client or of an authority in its chain (CVE-2023-29409).
func CheckKey(cert *x509.Certificate) error {
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
		return fault(wire.AlertBadCertificate, "client-cert-refused", "an RSA key in the client's chain has %d bits; at most %d are verified", key.N.BitLen(), maxRSABits)
	}
	return nil
}

// expectCertificate waits for the client's certificate, perhaps an empty one.
type expectCertificate struct {
	n     *negotiation
	share *ecdh.PrivateKey
}

func (expectCertificate) String() string { return "Certificate" }

func (expectCertificate) accepts() []wire.MessageType {
	return []wire.MessageType{wire.MessageCertificate}
}

func (x expectCertificate) take(s *Server, m wire.Message) (state, error) {
	certificate, err := wire.ParseCertificate(m)
	if err != nil {
		return nil, err
	}
	s.transcript.Write(m)
	next := expectClientKeyExchange{n: x.n, share: x.share}
	if len(certificate.Chain) == 0 {
		if s.settings.ClientAuth == ClientAuthRequired {
			// RFC 5246, section 7.4.6
			return nil, fault(wire.AlertHandshakeFailure, "client-cert-missing", "a client certificate is required and the client has none")
		}
		return next, nil
	}
	for _, der := range certificate.Chain {
		next.chain = append(next.chain, slices.Clone(der))
	}
	if next.leaf, err = parseLeaf(next.chain); err != nil {
		return nil, err
	}
	return next, nil
}

// parseLeaf reads the certificate whose key must sign, and refuses keys that we
// cannot or will not verify with.
func parseLeaf(chain [][]byte) (*x509.Certificate, error) {
	cert, err := leaf(chain)
	if err != nil {
		return nil, fault(wire.AlertBadCertificate, "client-cert-refused", "the client's certificate cannot be read: %v", err)
	}
	if _, ok := authenticates(cert.PublicKey); !ok {
		return nil, fault(wire.AlertUnsupportedCertificate, "client-cert-refused", "the client's certificate has a %s key", cert.PublicKeyAlgorithm)
	}
	return cert, CheckKey(cert)
}

// expectCertificateVerify waits for the proof that the client has the key of the
// certificate it sent.
type expectCertificateVerify struct{ leaf *x509.Certificate }

func (expectCertificateVerify) String() string { return "CertificateVerify" }

func (expectCertificateVerify) accepts() []wire.MessageType {
	return []wire.MessageType{wire.MessageCertificateVerify}
}

func (x expectCertificateVerify) take(s *Server, m wire.Message) (state, error) {
	verify, err := wire.ParseCertificateVerify(m, s.outcome.Version)
	if err != nil {
		return nil, err
	}
	digest, opts, err := s.digestToVerify(x.leaf.PublicKey, verify.Scheme)
	if err != nil {
		return nil, err
	}
	if err := verifySignature(x.leaf.PublicKey, digest, opts, verify.Signature); err != nil {
		return nil, fault(wire.AlertDecryptError, "client-cert-refused", "the client did not prove that it has its certificate's key: %v", err)
	}
	s.transcript.DropVerify()
	s.transcript.Write(m)
	return expectChangeCipherSpec{next: expectFinished{}}, nil
}

// digestToVerify is what the client must have signed (RFC 5246, section 7.4.8).
func (s *Server) digestToVerify(public crypto.PublicKey, id wire.SignatureScheme) ([]byte, crypto.SignerOpts, error) {
	auth, _ := authenticates(public)
	if s.outcome.Version < wire.VersionTLS12 {
		hash := crypto.MD5SHA1
		if auth == suite.AuthECDSA {
			hash = crypto.SHA1
		}
		return s.transcript.Digest(hash), hash, nil
	}
	if !slices.Contains(clientSchemes, id) || schemes[id].auth != auth {
		return nil, nil, fault(wire.AlertIllegalParameter, "client-cert-refused", "the client signed with %s, which we did not ask for", id)
	}
	return s.transcript.Digest(schemes[id].hash), schemes[id].opts(), nil
}
