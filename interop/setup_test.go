//go:build interop

package interop

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// peers fails the test if install.sh has not run.
func peers(t *testing.T) *Set {
	t.Helper()
	s, err := Peers()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// pair makes the certificate and key that every server here shows, once.
var pair = sync.OnceValues(func() ([2][]byte, error) { return newPair(func(*x509.Certificate) {}) })

// newPair makes a certificate that vouches for itself, and its key.
func newPair(change func(*x509.Certificate)) (certAndKey [2][]byte, err error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return certAndKey, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "legacy.example"},
		DNSNames:     []string{"legacy.example"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return certAndKey, err
	}
	certAndKey[0] = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	certAndKey[1] = pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
	return certAndKey, nil
}

func certFiles(t *testing.T) (cert, key string) {
	t.Helper()
	made, err := pair()
	if err != nil {
		t.Fatal(err)
	}
	return pairFiles(t, made)
}

func pairFiles(t *testing.T, made [2][]byte) (cert, key string) {
	t.Helper()
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key")
	for name, content := range map[string][]byte{cert: made[0], key: made[1]} {
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

// rigServer serves on the given OpenSSL until the test ends.
func rigServer(t *testing.T, version OpenSSL, options ...string) *Server {
	t.Helper()
	cert, key := certFiles(t)
	server, err := peers(t).RigServer(t.Context(), version, cert, key, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// openSSL3 serves on the system's OpenSSL 3 until the test ends.
func openSSL3(t *testing.T) *Server {
	t.Helper()
	cert, key := certFiles(t)
	server, err := peers(t).OpenSSL3(t.Context(), cert, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// sServer serves with openssl s_server until the test ends.
func sServer(t *testing.T, options ...string) *Server {
	t.Helper()
	cert, key := certFiles(t)
	server, err := peers(t).SServer(t.Context(), cert, key, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// legacy runs one case; a rig that gives no result ends the test.
func legacy(t *testing.T, version OpenSSL, server *Server, c Case) *Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	result, err := peers(t).Legacy(ctx, version, server.Address, c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}
