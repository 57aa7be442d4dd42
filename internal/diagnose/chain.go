package diagnose

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// A chain is a server's or client's certificates, as far as they can be read.
type chain struct {
	certs  []*x509.Certificate // those that can be read; the leaf is certs[0] if leaf
	leaf   bool
	broken int // those that cannot
	sent   int
}

// maxChain is how many certificates of a chain are looked at.
const maxChain = 10

func readChain(c *wire.Certificate) chain {
	if c == nil {
		return chain{}
	}
	read := chain{sent: len(c.Chain)}
	for i, der := range c.Chain[:min(len(c.Chain), maxChain)] {
		cert, err := x509.ParseCertificate(der)
		if err != nil {
			read.broken++
			continue
		}
		read.leaf = read.leaf || i == 0
		read.certs = append(read.certs, cert)
	}
	return read
}

// A flaw is something about a chain that a client may stumble over.
type flaw struct {
	id     string
	words  string // "the certificate had expired on 2025-01-01"
	proof  Proof
	remedy Remedy
	plain  bool // it should not stay so even where the client takes it
}

// flaws lists what is wrong with a server's chain, at the time when it was sent
// and for the name that the client asked for.
func (c chain) flaws(at time.Time, name string) []flaw {
	if !c.leaf {
		return nil
	}
	var list []flaw
	for i, cert := range c.certs {
		list = append(list, datesOf(i, cert, at)...)
	}
	list = append(list, nameOf(c.certs[0], name)...)
	for i, cert := range c.certs {
		list = append(list, keyOf(i, cert)...)
		list = append(list, hashOf(i, cert)...)
	}
	return list
}

// which names a certificate of a chain.
func which(i int) string {
	if i == 0 {
		return "the server's certificate"
	}
	return fmt.Sprintf("certificate %d of the chain", i+1)
}

const day = "2006-01-02"

// datesOf compares with the time of the capture and not with now. A zero time
// judges nothing.
func datesOf(i int, cert *x509.Certificate, at time.Time) []flaw {
	renew := Remedy{Where: "the server", Setting: "renew the certificate (Parley: --cert, --key)", Safe: true}
	switch {
	case at.IsZero():
		return nil
	case at.After(cert.NotAfter):
		return []flaw{{
			id: "cert-expired", plain: true, remedy: renew, words: fmt.Sprintf("%s had expired on %s", which(i), cert.NotAfter.UTC().Format(day)),
			proof: Proof{Field: which(i) + ", notAfter", Value: fmt.Sprintf("%s; the connection is of %s", cert.NotAfter.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))},
		}}
	case at.Before(cert.NotBefore):
		return []flaw{{
			id: "cert-expired", plain: true, remedy: renew, words: fmt.Sprintf("%s was not valid before %s", which(i), cert.NotBefore.UTC().Format(day)),
			proof: Proof{Field: which(i) + ", notBefore", Value: fmt.Sprintf("%s; the connection is of %s", cert.NotBefore.UTC().Format(time.RFC3339), at.UTC().Format(time.RFC3339))},
		}}
	}
	return nil
}

// nameOf compares with the server name that the client asked for, as clients do
// (RFC 6125). Old ones that find no subjectAltName take the common name.
func nameOf(leaf *x509.Certificate, name string) []flaw {
	if name == "" || leaf.VerifyHostname(name) == nil {
		return nil
	}
	shown := wire.Printable(name)
	f := flaw{
		id: "cert-name", plain: true, words: fmt.Sprintf("the certificate is not for %q, which the client asked for", shown),
		proof:  Proof{Field: "names in the certificate", Value: namesIn(leaf)},
		remedy: Remedy{Where: "the server", Setting: "give it a certificate for " + shown + " (Parley: another --cert and --key beside the first)", Safe: true},
	}
	if !hasNames(leaf) && leaf.Subject.CommonName == name {
		f.words = "the certificate has its name in the common name alone, which clients since 2017 do not look at"
	}
	return []flaw{f}
}

func hasNames(c *x509.Certificate) bool { return len(c.DNSNames)+len(c.IPAddresses) > 0 }

func namesIn(c *x509.Certificate) string {
	if !hasNames(c) {
		return "none; common name " + wire.Printable(c.Subject.CommonName)
	}
	var names []printable
	for _, n := range c.DNSNames {
		names = append(names, printable(n))
	}
	for _, ip := range c.IPAddresses {
		if a, ok := netip.AddrFromSlice(ip); ok {
			names = append(names, printable(a.String()))
		}
	}
	return named(names)
}

// A printable is a name from a peer, fit to be shown.
type printable string

func (p printable) String() string { return wire.Printable(string(p)) }

func keyOf(i int, cert *x509.Certificate) []flaw {
	f := flaw{id: "cert-key-size", remedy: Remedy{Where: "the server", Setting: "a certificate with an RSA key of 2048 bits, which nearly every client takes", Safe: true}}
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		bits := key.N.BitLen()
		f.proof = Proof{Field: which(i) + ", key", Value: fmt.Sprintf("RSA, %d bits", bits)}
		switch {
		case bits < 2048:
			f.words, f.plain = fmt.Sprintf("%s has an RSA key of %d bits, which clients since 2014 refuse", which(i), bits), true
			return []flaw{f}
		case bits > 4096:
			f.words = fmt.Sprintf("%s has an RSA key of %d bits, which old clients and small devices cannot handle", which(i), bits)
			return []flaw{f}
		}
	case *ecdsa.PublicKey:
		if bits := key.Params().BitSize; bits < 256 {
			f.proof = Proof{Field: which(i) + ", key", Value: fmt.Sprintf("ECDSA, %d bits", bits)}
			f.words, f.plain = fmt.Sprintf("%s has an ECDSA key of %d bits", which(i), bits), true
			return []flaw{f}
		}
	}
	return nil
}

var brokenHashes = []x509.SignatureAlgorithm{x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1}

// hashOf looks at what a certificate is signed with. A root's own signature
// proves nothing to anybody, and is passed over.
func hashOf(i int, cert *x509.Certificate) []flaw {
	if !slices.Contains(brokenHashes, cert.SignatureAlgorithm) || selfSigned(cert) {
		return nil
	}
	return []flaw{{
		id: "cert-sha1", plain: true, words: fmt.Sprintf("%s is signed with %s, which clients since 2017 refuse", which(i), cert.SignatureAlgorithm),
		proof:  Proof{Field: which(i) + ", signature", Value: cert.SignatureAlgorithm.String()},
		remedy: Remedy{Where: "the server", Setting: "have the certificate issued anew, signed with SHA-256", Safe: true},
	}}
}

// selfSigned goes by the names: whether the signature is right does not matter
// to what a client says of it.
func selfSigned(c *x509.Certificate) bool { return string(c.RawIssuer) == string(c.RawSubject) }

// A missingLink says what keeps a client from leading a chain to a root.
type missingLink uint8

const (
	linkNone       missingLink = iota // the chain holds together, up to where roots begin
	linkSelfSigned                    // the leaf stands for itself
	linkAlone                         // the leaf came alone, and somebody else issued it
	linkGap                           // one certificate's issuer is not the next one
)

// missing looks for the issuer of each certificate in the chain, wherever in it.
func (c chain) missing() missingLink {
	switch {
	case !c.leaf:
		return linkNone
	case selfSigned(c.certs[0]):
		return linkSelfSigned
	case c.sent == 1:
		return linkAlone
	}
	last := c.certs[len(c.certs)-1]
	for _, cert := range c.certs {
		issuer := slices.ContainsFunc(c.certs, func(other *x509.Certificate) bool { return string(other.RawSubject) == string(cert.RawIssuer) })
		if !issuer && cert != last {
			return linkGap
		}
	}
	return linkNone
}
