package parley

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A certificate is one of Config.Certificates, its leaf parsed and its kind known.
type certificate struct {
	tls  *tls.Certificate
	leaf *x509.Certificate
	auth suite.Authentication // zero: its key serves TLS 1.3 only
}

func newCertificate(c *tls.Certificate) (*certificate, error) {
	if len(c.Certificate) == 0 {
		return nil, errors.New("it holds no certificate")
	}
	leaf := c.Leaf
	if leaf == nil {
		var err error
		if leaf, err = x509.ParseCertificate(c.Certificate[0]); err != nil {
			return nil, err
		}
	}
	signer, ok := c.PrivateKey.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("its private key (%T) is no crypto.Signer", c.PrivateKey)
	}
	if !sameKey(leaf.PublicKey, signer.Public()) {
		return nil, errors.New("its private key is another's")
	}
	out := &certificate{tls: c, leaf: leaf}
	switch leaf.PublicKey.(type) {
	case *rsa.PublicKey:
		out.auth = suite.AuthRSA
	case *ecdsa.PublicKey:
		out.auth = suite.AuthECDSA
	}
	return out, nil
}

func sameKey(a, b crypto.PublicKey) bool {
	comparable, ok := a.(interface{ Equal(crypto.PublicKey) bool })
	return ok && comparable.Equal(b)
}

func (c *Config) checkCertificates() ([]*certificate, error) {
	var out []*certificate
	classic := false
	for i := range c.Certificates {
		made, err := newCertificate(&c.Certificates[i])
		if err != nil {
			return nil, fmt.Errorf("[%d]: %w", i, err)
		}
		classic = classic || made.auth != 0
		out = append(out, made)
	}
	switch {
	case c.GetCertificate != nil || c.ForClient != nil:
	case len(out) == 0:
		return nil, errors.New(": there is none, and neither GetCertificate nor ForClient")
	case !classic && c.MinVersion < tls.VersionTLS13:
		return nil, errors.New(": none has an RSA or ECDSA key, without which TLS 1.2 cannot be served")
	}
	return out, nil
}

// usable reports whether a shared suite uses this kind of key.
func usable(auth suite.Authentication, q handshake.CertificateQuestion) bool {
	return auth == suite.AuthRSA && q.RSA || auth == suite.AuthECDSA && q.ECDSA
}

// choose picks the certificate for a client: of those whose key a shared suite
// uses the first that has the name asked for, else the first.
func (r *rules) choose(q handshake.CertificateQuestion) (*certificate, error) {
	var first *certificate
	for _, c := range r.certificates {
		if !usable(c.auth, q) {
			continue
		}
		if q.ServerName != "" && c.leaf.VerifyHostname(q.ServerName) == nil {
			return c, nil
		}
		if first == nil {
			first = c
		}
	}
	if first == nil {
		return nil, noCertificate(q)
	}
	return first, nil
}

// noCertificate is a Fault and not an error of the Config: the same certificates
// may serve other clients.
func noCertificate(q handshake.CertificateQuestion) error {
	kinds := map[[2]bool]string{{true, false}: "an RSA", {false, true}: "an ECDSA", {true, true}: "an RSA or ECDSA"}
	return &wire.Fault{
		Alert: wire.AlertHandshakeFailure, Finding: "suite-none-shared",
		Reason: "the client's cipher suites need " + kinds[[2]bool{q.RSA, q.ECDSA}] + " certificate, and there is none",
	}
}

// getCertificate asks GetCertificate and, where that has none, the list.
func (r *rules) getCertificate(info *ClientInfo, q handshake.CertificateQuestion) (*certificate, error) {
	got, err := r.config.GetCertificate(info)
	switch {
	case err != nil:
		return nil, &wire.Fault{Alert: wire.AlertInternalError, Reason: fmt.Sprintf("GetCertificate: %v", err)}
	case got == nil:
		return r.choose(q)
	}
	made, err := newCertificate(got)
	switch {
	case err != nil:
		return nil, &wire.Fault{Alert: wire.AlertInternalError, Reason: fmt.Sprintf("the certificate that GetCertificate gave: %v", err)}
	case !usable(made.auth, q):
		return nil, noCertificate(q)
	}
	return made, nil
}
