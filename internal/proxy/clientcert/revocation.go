package clientcert

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// A Revocation is the lists that say which certificates are revoked. It never
// changes.
type Revocation struct {
	Lists  []*List
	issuer map[string][]*List // by the issuer's name, as it is encoded
	// expired lets certificates pass whose lists are out of date, as long as these
	// do not name them.
	expired bool
}

// Load reads the files of lists. What an authority of ours did not sign is an
// error; a list of an authority below ours is verified when a client shows that
// one's certificate.
func Load(files []string, authorities []*x509.Certificate, acceptExpired bool) (*Revocation, error) {
	r := &Revocation{issuer: map[string][]*List{}, expired: acceptExpired}
	for _, name := range files {
		all, err := readLists(name)
		if err != nil {
			return nil, err
		}
		for _, l := range all {
			if err := l.verify(authorities); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			r.Lists = append(r.Lists, l)
			key := string(l.list.RawIssuer)
			r.issuer[key] = append(r.issuer[key], l)
		}
	}
	return r, nil
}

// verify holds a list against the authorities of its issuer's name.
func (l *List) verify(authorities []*x509.Certificate) error {
	named := 0
	for _, a := range authorities {
		if !bytes.Equal(a.RawSubject, l.list.RawIssuer) {
			continue
		}
		if l.signedBy(a) {
			return nil
		}
		named++
	}
	if named > 0 {
		return fmt.Errorf("the authority %s did not sign this revocation list, or with an algorithm that is not verified any more (SHA-1, MD5), or may not sign any", wire.Printable(l.Issuer))
	}
	return nil
}

// of gives the lists of a certificate's issuer, if there are any.
func (r *Revocation) of(issuer *x509.Certificate) []*List {
	if r == nil {
		return nil
	}
	var out []*List
	for _, l := range r.issuer[string(issuer.RawSubject)] {
		if l.signedBy(issuer) {
			out = append(out, l)
		}
	}
	return out
}

// check says why a certificate may not be used, by the lists of its issuer; nil: it
// may.
func (r *Revocation) check(c *x509.Certificate, lists []*List, now time.Time) *wire.Fault {
	for _, l := range lists {
		if e := l.revoked[string(c.SerialNumber.Bytes())]; e != nil {
			return revoked(c, e)
		}
	}
	switch {
	case len(lists) == 0:
		return unchecked(c, "no revocation list of its issuer, "+c.Issuer.String()+", is among those of client_auth.crl")
	case !current(lists, now) && !r.expired:
		return unchecked(c, "the revocation list of its issuer, "+c.Issuer.String()+", is of "+newest(lists).span())
	}
	return nil
}

// current says whether one of some lists is of this time.
func current(lists []*List, now time.Time) bool {
	return slices.ContainsFunc(lists, func(l *List) bool { return l.holds(now) })
}

// newest is the list that holds longest.
func newest(lists []*List) *List {
	last := lists[0]
	for _, l := range lists {
		if l.Next.After(last.Next) {
			last = l
		}
	}
	return last
}

func (l *List) span() string {
	return l.This.UTC().Format(time.RFC3339) + " to " + l.Next.UTC().Format(time.RFC3339)
}
