// Package clientcert says which client certificates are not served though an
// authority vouches for them: those that were revoked, those of which that cannot
// be told, and those that nobody named.
package clientcert

import (
	"bytes"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"sync/atomic"
	"time"
)

// A List is a certificate revocation list (RFC 5280, section 5).
type List struct {
	File    string
	Issuer  string // its name, for people
	Number  string // empty: it has none
	This    time.Time
	Next    time.Time
	Revoked int

	list    *x509.RevocationList
	revoked map[string]*x509.RevocationListEntry // by serial number
	signer  atomic.Pointer[[]byte]               // the public key that signed it; nil: not known yet
}

// maxFile bounds a file of lists: one with a million entries has some 40 MiB.
const maxFile = 64 << 20

// readLists reads a file with one list in DER, or several in PEM.
func readLists(name string) ([]*List, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err // it names the file
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	all, err := parseLists(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, l := range all {
		l.File = name
	}
	return all, nil
}

// sequence is how DER begins.
const sequence = 0x30

func parseLists(text []byte) ([]*List, error) {
	if len(text) > maxFile {
		return nil, fmt.Errorf("this file has more than %d bytes", maxFile)
	}
	if len(text) > 0 && text[0] == sequence {
		l, err := parseList(text)
		if err != nil {
			return nil, err
		}
		return []*List{l}, nil
	}
	var out []*List
	begun := bytes.Count(text, []byte("-----BEGIN "))
	for n := 1; ; n++ {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			break
		}
		if block.Type != "X509 CRL" {
			return nil, fmt.Errorf("PEM block %d is a %.40q, and no revocation list (X509 CRL)", n, block.Type)
		}
		l, err := parseList(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("list %d: %w", n, err)
		}
		out = append(out, l)
	}
	switch {
	case len(out) < begun: // pem.Decode passes over what it cannot read
		return nil, fmt.Errorf("%d of the %d PEM blocks in this file are damaged or cut short; copy it again", begun-len(out), begun)
	case begun == 0:
		return nil, errors.New("there is no revocation list in this file, neither in PEM (X509 CRL) nor in DER")
	}
	return out, nil
}

func parseList(der []byte) (*List, error) {
	list, err := x509.ParseRevocationList(der)
	if err != nil {
		return nil, explained(err)
	}
	if err := whole(list); err != nil {
		return nil, err
	}
	l := &List{
		Issuer: list.Issuer.String(), This: list.ThisUpdate, Next: list.NextUpdate, Revoked: len(list.RevokedCertificateEntries),
		list: list, revoked: make(map[string]*x509.RevocationListEntry, len(list.RevokedCertificateEntries)),
	}
	if list.Number != nil {
		l.Number = list.Number.String()
	}
	for i := range list.RevokedCertificateEntries {
		e := &list.RevokedCertificateEntries[i]
		l.revoked[string(e.SerialNumber.Bytes())] = e
	}
	return l, nil
}

// firstVersion is how crypto/x509 says that a list is of X.509's first version.
const firstVersion = "x509: unsupported crl version"

// explained has advice for what openssl ca makes where nobody tells it a number.
func explained(err error) error {
	if err.Error() == firstVersion {
		return errors.New("this list is of version 1, and RFC 5280, section 5.1.2.1, demands version 2; with openssl ca, set crlnumber in its configuration")
	}
	return err
}

// The extensions that make a list one of something else than of all certificates
// of its issuer.
var (
	deltaIndicator    = asn1.ObjectIdentifier{2, 5, 29, 27}
	distributionPoint = asn1.ObjectIdentifier{2, 5, 29, 28}
)

// whole says why a list cannot be used to tell who is revoked. RFC 5280, section
// 5.2: one with a critical extension that cannot be processed must not be.
func whole(list *x509.RevocationList) error {
	if list.NextUpdate.IsZero() {
		return errors.New("this list does not say when the next one comes (nextUpdate), which RFC 5280, section 5.1.2.5, demands")
	}
	for _, e := range list.Extensions {
		switch {
		case e.Id.Equal(deltaIndicator):
			return errors.New("this is a delta list, which only says what changed; name the complete one")
		case e.Id.Equal(distributionPoint):
			return errors.New("this list may be of a part of its issuer's certificates (issuingDistributionPoint); name the complete one")
		case e.Critical:
			return fmt.Errorf("this list has the critical extension %s, which is not known here", e.Id)
		}
	}
	for _, entry := range list.RevokedCertificateEntries {
		for _, e := range entry.Extensions {
			if e.Critical {
				return fmt.Errorf("an entry of this list has the critical extension %s, which is not known here", e.Id)
			}
		}
	}
	return nil
}

// signedBy says whether a certificate's key signed the list.
func (l *List) signedBy(issuer *x509.Certificate) bool {
	if key := l.signer.Load(); key != nil {
		return bytes.Equal(*key, issuer.RawSubjectPublicKeyInfo)
	}
	if l.list.CheckSignatureFrom(issuer) != nil {
		return false
	}
	l.signer.Store(&issuer.RawSubjectPublicKeyInfo)
	return true
}

// holds says whether the list is of this time.
func (l *List) holds(now time.Time) bool {
	return !now.Before(l.This.Add(-clockSkew)) && now.Before(l.Next)
}

// clockSkew is by how much an authority's clock may be ahead of ours.
const clockSkew = 5 * time.Minute
