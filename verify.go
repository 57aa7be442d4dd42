package parley

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/wire"
)

// clientAuth says what the handshake asks of the client; verification is ours.
func clientAuth(a tls.ClientAuthType) handshake.ClientAuth {
	switch a {
	case tls.RequestClientCert, tls.VerifyClientCertIfGiven:
		return handshake.ClientAuthRequest
	case tls.RequireAnyClientCert, tls.RequireAndVerifyClientCert:
		return handshake.ClientAuthRequired
	}
	return handshake.ClientAuthNone
}

func verifies(a tls.ClientAuthType) bool {
	return a == tls.VerifyClientCertIfGiven || a == tls.RequireAndVerifyClientCert
}

// authorities lists the names for CertificateRequest.
func authorities(pool *x509.CertPool) [][]byte {
	if pool == nil {
		return nil
	}
	//lint:ignore SA1019 It lacks the system's roots only, by which clients are not verified; crypto/tls calls it for the same message.
	return pool.Subjects()
}

// A peer is a client's certificates, parsed and judged.
type peer struct {
	certificates []*x509.Certificate
	chains       [][]*x509.Certificate // nil: not verified
}

// leafIs reports whether der is the certificate that p begins with.
func (p *peer) leafIs(chain [][]byte) bool {
	return p != nil && slices.EqualFunc(p.certificates, chain, func(c *x509.Certificate, der []byte) bool {
		return slices.Equal(c.Raw, der)
	})
}

// judge parses a client's chain and verifies it if auth says so.
func (r *rules) judge(auth tls.ClientAuthType, chain [][]byte) (*peer, error) {
	if len(chain) == 0 {
		if clientAuth(auth) == handshake.ClientAuthRequired {
			return nil, &wire.Fault{Alert: wire.AlertHandshakeFailure, Finding: "client-cert-missing", Reason: "a client certificate is required and there is none"}
		}
		return nil, nil
	}
	if auth == tls.NoClientCert {
		return nil, refused(wire.AlertHandshakeFailure, errors.New("no client certificate is asked for here"))
	}
	p := new(peer)
	for _, der := range chain {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, refused(wire.AlertBadCertificate, err)
		}
		if err := handshake.CheckKey(c); err != nil {
			return nil, err
		}
		p.certificates = append(p.certificates, c)
	}
	if !verifies(auth) {
		return p, nil
	}
	options := x509.VerifyOptions{
		Roots: r.config.ClientCAs, CurrentTime: r.config.now(), Intermediates: x509.NewCertPool(),
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	for _, c := range p.certificates[1:] {
		options.Intermediates.AddCert(c)
	}
	var err error
	if p.chains, err = p.certificates[0].Verify(options); err != nil {
		return nil, refused(alertFor(err), err)
	}
	return p, nil
}

// alertFor gives the alert that RFC 5246, section 7.2.2 has for it.
func alertFor(err error) wire.Alert {
	var invalid x509.CertificateInvalidError
	switch {
	case errors.As(err, new(x509.UnknownAuthorityError)):
		return wire.AlertUnknownCA
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return wire.AlertCertificateExpired
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return wire.AlertUnsupportedCertificate
	}
	return wire.AlertBadCertificate
}

func refused(alert wire.Alert, err error) error {
	return &wire.Fault{Alert: alert, Finding: "client-cert-refused", Reason: fmt.Sprintf("the client's certificate is refused: %v", err)}
}
