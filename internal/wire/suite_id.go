package wire

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// A SuiteID is the number of a cipher suite, as the IANA registry assigns it.
type SuiteID uint16

// The cipher suites that the engine serves, spelled as IANA spells them.
const (
	TLS_RSA_WITH_RC4_128_MD5        SuiteID = 0x0004
	TLS_RSA_WITH_RC4_128_SHA        SuiteID = 0x0005
	TLS_RSA_WITH_3DES_EDE_CBC_SHA   SuiteID = 0x000A
	TLS_RSA_WITH_AES_128_CBC_SHA    SuiteID = 0x002F
	TLS_RSA_WITH_AES_256_CBC_SHA    SuiteID = 0x0035
	TLS_RSA_WITH_AES_128_CBC_SHA256 SuiteID = 0x003C
	TLS_RSA_WITH_AES_256_CBC_SHA256 SuiteID = 0x003D
	TLS_RSA_WITH_AES_128_GCM_SHA256 SuiteID = 0x009C
	TLS_RSA_WITH_AES_256_GCM_SHA384 SuiteID = 0x009D

	TLS_ECDHE_ECDSA_WITH_RC4_128_SHA              SuiteID = 0xC007
	TLS_ECDHE_ECDSA_WITH_3DES_EDE_CBC_SHA         SuiteID = 0xC008
	TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA          SuiteID = 0xC009
	TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA          SuiteID = 0xC00A
	TLS_ECDHE_RSA_WITH_RC4_128_SHA                SuiteID = 0xC011
	TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA           SuiteID = 0xC012
	TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA            SuiteID = 0xC013
	TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA            SuiteID = 0xC014
	TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256       SuiteID = 0xC023
	TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384       SuiteID = 0xC024
	TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256         SuiteID = 0xC027
	TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384         SuiteID = 0xC028
	TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256       SuiteID = 0xC02B
	TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384       SuiteID = 0xC02C
	TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256         SuiteID = 0xC02F
	TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384         SuiteID = 0xC030
	TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256   SuiteID = 0xCCA8
	TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 SuiteID = 0xCCA9
)

// The cipher suites of TLS 1.3, which we recognise in a hello but never choose.
const (
	TLS_AES_128_GCM_SHA256       SuiteID = 0x1301
	TLS_AES_256_GCM_SHA384       SuiteID = 0x1302
	TLS_CHACHA20_POLY1305_SHA256 SuiteID = 0x1303
)

// Signals that travel as cipher suites.
const (
	SuiteNull                       SuiteID = 0x0000 // TLS_NULL_WITH_NULL_NULL
	SuiteEmptyRenegotiationInfoSCSV SuiteID = 0x00FF // RFC 5746, section 3.3
	SuiteFallbackSCSV               SuiteID = 0x5600 // RFC 7507, section 2
)

// IsGREASE reports whether s is one of the values that RFC 8701 reserves.
func (s SuiteID) IsGREASE() bool { return isGREASE(uint16(s)) }

// String returns the name in the IANA registry, or the number in hexadecimal.
func (s SuiteID) String() string {
	if name, ok := suites().names[s]; ok {
		return name
	}
	return hex16(uint16(s))
}

// OpenSSLName returns the name current versions of OpenSSL give the suite, or
// the IANA name where OpenSSL has none of its own.
func (s SuiteID) OpenSSLName() string {
	if name, ok := suites().openssl[s]; ok {
		return name
	}
	return s.String()
}

// SuiteByName finds a suite by its IANA name, by a name that any version of
// OpenSSL gave it, or by the SSL_ spelling that Java and RFC 6101 use. Case
// does not matter.
func SuiteByName(name string) (SuiteID, bool) {
	name = strings.ToUpper(name)
	if id, ok := suites().ids[name]; ok {
		return id, true
	}
	if rest, ok := strings.CutPrefix(name, "SSL_"); ok {
		id, ok := suites().ids["TLS_"+rest]
		return id, ok
	}
	return 0, false
}

//go:embed suites.txt
var suitesText string

type suiteNames struct {
	names   map[SuiteID]string
	openssl map[SuiteID]string
	ids     map[string]SuiteID // keys in upper case
}

// suites reads the embedded table once, when a name is first asked for.
var suites = sync.OnceValue(func() suiteNames {
	t := suiteNames{map[SuiteID]string{}, map[SuiteID]string{}, map[string]SuiteID{}}
	for line := range strings.Lines(suitesText) {
		fields := strings.Fields(line)
		if len(fields) < 2 || fields[0] == "#" {
			continue
		}
		n, err := strconv.ParseUint(fields[0], 16, 16)
		if err != nil {
			panic(fmt.Sprintf("wire: suites.txt: %v", err)) // a test reads the whole table
		}
		id := SuiteID(n)
		t.names[id] = fields[1]
		if len(fields) > 2 {
			t.openssl[id] = fields[2]
		}
		for _, name := range fields[1:] {
			t.ids[strings.ToUpper(name)] = id
		}
	}
	return t
})
