package parley_test

import (
	"crypto/tls"
	"fmt"
	"slices"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func TestEverySuiteOfCryptoTLSIsServed(t *testing.T) {
	var all []uint16
	for _, s := range suite.All() {
		all = append(all, uint16(s.ID))
	}
	l := listen(t, server(func(c *parley.Config) { c.CipherSuites = all }))
	serveEcho(t, l)
	for version := uint16(tls.VersionTLS10); version <= tls.VersionTLS12; version++ {
		for _, s := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			if !slices.Contains(s.SupportedVersions, version) || !slices.Contains(all, s.ID) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s", wire.Version(version), s.Name), func(t *testing.T) {
				c := dial(t, l, client(func(c *tls.Config) {
					c.MaxVersion, c.CipherSuites = version, []uint16{s.ID}
				}))
				if cs := c.ConnectionState(); cs.Version != version || cs.CipherSuite != s.ID {
					t.Errorf("negotiated %x, %x", cs.Version, cs.CipherSuite)
				}
				for _, n := range []int{1, 100, 200_000} {
					echoes(t, c, n)
				}
			})
		}
	}
}

func TestTLS13IsServedByCryptoTLS(t *testing.T) {
	s, c := pair(t, server(), client(func(c *tls.Config) { c.MaxVersion = tls.VersionTLS13 }))
	go echo(s)
	echoes(t, c, 100_000)
	if v := c.ConnectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("the client speaks %s", wire.Version(v))
	}
	if v := s.ConnectionState().Version; v != tls.VersionTLS13 {
		t.Errorf("the server speaks %s", wire.Version(v))
	}
}
