package legacyclient

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
)

// rsaCertificate and ecdsaCertificate are made once: a key is slow to make.
var (
	rsaCertificate = sync.OnceValue(func() tls.Certificate {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		return selfSigned(key, err)
	})
	ecdsaCertificate = sync.OnceValue(func() tls.Certificate {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		return selfSigned(key, err)
	})
)

func selfSigned(key crypto.Signer, err error) tls.Certificate {
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotAfter:     time.Now().Add(time.Hour),
		DNSNames:     []string{"legacy.example"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// goServer echoes on crypto/tls's connections, which know no renegotiation,
// until the test ends.
func goServer(t *testing.T, config *tls.Config) func() net.Conn {
	t.Helper()
	if config.MinVersion == 0 {
		config.MinVersion = tls.VersionTLS10
	}
	if config.Certificates == nil {
		config.Certificates = []tls.Certificate{rsaCertificate(), ecdsaCertificate()}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		_ = l.Close()
		running.Wait()
	})
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() { echo(tls.Server(conn, config)) })
		}
	})
	return func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
}

func echo(conn net.Conn) {
	_, _ = io.Copy(conn, conn)
	_ = conn.Close()
}

func established(t *testing.T, conn net.Conn, o Options) *Client {
	t.Helper()
	c := New(conn, o)
	if err := c.Handshake(); err != nil {
		t.Fatalf("handshake: %v", err)
	}
	return c
}

func echoes(t *testing.T, c *Client, text string) {
	t.Helper()
	if err := c.Echo([]byte(text)); err != nil {
		t.Fatalf("echo of %d bytes: %v", len(text), err)
	}
}

func otherKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
