package bogo

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
	"slices"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/suite"
)

// configure writes what the flags say into a Config. BoringSSL's shim serves every
// suite that it knows where no list is given, and the runner counts on that.
func configure(config *parley.Config, c *connection) error {
	config.CipherSuites = c.suites
	if config.CipherSuites == nil {
		for _, s := range suite.All() {
			config.CipherSuites = append(config.CipherSuites, uint16(s.ID))
		}
	}
	config.Curves, config.NoTickets = c.curves, c.noTicket
	config.ALPN = nil
	if c.alpn != "" {
		config.ALPN = []string{c.alpn}
	}
	config.Policy = policy(c)
	var err error
	if config.MinVersion, config.MaxVersion, err = c.versions(); err != nil {
		return err
	}
	if err := askClient(config, c); err != nil {
		return err
	}
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	config.Certificates = []tls.Certificate{pair}
	return err
}

// versions is the range that is served. The flags may leave holes, which a Config
// cannot have.
func (c *connection) versions() (least, most uint16, err error) {
	for v := uint16(tls.VersionTLS10); v <= tls.VersionTLS13; v++ {
		switch {
		case v < c.minVersion, c.maxVersion != 0 && v > c.maxVersion, slices.Contains(c.without, v):
			continue
		case least == 0:
			least = v
		case v != most+1:
			return 0, 0, unimplemented{"a range of versions with a hole"}
		}
		most = v
	}
	if least == 0 {
		return 0, 0, unimplemented{"a version before TLS 1.0"}
	}
	return least, most, nil
}

// policy is the default one but for what the flags allow or forbid.
func policy(c *connection) parley.Policy {
	var p parley.Policy
	if c.trustBare {
		p.Bare = parley.AnswerTrust
	}
	if c.refuseRenegotiation {
		p.Secure, p.Reset, p.Bare = parley.AnswerRefuse, parley.AnswerRefuse, parley.AnswerRefuse
	}
	return p
}

// askClient sets what is asked of the client. "Any" certificate is one that nobody
// verifies.
func askClient(config *parley.Config, c *connection) error {
	config.ClientAuth, config.ClientCAs = tls.NoClientCert, nil
	switch {
	case c.requireCertificate:
		config.ClientAuth = tls.RequireAnyClientCert
	case c.requestCertificate:
		config.ClientAuth = tls.RequestClientCert
	}
	if c.trustCert == "" || config.ClientAuth == tls.NoClientCert {
		return nil
	}
	pem, err := os.ReadFile(c.trustCert)
	if err != nil {
		return err
	}
	config.ClientCAs = x509.NewCertPool()
	if !config.ClientCAs.AppendCertsFromPEM(pem) {
		return fmt.Errorf("%s holds no certificate", c.trustCert)
	}
	if c.requestCertificate && !c.requireCertificate {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	return nil
}
