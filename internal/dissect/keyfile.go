package dissect

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"

	"github.com/parley-tls/parley/internal/wire"
)

// AddKey takes the RSA key of a server, in PEM; name is the file's, for the
// errors and for what is said of the connections it opens. Other blocks of the
// file, such as certificates, are passed over if a key is there.
func (k *Keyring) AddKey(name string, text []byte) error {
	name = wire.Printable(name)
	rest, line := text, 1
	var instead error
	for {
		block, after := pem.Decode(rest)
		if block == nil {
			break
		}
		begins := line + lineOf(rest, "-----BEGIN")
		line += bytes.Count(rest[:len(rest)-len(after)], []byte("\n"))
		rest = after
		key, err := parseKey(block)
		if key != nil {
			return k.addKey(name, key)
		}
		if instead == nil || strings.Contains(block.Type, "PRIVATE KEY") {
			instead = fmt.Errorf("%s:%d: %w", name, begins, err)
		}
	}
	if instead != nil {
		return instead
	}
	return noPEM(name, text)
}

// lineOf counts the lines before a mark.
func lineOf(text []byte, mark string) int {
	before, _, _ := bytes.Cut(text, []byte(mark))
	return bytes.Count(before, []byte("\n"))
}

// parseKey reads a block of PEM, or says what to do about it.
func parseKey(block *pem.Block) (*rsa.PrivateKey, error) {
	switch {
	case block.Type == "ENCRYPTED PRIVATE KEY", strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED"):
		return nil, fmt.Errorf("the key is encrypted with a passphrase: write it in clear with `openssl rsa -in FILE -out CLEAR`, and give that")
	case block.Type == "CERTIFICATE", block.Type == "TRUSTED CERTIFICATE", block.Type == "X509 CERTIFICATE":
		return nil, fmt.Errorf("this is a certificate, which opens nothing: give the private key that belongs to it")
	case block.Type == "PUBLIC KEY", block.Type == "RSA PUBLIC KEY":
		return nil, fmt.Errorf("this is a public key, which opens nothing: give the private key that belongs to it")
	case block.Type == "EC PRIVATE KEY":
		return nil, errNotRSA("an EC")
	case block.Type == "RSA PRIVATE KEY":
		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		return key, broken(err)
	case block.Type == "PRIVATE KEY":
		return parsePKCS8(block.Bytes)
	}
	return nil, fmt.Errorf("a PEM block of type %q is no private key: give an RSA private key", wire.Printable(block.Type))
}

func parsePKCS8(der []byte) (*rsa.PrivateKey, error) {
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, broken(err)
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		return nil, errNotRSA("an EC")
	case ed25519.PrivateKey:
		return nil, errNotRSA("an Ed25519")
	}
	return nil, errNotRSA("another")
}

// errNotRSA tells that a key of another kind cannot help.
func errNotRSA(kind string) error {
	return fmt.Errorf("%s private key cannot open any connection: it only signs; give a key log instead, or have the server use RSA key exchange while you capture", kind)
}

func broken(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("the private key cannot be read (%s): copy the file again, whole", wire.Printable(err.Error()))
}

// noPEM tells what a file is that has no block of PEM.
func noPEM(name string, text []byte) error {
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return fmt.Errorf("%s: the file is empty: give an RSA private key in PEM", name)
	case bytes.Contains(text, []byte("-----BEGIN")):
		return fmt.Errorf("%s:%d: the PEM block is not whole: copy the file again, with its END line", name, 1+lineOf(text, "-----BEGIN"))
	case isLogLine(text):
		return fmt.Errorf("%s:1: this looks like a key log: give it with --keylog", name)
	case text[0] == 0x30:
		return fmt.Errorf("%s: this looks like DER: make it PEM with `openssl pkey -inform DER -in FILE -out KEY.pem`, and give that", name)
	}
	return fmt.Errorf("%s:1: no PEM block is in it: give an RSA private key in PEM, which begins with -----BEGIN", name)
}

func (k *Keyring) addKey(name string, key *rsa.PrivateKey) error {
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.byPublic[sha256.Sum256(public)] = &privateKey{PrivateKey: key, name: name}
	return nil
}
