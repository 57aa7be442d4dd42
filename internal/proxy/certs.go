package proxy

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"time"
)

// loadCertificates reads certificates with their chains, and finds each one's key
// among the key files and in its own file, by the public key.
func loadCertificates(certFiles, keyFiles []string) ([]tls.Certificate, error) {
	certs, err := readAll(certFiles)
	if err != nil {
		return nil, err
	}
	keys, err := readAll(keyFiles)
	if err != nil {
		return nil, err
	}
	for _, f := range keys {
		if len(f.keys) == 0 {
			return nil, fmt.Errorf("%s: there is no private key in this file", f.name)
		}
	}
	var out []tls.Certificate
	used := map[crypto.Signer]bool{}
	for _, f := range certs {
		certificate, err := f.pair(append(keys[:len(keys):len(keys)], f))
		if err == nil {
			err = f.servesOldClients()
		}
		if err != nil {
			return nil, err
		}
		used[certificate.PrivateKey.(crypto.Signer)] = true
		out = append(out, certificate)
	}
	return out, findUnused(keys, used, certs)
}

func readAll(names []string) ([]*pemFile, error) {
	var files []*pemFile
	for _, name := range names {
		f, err := readPEM(name)
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// pair makes a certificate of f's chain and the key that belongs to its first.
func (f *pemFile) pair(keys []*pemFile) (tls.Certificate, error) {
	if len(f.certificates) == 0 {
		return tls.Certificate{}, fmt.Errorf("%s: there is no certificate in this file", f.name)
	}
	for _, k := range keys {
		for _, key := range k.keys {
			if samePublic(f.certificates[0], key) {
				return f.with(key), nil
			}
		}
	}
	return tls.Certificate{}, f.noKey(keys)
}

// with is f's chain and the key that belongs to its first.
func (f *pemFile) with(key crypto.Signer) tls.Certificate {
	out := tls.Certificate{Leaf: f.certificates[0], PrivateKey: key}
	for _, c := range f.certificates {
		out.Certificate = append(out.Certificate, c.Raw)
	}
	return out
}

// noKey says why no key was found.
func (f *pemFile) noKey(keys []*pemFile) error {
	for _, k := range keys {
		for _, key := range k.keys {
			for i, c := range f.certificates {
				if samePublic(c, key) {
					return fmt.Errorf("%s: the key in %s belongs to certificate %d of this file; the server's own must come first, then its issuer, then the issuer's", f.name, k.name, i+1)
				}
			}
		}
	}
	return fmt.Errorf("%s: none of the keys given belongs to this certificate (%s); name the file of its key", f.name, f.certificates[0].Subject)
}

// findUnused says which key file has no certificate.
func findUnused(keys []*pemFile, used map[crypto.Signer]bool, certs []*pemFile) error {
	for _, k := range keys {
		needed := false
		for _, key := range k.keys {
			needed = needed || used[key] || isLeafKey(key, certs)
		}
		if !needed {
			return fmt.Errorf("%s: none of the certificates given belongs to this key; name the file of its certificate", k.name)
		}
	}
	return nil
}

// isLeafKey says whether a key could serve a certificate, which then found the
// same key in another file.
func isLeafKey(key crypto.Signer, certs []*pemFile) bool {
	for _, f := range certs {
		if samePublic(f.certificates[0], key) {
			return true
		}
	}
	return false
}

// servesOldClients says of a certificate whether its key does.
func (f *pemFile) servesOldClients() error {
	public := f.certificates[0].PublicKey
	switch public.(type) {
	case *rsa.PublicKey, *ecdsa.PublicKey:
		return nil
	}
	kind := fmt.Sprintf("%T", public)
	if _, ok := public.(ed25519.PublicKey); ok {
		kind = "Ed25519"
	}
	return fmt.Errorf("%s: a certificate with a key of the kind %s is of no use to old clients; use RSA or ECDSA", f.name, kind)
}

// loadPool reads the authorities that clients' certificates are verified by.
func loadPool(name string) (*x509.CertPool, error) {
	f, err := readPEM(name)
	if err != nil {
		return nil, err
	}
	if len(f.certificates) == 0 {
		return nil, fmt.Errorf("%s: there is no certificate in this file", name)
	}
	pool := x509.NewCertPool()
	for _, c := range f.certificates {
		pool.AddCert(c)
	}
	return pool, nil
}

// soon is how long before an end it is told.
const soon = 30 * 24 * time.Hour

// warnCertificates says which certificates do not hold at this time, and which
// chains have a gap.
func warnCertificates(log *slog.Logger, certificates []tls.Certificate, now time.Time) {
	for _, c := range certificates {
		subject := c.Leaf.Subject.String()
		switch {
		case now.After(c.Leaf.NotAfter):
			log.Warn("a certificate has expired; clients that check will refuse it", "subject", subject, "not_after", c.Leaf.NotAfter)
		case now.Before(c.Leaf.NotBefore):
			log.Warn("a certificate is not valid yet; is this machine's clock right?", "subject", subject, "not_before", c.Leaf.NotBefore)
		case now.Add(soon).After(c.Leaf.NotAfter):
			log.Warn("a certificate expires soon", "subject", subject, "not_after", c.Leaf.NotAfter, "do", "renew it")
		}
		if n := gap(c); n > 0 {
			log.Warn("a chain has a gap: clients that check may not find their way to an authority", "subject", subject,
				"gap", fmt.Sprintf("certificate %d of the file is not of the issuer of certificate %d", n+1, n),
				"do", "put the server's certificate first, then its issuer's, then the issuer's issuer's")
		}
	}
}

// gap finds the first certificate of a chain, counted from 1, that the next one is
// not the issuer of; 0: there is none. Names are compared, since old authorities
// sign with what crypto/x509 does not verify any more.
func gap(c tls.Certificate) int {
	for n, der := range c.Certificate[1:] {
		this, err := x509.ParseCertificate(c.Certificate[n])
		if err != nil {
			return 0
		}
		next, err := x509.ParseCertificate(der)
		if err != nil {
			return 0
		}
		if !bytes.Equal(this.RawIssuer, next.RawSubject) {
			return n + 1
		}
	}
	return 0
}

// openKeyLog opens a file that only its owner may read.
func openKeyLog(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		err = fmt.Errorf("%s: others may read this file (%v), and with it every connection; chmod 600 it", name, info.Mode().Perm())
	}
	if err != nil {
		_ = f.Close() // nothing was written
		return nil, err
	}
	return f, nil
}
