package dissect

import (
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// Suites that differ from the server's in the key exchange alone are opened as
// those are; others are not.
func TestSuitesOfOtherKeyExchanges(t *testing.T) {
	for name, like := range map[string]wire.SuiteID{
		"TLS_DHE_RSA_WITH_AES_128_CBC_SHA":          wire.TLS_RSA_WITH_AES_128_CBC_SHA,
		"TLS_DHE_RSA_WITH_AES_256_GCM_SHA384":       wire.TLS_RSA_WITH_AES_256_GCM_SHA384,
		"TLS_DHE_DSS_WITH_3DES_EDE_CBC_SHA":         wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA,
		"TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256": wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
		"TLS_DH_anon_WITH_RC4_128_MD5":              0,
		"TLS_RSA_WITH_CAMELLIA_128_CBC_SHA":         0,
		"TLS_RSA_WITH_NULL_SHA":                     0,
		"TLS_RSA_EXPORT_WITH_RC4_40_MD5":            0,
		"TLS_DHE_RSA_WITH_AES_128_CCM_8":            0,
		"TLS_EMPTY_RENEGOTIATION_INFO_SCSV":         0,
	} {
		id, ok := wire.SuiteByName(name)
		if !ok {
			t.Fatalf("%s is no suite", name)
		}
		s := suiteOf(id)
		if like == 0 {
			if s != nil {
				t.Errorf("%s is opened as %+v", name, s)
			}
			continue
		}
		want := suite.ByID(like)
		if s == nil || s.ID != id || s.Cipher != want.Cipher || s.MAC != want.MAC || s.Hash != want.Hash || s.MinVersion != want.MinVersion || s.KeyExchange == suite.KeyExchangeRSA {
			t.Errorf("%s is opened as %+v", name, s)
		}
	}
}
