package parley

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// check holds a Config to what can work, and names the field that cannot. It
// gives the certificates as they will be chosen from.
func (c *Config) check() ([]*certificate, error) {
	checks := []struct {
		field string
		check func() error
	}{
		{"MinVersion", c.checkMinVersion},
		{"MaxVersion", c.checkMaxVersion},
		{"CipherSuites", c.checkSuites},
		{"Curves", c.checkCurves},
		{"ALPN", c.checkALPN},
		{"Modern", c.checkModern},
		{"ClientAuth", c.checkClientAuth},
		{"Policy", c.checkPolicy},
		{"TicketKeys", c.checkTicketKeys},
		{"MaxHandshakes", notNegative(c.MaxHandshakes)},
		{"HandshakeTimeout", notNegative(c.HandshakeTimeout)},
		{"RenegotiateTimeout", notNegative(c.RenegotiateTimeout)},
	}
	for _, f := range checks {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("parley: Config.%s: %w", f.field, err)
		}
	}
	certificates, err := c.checkCertificates()
	if err != nil {
		return nil, fmt.Errorf("parley: Config.Certificates%w", err)
	}
	return certificates, nil
}

func (c *Config) checkMinVersion() error {
	if v := wire.Version(c.MinVersion); v != 0 && (v < wire.VersionTLS10 || v > wire.VersionTLS13) {
		return fmt.Errorf("%s is not served; there are TLS 1.0 to TLS 1.3", v)
	}
	return nil
}

func (c *Config) checkMaxVersion() error {
	v := wire.Version(c.MaxVersion)
	switch {
	case v != 0 && (v < wire.VersionTLS10 || v > wire.VersionTLS13):
		return fmt.Errorf("%s is not served; there are TLS 1.0 to TLS 1.3", v)
	case v != 0 && c.MaxVersion < c.MinVersion:
		return fmt.Errorf("%s is below MinVersion, %s", v, wire.Version(c.MinVersion))
	}
	return nil
}

func (c *Config) checkSuites() error {
	if c.CipherSuites != nil && len(c.CipherSuites) == 0 {
		return errors.New("an empty list serves nobody; nil stands for the default")
	}
	for _, id := range c.CipherSuites {
		if suite.ByID(wire.SuiteID(id)) == nil {
			return fmt.Errorf("%s is not served (those of TLS 1.3 are not a setting)", wire.SuiteID(id))
		}
	}
	return nil
}

func (c *Config) checkCurves() error {
	for _, id := range c.Curves {
		if g := wire.Group(id); !isClassic(g) && g != wire.GroupX25519MLKEM768 {
			return fmt.Errorf("%s is not served", g)
		}
	}
	if c.Curves != nil && len(c.groups()) == 0 {
		return errors.New("none of these serves TLS 1.2")
	}
	return nil
}

// isClassic knows the curves that TLS 1.2 and before can use.
func isClassic(g wire.Group) bool { return slices.Contains(defaultGroups, g) }

func (c *Config) checkALPN() error {
	for _, p := range c.ALPN {
		if len(p) == 0 || len(p) > 255 {
			return fmt.Errorf("a protocol's name has 1 to 255 bytes: %q", p)
		}
	}
	return nil
}

func (c *Config) checkModern() error {
	switch m := c.Modern; {
	case m == nil:
	case !c.servesModern():
		return errors.New("it serves TLS 1.3, and MaxVersion ends before that")
	case m.MaxVersion != 0 && m.MaxVersion < tls.VersionTLS13:
		return errors.New("its MaxVersion ends before TLS 1.3")
	}
	return nil
}

func (c *Config) checkClientAuth() error {
	switch {
	case c.ClientAuth < tls.NoClientCert || c.ClientAuth > tls.RequireAndVerifyClientCert:
		return fmt.Errorf("%d is not one of crypto/tls's", c.ClientAuth)
	case verifies(c.ClientAuth) && c.ClientCAs == nil:
		// crypto/tls falls back to the system's roots, which vouch for the names of
		// servers and for no client.
		return fmt.Errorf("%s needs ClientCAs", c.ClientAuth)
	}
	return nil
}

func (c *Config) checkPolicy() error { return c.Policy.Check() }

func (c *Config) checkTicketKeys() error {
	if c.TicketKeys == nil {
		return nil
	}
	keys := c.TicketKeys.Keys()
	if len(keys) == 0 {
		return errors.New("it has no key")
	}
	for i, k := range keys {
		if k.aead == nil {
			return fmt.Errorf("key %d was not made by NewTicketKey", i)
		}
	}
	return nil
}

func notNegative[T ~int | ~int64](v T) func() error {
	return func() error {
		if v < 0 {
			return fmt.Errorf("%v is negative", v)
		}
		return nil
	}
}
