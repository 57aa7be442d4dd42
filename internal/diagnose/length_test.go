package diagnose

import (
	"crypto/rand"
	"testing"

	records "github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// TestContentLengthIsThatOfWhatWasSealed seals messages of many lengths under
// every suite and version that we have.
func TestContentLengthIsThatOfWhatWasSealed(t *testing.T) {
	for _, x := range suite.All() {
		for v := wire.VersionSSL30; v <= wire.VersionTLS12; v++ {
			if v < x.MinVersion {
				continue
			}
			s, err := records.NewSealer(v, x, make([]byte, x.MACLen()), make([]byte, x.KeyLen()), make([]byte, ivLen(x, v)))
			if err != nil {
				t.Fatal(x, v, err)
			}
			s.SetRandom(rand.Reader)
			for n := 1; n < 70; n++ {
				sealed := s.Seal(nil, wire.TypeHandshake, make([]byte, n))
				l, ok := contentLength(len(sealed)-wire.RecordHeaderLen, x.ID, v)
				if !ok || !l.has(n) || l.most-l.least >= 16 || l.exact() == x.IsCBC() {
					t.Fatalf("%s, %s: %d bytes in %d look like %s", x, v, n, len(sealed), l)
				}
			}
		}
	}
}

func ivLen(x *suite.Suite, v wire.Version) int {
	if x.IsCBC() && v >= wire.VersionTLS11 {
		return 0
	}
	return x.IVLen()
}

func TestContentLengthOfSuitesThatAreNotOurs(t *testing.T) {
	for _, test := range []struct {
		name        string
		sealed      int
		v           wire.Version
		least, most int
	}{
		{"TLS_DHE_RSA_WITH_AES_128_CCM", 124, wire.VersionTLS12, 100, 100},
		{"TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8", 116, wire.VersionTLS12, 100, 100},
		{"TLS_DHE_RSA_WITH_DES_CBC_SHA", 128, wire.VersionTLS10, 100, 107},
		{"TLS_RSA_WITH_CAMELLIA_256_CBC_SHA", 128, wire.VersionTLS11, 76, 91},
		{"TLS_RSA_WITH_RC4_128_MD5", 116, wire.VersionTLS10, 100, 100},
	} {
		id, ok := wire.SuiteByName(test.name)
		if !ok {
			t.Fatalf("no suite is named %s", test.name)
		}
		if l, ok := contentLength(test.sealed, id, test.v); !ok || l.least != test.least || l.most != test.most {
			t.Errorf("%s: %d to %d", test.name, l.least, l.most)
		}
	}
	for _, sealed := range []int{-1, 0, 5, 23} {
		if l, ok := contentLength(sealed, wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.VersionTLS12); ok {
			t.Errorf("a record of %d bytes is said to hold %s", sealed, l)
		}
	}
}
