package proxy

import (
	"bytes"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strings"
)

// A pemFile is what a PEM file holds: certificates in their order, and private keys.
type pemFile struct {
	name         string
	certificates []*x509.Certificate
	keys         []crypto.Signer
}

func readPEM(name string) (*pemFile, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err // it names the file
	}
	f, err := parsePEM(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	f.name = name
	return f, nil
}

func parsePEM(text []byte) (*pemFile, error) {
	f := &pemFile{}
	begun, found := bytes.Count(text, []byte("-----BEGIN ")), 0
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		found++
		if err := f.take(block); err != nil {
			return nil, err
		}
	}
	switch {
	case found < begun: // pem.Decode passes over what it cannot read
		return nil, fmt.Errorf("%d of the %d PEM blocks in this file are damaged or cut short; copy it again", begun-found, begun)
	case found == 0:
		return nil, errors.New("there is nothing in PEM in this file (openssl x509 -inform DER, or openssl pkey -inform DER, makes PEM of a binary one)")
	}
	return f, nil
}

// take reads one block. What it does not know, such as EC PARAMETERS, it leaves.
func (f *pemFile) take(block *pem.Block) error {
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY" || strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return errors.New("the private key is encrypted, and nobody could type its passphrase at start; write it out in clear, readable by Parley alone: openssl pkey -in FILE -out NEWFILE")
	case block.Type == "CERTIFICATE" || block.Type == "X509 CERTIFICATE":
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d: %w", len(f.certificates)+1, err)
		}
		f.certificates = append(f.certificates, c)
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		key, err := parseKey(block)
		if err != nil {
			return err
		}
		f.keys = append(f.keys, key)
	}
	return nil
}

// parseKey reads a key in the form that its block says: PKCS #8, PKCS #1 or SEC 1.
func parseKey(block *pem.Block) (crypto.Signer, error) {
	var key any
	var err error
	switch block.Type {
	case "PRIVATE KEY":
		key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
	case "RSA PRIVATE KEY":
		key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
	case "EC PRIVATE KEY":
		key, err = x509.ParseECPrivateKey(block.Bytes)
	default:
		return nil, fmt.Errorf("a private key of the kind %q is not one that Parley can use; use RSA or ECDSA", block.Type)
	}
	if err != nil {
		return nil, fmt.Errorf("private key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a private key of the kind %T cannot sign; use RSA or ECDSA", key)
	}
	return signer, nil
}

// samePublic says whether a certificate holds a key's public half.
func samePublic(c *x509.Certificate, key crypto.Signer) bool {
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	return err == nil && bytes.Equal(public, c.RawSubjectPublicKeyInfo)
}
