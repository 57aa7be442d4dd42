package proxy

import (
	"crypto/ecdsa"
	"crypto/tls"
	"log/slog"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// warnSuites says which of the suites that the operator chose are weak, and
// which versions are left without one.
func (s *Settings) warnSuites(log *slog.Logger, certificates []tls.Certificate) {
	if len(s.Suites) == 0 {
		return
	}
	for _, id := range s.Suites {
		if weak := suite.ByID(wire.SuiteID(id)).Weak; weak != "" {
			log.Warn("a weak cipher suite is on", "suite", wire.SuiteID(id).String(), "why", weak)
		}
	}
	for v := max(wire.Version(s.MinVersion), wire.VersionTLS10); v <= wire.VersionTLS12; v++ {
		if s.MaxVersion != 0 && v > wire.Version(s.MaxVersion) {
			return
		}
		if !s.serves(v, certificates) {
			log.Warn("no client can connect with this version: none of the suites is for it and for a certificate given", "version", v.String(),
				"do", "add a suite, or raise min-version")
		}
	}
}

// serves says whether one of the suites can be used in a version with one of the
// certificates.
func (s *Settings) serves(v wire.Version, certificates []tls.Certificate) bool {
	for _, id := range s.Suites {
		chosen := suite.ByID(wire.SuiteID(id))
		for _, c := range certificates {
			if v >= chosen.MinVersion && chosen.Authentication == authentication(c) {
				return true
			}
		}
	}
	return false
}

// authentication is what a certificate's key can do. Other kinds are refused
// when files are read.
func authentication(c tls.Certificate) suite.Authentication {
	if _, ok := c.Leaf.PublicKey.(*ecdsa.PublicKey); ok {
		return suite.AuthECDSA
	}
	return suite.AuthRSA
}
