package parley_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
)

// An authority signs the certificates of the tests.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

var rsaKey = sync.OnceValue(func() crypto.Signer { return must(rsa.GenerateKey(rand.Reader, 2048)) })

var ca = sync.OnceValue(newAuthority)

func newAuthority() authority {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Parley's test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der := must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key))
	return authority{certificate: must(x509.ParseCertificate(der)), key: key}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// pool trusts the authority.
func (a authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.certificate)
	return p
}

// issue makes a certificate for a name.
func (a authority) issue(name string, key crypto.Signer, change ...func(*x509.Certificate)) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: must(rand.Int(rand.Reader, big.NewInt(1<<62))), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	for _, f := range change {
		f(template)
	}
	der := must(x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key))
	return tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key}
}

func ecdsaKey() crypto.Signer { return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) }

// serverCertificates are one RSA and one ECDSA certificate for parley.test.
var serverCertificates = sync.OnceValue(func() []tls.Certificate {
	return []tls.Certificate{ca().issue("parley.test", rsaKey()), ca().issue("parley.test", ecdsaKey())}
})

// server is a Config that serves parley.test.
func server(change ...func(*parley.Config)) *parley.Config {
	c := &parley.Config{Certificates: serverCertificates()}
	for _, f := range change {
		f(c)
	}
	return c
}

// client is a tls.Config that trusts it, for TLS 1.2 unless changed.
func client(change ...func(*tls.Config)) *tls.Config {
	c := &tls.Config{ServerName: "parley.test", RootCAs: ca().pool(), MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS12}
	for _, f := range change {
		f(c)
	}
	return c
}

// listen starts a listener on the loopback address.
func listen(t testing.TB, config *parley.Config) *parley.Listener {
	t.Helper()
	l, err := parley.Listen("tcp", "127.0.0.1:0", config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// serveEcho gives each connection to an echo, and its end to the test.
func serveEcho(t testing.TB, l net.Listener) {
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { l.Close() })
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { echo(c) })
		}
	})
}

// echo sends back what comes, on one goroutine.
func echo(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 10_000)
	for {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		if _, err := c.Write(buf[:n]); err != nil {
			return
		}
	}
}

// dial connects a client; both ends are closed when the test is over.
func dial(t testing.TB, l net.Listener, config *tls.Config) *tls.Conn {
	t.Helper()
	c, err := tls.Dial("tcp", l.Addr().String(), config)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// echoes sends n bytes and wants them back.
func echoes(t testing.TB, c io.ReadWriter, n int) {
	t.Helper()
	out := make([]byte, n)
	rand.Read(out)
	sent := make(chan error, 1)
	go func() {
		_, err := c.Write(out)
		sent <- err
	}()
	in := make([]byte, n)
	if m, err := io.ReadFull(c, in); err != nil {
		t.Fatalf("the echo ended after %d of %d bytes: %v", m, n, err)
	}
	if err := <-sent; err != nil {
		t.Fatalf("write: %v", err)
	}
	if !bytes.Equal(in, out) {
		t.Fatal("the echo is not what was sent")
	}
}

// pair connects a client to a Conn that Accept gave.
func pair(t testing.TB, config *parley.Config, with *tls.Config) (*parley.Conn, *tls.Conn) {
	t.Helper()
	l := listen(t, config)
	c := dial(t, l, with)
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.(*parley.Conn), c
}
