package bogo

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
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

// The identities of all tests, made once: a server with either kind of key, a
// client's authority with a client of either kind, and a stranger.
var identities = sync.OnceValue(func() map[string]tls.Certificate {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	authority := issue("authority", newECDSAKey(), nil)
	return map[string]tls.Certificate{
		"rsa":          issue("server.example", rsaKey, nil),
		"ecdsa":        issue("server.example", newECDSAKey(), nil),
		"authority":    authority,
		"client-rsa":   issue("client", rsaKey, &authority),
		"client-ecdsa": issue("client", newECDSAKey(), &authority),
		"stranger":     issue("stranger", newECDSAKey(), nil),
	}
})

func newECDSAKey() crypto.Signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

// issue makes a certificate; by is nil for a self-signed one.
func issue(name string, key crypto.Signer, by *tls.Certificate) tls.Certificate {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotAfter: time.Now().Add(time.Hour), IsCA: by == nil, BasicConstraintsValid: true,
	}
	parent, signer := template, key
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey.(crypto.Signer)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

func identity(name string) *tls.Certificate {
	c := identities()[name]
	return &c
}

// writeFiles writes every identity as the files name.pem and name.key, and gives
// their paths by those names.
func writeFiles(t *testing.T) map[string]string {
	t.Helper()
	dir, paths := t.TempDir(), map[string]string{}
	for name, c := range identities() {
		key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
		if err != nil {
			t.Fatal(err)
		}
		for file, block := range map[string]*pem.Block{
			name + ".pem": {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
			name + ".key": {Type: "PRIVATE KEY", Bytes: key},
		} {
			paths[file] = filepath.Join(dir, file)
			if err := os.WriteFile(paths[file], pem.EncodeToMemory(block), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return paths
}
