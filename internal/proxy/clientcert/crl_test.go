package clientcert

import (
	"bytes"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestListsAreReadInPEMAndInDER(t *testing.T) {
	root := issue(t, "root", nil)
	a, b := list(t, root, nil, root), list(t, root, nil)
	for _, file := range [][]byte{a, append(append([]byte("a comment\n"), inPEM(a, b)...), "another\n"...)} {
		r, err := Load([]string{put(t, file)}, []*x509.Certificate{root.Certificate}, false)
		if err != nil || r.Lists[0].Revoked != 1 || r.Lists[0].Issuer != "CN=root" || r.Lists[0].Number != "7" || !r.Lists[0].Next.Equal(now.Add(time.Hour)) {
			t.Errorf("%+v, %v", r, err)
		}
	}
	if _, err := Load([]string{"/nowhere/at.all"}, nil, false); err == nil || !strings.Contains(err.Error(), "/nowhere/at.all") {
		t.Errorf("%v", err)
	}
}

// extended adds an extension to a list.
func extended(oid asn1.ObjectIdentifier, critical bool) func(*x509.RevocationList) {
	return func(l *x509.RevocationList) {
		l.ExtraExtensions = append(l.ExtraExtensions, pkix.Extension{Id: oid, Critical: critical, Value: []byte{5, 0}})
	}
}

func TestWhatCannotTellWhoIsRevokedIsNoList(t *testing.T) {
	root := issue(t, "root", nil)
	whole := list(t, root, nil)
	forged := bytes.Clone(whole)
	forged[len(forged)-1] ^= 1
	entry := func(l *x509.RevocationList) {
		l.RevokedCertificateEntries = append(l.RevokedCertificateEntries, x509.RevocationListEntry{
			SerialNumber: root.SerialNumber, RevocationTime: now, ExtraExtensions: []pkix.Extension{{Id: asn1.ObjectIdentifier{2, 5, 29, 29}, Critical: true, Value: []byte{5, 0}}},
		})
	}
	mayNot := issue(t, "may not", nil, func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	mayNotSign := issue(t, "may not", nil) // the same name, so that Go signs
	for says, file := range map[string][]byte{
		"set crlnumber":                          inPEM(listOfVersion1),
		"neither in PEM":                         []byte("hello"),
		"is a \"CERTIFICATE\"":                   []byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
		"damaged or cut short":                   inPEM(whole)[:200],
		"list 2: ":                               inPEM(whole, []byte{0x30, 0}),
		"delta list":                             list(t, root, extended(deltaIndicator, true)),
		"part of its issuer's":                   list(t, root, extended(distributionPoint, true)),
		"critical extension 1.2.3":               list(t, root, extended(asn1.ObjectIdentifier{1, 2, 3}, true)),
		"an entry of this list has the critical": list(t, root, entry),
		"CN=root did not sign":                   forged,
		"CN=may not did not sign":                list(t, mayNotSign, nil),
	} {
		_, err := Load([]string{put(t, file)}, []*x509.Certificate{root.Certificate, mayNot.Certificate}, false)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; it should say %q", err, says)
		}
	}
	if _, err := Load([]string{put(t, list(t, root, extended(asn1.ObjectIdentifier{1, 2, 3}, false)))}, []*x509.Certificate{root.Certificate}, false); err != nil {
		t.Errorf("an extension that is not critical: %v", err)
	}
}

// listOfVersion1 is what openssl ca makes without a crlnumber, cut to what is read
// before the version is.
var listOfVersion1 = []byte("\x30\x24\x30\x1d\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02\x30\x00\x17\x0d270101000000Z" + "\x30\x00\x03\x01\x00")

func TestListsThatDoNotHoldAreWarnedOf(t *testing.T) {
	root, bare := issue(t, "root", nil), issue(t, "bare", nil)
	g := &Guard{Revocation: loaded(t, []*party{root}, list(t, root, nil)), Authorities: []*x509.Certificate{root.Certificate}}
	says := func(at time.Time) string {
		var text bytes.Buffer
		g.Warn(slog.New(slog.NewTextHandler(&text, nil)), at)
		return text.String()
	}
	if text := says(now); text != "" {
		t.Errorf("of what is right it is said: %s", text)
	}
	for want, at := range map[string]time.Time{
		"expires soon, and then clients": now.Add(50 * time.Minute), "has expired: clients with": now.Add(time.Hour), "not valid yet": now.Add(-2 * time.Hour),
	} {
		if text := says(at); !strings.Contains(text, want) {
			t.Errorf("%q does not say %q", text, want)
		}
	}
	g.Authorities = append(g.Authorities, bare.Certificate)
	if text := says(now); !strings.Contains(text, "has no revocation list") || !strings.Contains(text, "CN=bare") {
		t.Errorf("%q", text)
	}
	g.Revocation.expired = true
	if text := says(now.Add(time.Hour)); !strings.Contains(text, "may have been revoked since") {
		t.Errorf("%q", text)
	}
	(&Guard{}).Warn(nil, now)
}

func FuzzLists(f *testing.F) {
	root := issue(f, "root", nil)
	f.Add(list(f, root, nil, root))
	f.Add(inPEM(list(f, root, nil), list(f, root, nil)))
	f.Add([]byte("-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parseLists(text)
		if (len(all) == 0) == (err == nil) {
			t.Fatalf("%d lists, %v", len(all), err)
		}
		for _, l := range all {
			_ = l.verify([]*x509.Certificate{root.Certificate}) // it may be anybody's
		}
	})
}
