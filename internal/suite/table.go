package suite

import (
	"crypto"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

const (
	weakRC4  = "RC4 leaks plaintext; RFC 7465 forbids it"
	weak3DES = "3DES has 64-bit blocks and leaks plaintext in long connections (Sweet32)"
)

// table lists the suites in the order of our preference: a key exchange with
// forward secrecy before one without; AEAD before CBC, whose padding has been
// attacked again and again; ECDSA before RSA, as its signature costs the server
// a tenth; among CBC suites the longer MACs last, since SHA-1 is cheaper and
// its HMAC as strong; weak ones at the end.
//
// The SHA-256 and SHA-384 suites are not for versions before TLS 1.2 (RFC 5246,
// section A.5; RFC 5289, section 5), nor are AEAD ciphers. ECDHE needs hello
// extensions and is not defined for SSL 3.0 (RFC 4492, section 4).
var table = []*Suite{
	{wire.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, KeyExchangeECDHE, AuthECDSA, CipherAES128GCM, MACNone, crypto.SHA256, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, KeyExchangeECDHE, AuthECDSA, CipherAES256GCM, MACNone, crypto.SHA384, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, KeyExchangeECDHE, AuthECDSA, CipherChaCha20Poly1305, MACNone, crypto.SHA256, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, KeyExchangeECDHE, AuthRSA, CipherAES128GCM, MACNone, crypto.SHA256, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, KeyExchangeECDHE, AuthRSA, CipherAES256GCM, MACNone, crypto.SHA384, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, KeyExchangeECDHE, AuthRSA, CipherChaCha20Poly1305, MACNone, crypto.SHA256, wire.VersionTLS12, ""},

	{wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, KeyExchangeECDHE, AuthECDSA, CipherAES128CBC, MACSHA1, crypto.SHA256, wire.VersionTLS10, ""},
	{wire.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, KeyExchangeECDHE, AuthECDSA, CipherAES256CBC, MACSHA1, crypto.SHA256, wire.VersionTLS10, ""},
	{wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, KeyExchangeECDHE, AuthECDSA, CipherAES128CBC, MACSHA256, crypto.SHA256, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384, KeyExchangeECDHE, AuthECDSA, CipherAES256CBC, MACSHA384, crypto.SHA384, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, KeyExchangeECDHE, AuthRSA, CipherAES128CBC, MACSHA1, crypto.SHA256, wire.VersionTLS10, ""},
	{wire.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, KeyExchangeECDHE, AuthRSA, CipherAES256CBC, MACSHA1, crypto.SHA256, wire.VersionTLS10, ""},
	{wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, KeyExchangeECDHE, AuthRSA, CipherAES128CBC, MACSHA256, crypto.SHA256, wire.VersionTLS12, ""},
	{wire.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, KeyExchangeECDHE, AuthRSA, CipherAES256CBC, MACSHA384, crypto.SHA384, wire.VersionTLS12, ""},

	{wire.TLS_RSA_WITH_AES_128_GCM_SHA256, KeyExchangeRSA, AuthRSA, CipherAES128GCM, MACNone, crypto.SHA256, wire.VersionTLS12, ""},
	{wire.TLS_RSA_WITH_AES_256_GCM_SHA384, KeyExchangeRSA, AuthRSA, CipherAES256GCM, MACNone, crypto.SHA384, wire.VersionTLS12, ""},
	{wire.TLS_RSA_WITH_AES_128_CBC_SHA, KeyExchangeRSA, AuthRSA, CipherAES128CBC, MACSHA1, crypto.SHA256, wire.VersionSSL30, ""},
	{wire.TLS_RSA_WITH_AES_256_CBC_SHA, KeyExchangeRSA, AuthRSA, CipherAES256CBC, MACSHA1, crypto.SHA256, wire.VersionSSL30, ""},
	{wire.TLS_RSA_WITH_AES_128_CBC_SHA256, KeyExchangeRSA, AuthRSA, CipherAES128CBC, MACSHA256, crypto.SHA256, wire.VersionTLS12, ""},
	{wire.TLS_RSA_WITH_AES_256_CBC_SHA256, KeyExchangeRSA, AuthRSA, CipherAES256CBC, MACSHA256, crypto.SHA256, wire.VersionTLS12, ""},

	{wire.TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA, KeyExchangeECDHE, AuthECDSA, Cipher3DESCBC, MACSHA1, crypto.SHA256, wire.VersionTLS10, weak3DES},
	{wire.TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA, KeyExchangeECDHE, AuthRSA, Cipher3DESCBC, MACSHA1, crypto.SHA256, wire.VersionTLS10, weak3DES},
	{wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA, KeyExchangeRSA, AuthRSA, Cipher3DESCBC, MACSHA1, crypto.SHA256, wire.VersionSSL30, weak3DES},
	{wire.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, KeyExchangeECDHE, AuthECDSA, CipherRC4, MACSHA1, crypto.SHA256, wire.VersionTLS10, weakRC4},
	{wire.TLS_ECDHE_RSA_WITH_RC4_128_SHA, KeyExchangeECDHE, AuthRSA, CipherRC4, MACSHA1, crypto.SHA256, wire.VersionTLS10, weakRC4},
	{wire.TLS_RSA_WITH_RC4_128_SHA, KeyExchangeRSA, AuthRSA, CipherRC4, MACSHA1, crypto.SHA256, wire.VersionSSL30, weakRC4},
}

var byID = index(table)

func index(suites []*Suite) map[wire.SuiteID]*Suite {
	m := make(map[wire.SuiteID]*Suite, len(suites))
	for _, s := range suites {
		m[s.ID] = s
	}
	return m
}

// ByID finds a suite by its IANA number; nil if it is none of ours.
func ByID(id wire.SuiteID) *Suite { return byID[id] }

// All lists every suite in the order of our preference, weak ones last. The
// slice is the caller's.
func All() []*Suite { return slices.Clone(table) }

// Default lists the suites that are on unless someone says otherwise, in the
// order of our preference: all but the weak ones. The slice is the caller's.
func Default() []wire.SuiteID {
	var ids []wire.SuiteID
	for _, s := range table {
		if s.Weak == "" {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

// Parse reads a suite's name as IANA or OpenSSL spells it, in either case. The
// error tells a name that means nothing from a suite that Parley does not have.
func Parse(name string) (wire.SuiteID, error) {
	id, ok := wire.SuiteByName(name)
	if !ok {
		return 0, fmt.Errorf("no cipher suite is named %q", name)
	}
	if ByID(id) == nil {
		return 0, fmt.Errorf("cipher suite %v is not one that Parley speaks", id)
	}
	return id, nil
}
