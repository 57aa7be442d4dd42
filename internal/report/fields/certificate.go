package fields

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// certificates takes apart the body of RFC 5246, section 7.4.2.
func certificates(w *walk) {
	number := 0
	w.vector("certificate_list", 3, func(int) string {
		for w.at < w.end && !w.broken {
			number++
			w.vector("ASN.1Cert", 3, func(n int) string {
				return certificate(w, w.at, n)
			})
		}
		if number == 0 {
			return "empty: no certificate"
		}
		return count(number, "certificate")
	})
}

// chain tells certificates of which no message was kept.
func chain(w *walk, list [][]byte) {
	for _, der := range list {
		inner := over(der)
		w.say("ASN.1Cert", certificate(inner, 0, len(der)))
		w.depth++
		for _, f := range inner.fields {
			w.say(f.Name, f.Value)
		}
		w.depth--
	}
}

// certificate passes one certificate and gives its subject.
func certificate(w *walk, start, n int) string {
	der := w.b[start : start+n]
	w.at = start + n
	w.show(start, n)
	c, err := x509.ParseCertificate(der)
	if err != nil {
		w.add(Field{Name: "certificate", Value: "cannot be read: " + err.Error(), Offset: start, Length: n})
		return count(n, "byte")
	}
	part := func(name, value string, raw []byte) {
		f := Field{Name: name, Value: value, Offset: -1}
		if at := within(der, raw); at >= 0 {
			f.Offset, f.Length = start+at, len(raw)
		}
		w.add(f)
	}
	part("subject", distinguished(c.Subject), c.RawSubject)
	part("issuer", issuer(c), c.RawIssuer)
	part("validity", c.NotBefore.UTC().Format(time.DateTime)+" to "+c.NotAfter.UTC().Format(time.DateTime)+" UTC", nil)
	part("subjectPublicKeyInfo", publicKey(c), c.RawSubjectPublicKeyInfo)
	part("signatureAlgorithm", signatureAlgorithm(c), nil)
	if names := alternativeNames(c); len(names) > 0 {
		part("subjectAltName", named(names), nil)
	}
	if c.IsCA {
		part("basicConstraints", "a certificate authority", nil)
	}
	return distinguished(c.Subject)
}

// within finds part in whole: a part that x509 cut out of it and not a copy.
func within(whole, part []byte) int {
	at := cap(whole) - cap(part)
	if part == nil || at < 0 || at+len(part) > len(whole) || !bytes.Equal(whole[at:at+len(part)], part) {
		return -1
	}
	return at
}

func distinguished(n pkix.Name) string {
	if s := n.String(); s != "" {
		return s
	}
	return "empty"
}

func issuer(c *x509.Certificate) string {
	if bytes.Equal(c.RawIssuer, c.RawSubject) {
		return distinguished(c.Issuer) + " (itself)"
	}
	return distinguished(c.Issuer)
}

func signatureAlgorithm(c *x509.Certificate) string {
	if c.SignatureAlgorithm == x509.UnknownSignatureAlgorithm {
		return "one that is not known"
	}
	return c.SignatureAlgorithm.String()
}

func publicKey(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA, %d bits", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA, " + k.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	if c.PublicKeyAlgorithm == x509.UnknownPublicKeyAlgorithm {
		return "of a kind that is not known"
	}
	return c.PublicKeyAlgorithm.String()
}

func alternativeNames(c *x509.Certificate) []string {
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			names = append(names, a.String())
		}
	}
	for _, u := range c.URIs {
		names = append(names, u.String())
	}
	return append(names, c.EmailAddresses...)
}
