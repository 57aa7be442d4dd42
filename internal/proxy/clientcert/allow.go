package clientcert

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Names are those that a certificate may have: a common name, a DNS name, a URI or
// an address of mail, or its SHA-256 in hexadecimal.
type Names []string

// Hold says whether a certificate has one of them.
func (n Names) Hold(c *x509.Certificate) bool {
	return slices.ContainsFunc(n, func(name string) bool { return has(c, name) })
}

// sumForm is a SHA-256 as openssl prints it, and as others do.
var sumForm = regexp.MustCompile(`^[0-9a-fA-F]{64}$|^([0-9a-fA-F]{2}:){31}[0-9a-fA-F]{2}$`)

// maxName bounds a name; a URI may be long.
const maxName = 1024

// ParseNames reads names. It says which one is none, and why.
func ParseNames(words []string) (names Names, bad, why string) {
	for _, word := range words {
		switch {
		case strings.TrimSpace(word) == "":
			return nil, word, "a name is empty"
		case len(word) > maxName:
			return nil, word[:maxName], fmt.Sprintf("a name has more than %d bytes", maxName)
		case strings.Contains(word, "*"):
			return nil, word, "a name has no pattern: each client is named by itself"
		case sumForm.MatchString(word):
			word = strings.ToLower(strings.ReplaceAll(word, ":", ""))
		}
		names = append(names, word)
	}
	return names, "", ""
}

// has says whether a name is in a certificate, or is its sum.
func has(c *x509.Certificate, name string) bool {
	if len(name) == 2*sha256.Size && sumForm.MatchString(name) {
		return name == Sum(c)
	}
	// The host of a URI is not case-sensitive, but its path is: it is compared as it is.
	isName := func(n string) bool { return strings.EqualFold(n, name) }
	return c.Subject.CommonName == name || slices.ContainsFunc(c.DNSNames, isName) || slices.ContainsFunc(c.EmailAddresses, isName) ||
		slices.ContainsFunc(c.URIs, func(u *url.URL) bool { return u.String() == name })
}

// Sum is a certificate's SHA-256 in hexadecimal.
func Sum(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}
