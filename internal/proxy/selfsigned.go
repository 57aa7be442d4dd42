package proxy

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// madeAtStart is the name in certificates that nobody gave.
const madeAtStart = "parley, made at start"

// A Spare is a pair of certificates for all listeners that have none of their own.
// It is made when the first one asks. It is safe for concurrent use.
type Spare struct {
	mu   sync.Mutex // guards what follows
	pair []tls.Certificate
}

func (s *Spare) certificates() (pair []tls.Certificate, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pair == nil {
		s.pair, err = SelfSigned(time.Now())
	}
	return s.pair, err
}

// SelfSigned makes two certificates that nobody vouches for: RSA, which old
// clients need, and ECDSA.
func SelfSigned(now time.Time) ([]tls.Certificate, error) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	old, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	var out []tls.Certificate
	for _, key := range []crypto.Signer{ec, old} {
		certificate, err := sign(key, now)
		if err != nil {
			return nil, err
		}
		out = append(out, certificate)
	}
	return out, nil
}

func sign(key crypto.Signer, now time.Time) (tls.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: madeAtStart},
		NotBefore:             now.Add(-24 * time.Hour), // old clients' clocks
		NotAfter:              now.AddDate(1, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		DNSNames:              []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if host, err := os.Hostname(); err == nil && host != "localhost" {
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// tellSelfSigned says what was made, and how to know it again.
func tellSelfSigned(log *slog.Logger, certificates []tls.Certificate) {
	for _, c := range certificates {
		log.Warn("no certificate was given: one was made for this run, which no client has a reason to trust",
			"key", c.Leaf.PublicKeyAlgorithm.String(), "sha256", fingerprint(c.Leaf), "do", "name yours, and its key")
	}
}

// fingerprint is the SHA-256 of a certificate as openssl x509 -fingerprint writes it.
func fingerprint(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return strings.ReplaceAll(strings.TrimSpace(fmt.Sprintf("% X", sum[:])), " ", ":")
}
