package parley_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley"
)

// bulky is an authority whose key nobody has: an odd number of so many bits.
func bulky(bits int) *x509.Certificate {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	key := &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 1<<31 - 1}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "An authority with a long key"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, ca().certificate, key, ca().key))
	return must(x509.ParseCertificate(der))
}

// Verifying by a key of 400,000 bits, which a chain has room for, takes seconds
// (CVE-2023-29409): no certificate of the chain may make us.
func TestNoKeyInAClientsChainIsLongerThanWeVerifyWith(t *testing.T) {
	for bits, refused := range map[int]bool{8192: false, 8193: true} {
		alice := ca().issue("Alice", ecdsaKey())
		alice.Certificate = append(alice.Certificate, bulky(bits).Raw)
		for _, auth := range []tls.ClientAuthType{tls.RequireAnyClientCert, tls.RequireAndVerifyClientCert} {
			ended := make(chan parley.Event, 1)
			l := listen(t, server(requiring, func(c *parley.Config) {
				c.ClientAuth = auth
				c.Events = func(e parley.Event) {
					if e.Name == parley.EventHandshakeDone || e.Name == parley.EventHandshakeFailed {
						ended <- e
					}
				}
			}))
			c, err := tls.Dial("tcp", l.Addr().String(), client(showing(alice)))
			if err == nil {
				defer c.Close()
			}
			e := <-ended
			switch {
			case !refused && e.Name != parley.EventHandshakeDone:
				t.Errorf("%d bits, %v: %+v", bits, auth, e.Detail)
			case refused && e.Finding != "client-cert-refused":
				t.Errorf("%d bits, %v: %s, %+v", bits, auth, e.Name, e.Detail)
			case refused && !strings.Contains(e.Detail.(parley.FailureDetail).Reason, "8193 bits"):
				t.Errorf("%d bits, %v: %+v", bits, auth, e.Detail)
			}
		}
	}
}

// CertificateRequest has room for 64 KiB of names.
func TestMoreAuthoritiesThanCanBeNamedAreNotNamed(t *testing.T) {
	authorities := ca().pool()
	for i := range 70 {
		template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: fmt.Sprintf("%d %s", i, strings.Repeat("x", 1000))}}
		der := must(x509.CreateCertificate(rand.Reader, template, ca().certificate, ca().key.Public(), ca().key))
		authorities.AddCert(must(x509.ParseCertificate(der)))
	}
	config := server(requiring, func(c *parley.Config) { c.ClientCAs = authorities })
	s, c := pair(t, config, client(showing(ca().issue("Alice", ecdsaKey()))))
	go echo(s)
	echoes(t, c, 100)
	if state := s.State(); len(state.VerifiedChains) == 0 {
		t.Errorf("%+v", state)
	}
}
