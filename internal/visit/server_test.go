package visit

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/diagnose"
)

// certificates are one of RSA and one of ECDSA, made once.
var certificates = sync.OnceValue(func() []tls.Certificate {
	a, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	b, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return []tls.Certificate{selfSigned(a), selfSigned(b)}
})

func selfSigned(key crypto.Signer) tls.Certificate {
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"legacy.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// parleyEcho echoes on the library's connections until the test ends.
func parleyEcho(t *testing.T, change ...func(*parley.Config)) string {
	t.Helper()
	c := &parley.Config{Certificates: certificates()}
	for _, f := range change {
		f(c)
	}
	l, err := parley.Listen("tcp", "127.0.0.1:0", c)
	if err != nil {
		t.Fatal(err)
	}
	return echoOn(t, l)
}

// goEcho echoes on crypto/tls's connections, which know no renegotiation.
func goEcho(t *testing.T) string {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates(), MinVersion: tls.VersionTLS10})
	if err != nil {
		t.Fatal(err)
	}
	return echoOn(t, l)
}

func echoOn(t *testing.T, l net.Listener) string {
	t.Helper()
	return serve(t, l, func(c net.Conn) { _, _ = io.Copy(c, c) })
}

// serve gives each connection to a function until the test ends.
func serve(t *testing.T, l net.Listener, f func(net.Conn)) string {
	t.Helper()
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { l.Close() })
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				_ = c.SetDeadline(time.Now().Add(time.Minute))
				f(c)
			})
		}
	})
	return l.Addr().String()
}

// visited makes one connection.
func visited(t *testing.T, o Options) *Visit {
	t.Helper()
	v, err := checked(t, o).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func checked(t *testing.T, o Options) *Plan {
	t.Helper()
	p, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	p.exchange.settle = 150 * time.Millisecond // nobody is far away
	return p
}

// first is the finding that comes first.
func first(v *Visit) diagnose.Finding { return v.Diagnosis.Findings[0] }
