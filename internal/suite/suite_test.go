package suite

import (
	"crypto"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// described builds a suite's IANA name from the columns of its line.
func described(s *Suite) string {
	name := "TLS_"
	switch s.KeyExchange {
	case KeyExchangeRSA:
		name += "RSA"
	case KeyExchangeECDHE:
		name += "ECDHE_" + map[Authentication]string{AuthRSA: "RSA", AuthECDSA: "ECDSA"}[s.Authentication]
	}
	name += "_WITH_" + map[Cipher]string{
		CipherRC4: "RC4_128", Cipher3DESCBC: "3DES_EDE_CBC",
		CipherAES128CBC: "AES_128_CBC", CipherAES256CBC: "AES_256_CBC",
		CipherAES128GCM: "AES_128_GCM", CipherAES256GCM: "AES_256_GCM",
		CipherChaCha20Poly1305: "CHACHA20_POLY1305",
	}[s.Cipher]
	if s.IsAEAD() {
		return name + "_" + hashName(s.Hash)
	}
	return name + map[MAC]string{MACSHA1: "_SHA", MACSHA256: "_SHA256", MACSHA384: "_SHA384"}[s.MAC]
}

func hashName(h crypto.Hash) string { return strings.ReplaceAll(h.String(), "-", "") }

func TestEverySuiteIsWhatItsNameSays(t *testing.T) {
	for _, s := range All() {
		if got := described(s); got != s.ID.String() {
			t.Errorf("the line of %v describes %s", s.ID, got)
		}
		if s.KeyExchange == KeyExchangeRSA && s.Authentication != AuthRSA {
			t.Errorf("%v: RSA key exchange needs an RSA certificate", s)
		}
		if s.IsAEAD() != (s.MAC == MACNone) {
			t.Errorf("%v: an AEAD cipher has no MAC, any other has one", s)
		}
	}
}

// Every combination that IANA has registered is in the table: the name of each
// that is missing must mean nothing.
func TestTheTableIsWhole(t *testing.T) {
	ours := 0
	for _, kx := range []string{"RSA", "ECDHE_RSA", "ECDHE_ECDSA"} {
		for _, cipher := range []string{"RC4_128", "3DES_EDE_CBC", "AES_128_CBC", "AES_256_CBC", "AES_128_GCM", "AES_256_GCM", "CHACHA20_POLY1305"} {
			for _, hash := range []string{"SHA", "SHA256", "SHA384"} {
				id, registered := wire.SuiteByName("TLS_" + kx + "_WITH_" + cipher + "_" + hash)
				if registered != (ByID(id) != nil) {
					t.Errorf("%v: registered %v, ours %v", id, registered, !registered)
				}
				if registered {
					ours++
				}
			}
		}
	}
	if ours != len(All()) || ours != 26 {
		t.Errorf("%d suites are registered, %d are ours, 26 were expected", ours, len(All()))
	}
}

func TestLengths(t *testing.T) {
	for _, c := range []struct {
		id                  wire.SuiteID
		key, mac, iv, block int
		cbc, aead           bool
	}{
		{wire.TLS_RSA_WITH_RC4_128_SHA, 16, 20, 0, 0, false, false},
		{wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA, 24, 20, 8, 8, true, false},
		{wire.TLS_RSA_WITH_AES_128_CBC_SHA, 16, 20, 16, 16, true, false},
		{wire.TLS_RSA_WITH_AES_256_CBC_SHA256, 32, 32, 16, 16, true, false},
		{wire.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, 32, 48, 16, 16, true, false},
		{wire.TLS_RSA_WITH_AES_128_GCM_SHA256, 16, 0, 4, 0, false, true},
		{wire.TLS_RSA_WITH_AES_256_GCM_SHA384, 32, 0, 4, 0, false, true},
		{wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, 32, 0, 12, 0, false, true},
	} {
		s := ByID(c.id)
		if s.KeyLen() != c.key || s.MACLen() != c.mac || s.IVLen() != c.iv || s.BlockLen() != c.block || s.IsCBC() != c.cbc || s.IsAEAD() != c.aead {
			t.Errorf("%v: key %d, MAC %d, IV %d, block %d, CBC %v, AEAD %v", s, s.KeyLen(), s.MACLen(), s.IVLen(), s.BlockLen(), s.IsCBC(), s.IsAEAD())
		}
	}
}

// RFC 5289, RFC 5288 and RFC 7905: what names SHA-384 uses it for the PRF, all
// else SHA-256.
func TestPRFHashFollowsTheName(t *testing.T) {
	for _, s := range All() {
		want := crypto.SHA256
		if strings.HasSuffix(s.String(), "SHA384") {
			want = crypto.SHA384
		}
		if s.Hash != want {
			t.Errorf("%v: %v", s, s.Hash)
		}
	}
}

func TestNoSuiteIsOfferedBeforeItsVersion(t *testing.T) {
	for _, s := range All() {
		want := wire.VersionSSL30
		switch {
		case !strings.HasSuffix(s.String(), "_SHA"):
			want = wire.VersionTLS12
		case s.KeyExchange == KeyExchangeECDHE:
			want = wire.VersionTLS10
		}
		if s.MinVersion != want {
			t.Errorf("%v: from %v, want %v", s, s.MinVersion, want)
		}
	}
}

func TestOrderPutsTheBetterFirst(t *testing.T) {
	worse := func(flags ...bool) (n int) {
		for _, f := range flags {
			n <<= 1
			if f {
				n |= 1
			}
		}
		return n
	}
	rank := func(s *Suite) int {
		return worse(s.Weak != "", s.Weak != "" && s.Cipher == CipherRC4, s.KeyExchange == KeyExchangeRSA, !s.IsAEAD(), s.Authentication == AuthRSA, s.MAC == MACSHA256 || s.MAC == MACSHA384)
	}
	if !slices.IsSortedFunc(All(), func(a, b *Suite) int { return rank(a) - rank(b) }) {
		t.Errorf("out of order: %v", All())
	}
}

func TestDefaultHasNothingWeak(t *testing.T) {
	ids := Default()
	if len(ids) != 20 {
		t.Errorf("%d suites, want 20", len(ids))
	}
	for _, s := range All() {
		weak := s.Cipher == CipherRC4 || s.Cipher == Cipher3DESCBC
		if weak != (s.Weak != "") || weak == slices.Contains(ids, s.ID) {
			t.Errorf("%v: weak for %q, in the default %v", s, s.Weak, slices.Contains(ids, s.ID))
		}
	}
}

func TestNobodyCanReorderTheTable(t *testing.T) {
	slices.Reverse(All())
	slices.Reverse(Default())
	if All()[0].ID != wire.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 || Default()[0] != All()[0].ID {
		t.Error("a caller turned the table round")
	}
}

func TestByIDKnowsOnlyOurs(t *testing.T) {
	for _, s := range All() {
		if ByID(s.ID) != s {
			t.Errorf("%v is not found by its number", s)
		}
	}
	for _, id := range []wire.SuiteID{0, wire.SuiteEmptyRenegotiationInfoSCSV, wire.SuiteFallbackSCSV, 0x1301, 0x0a0a} {
		if s := ByID(id); s != nil {
			t.Errorf("%v is taken for %v", id, s)
		}
	}
}

func TestParseReadsBothSpellings(t *testing.T) {
	for _, name := range []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ecdhe-rsa-aes128-gcm-sha256"} {
		if id, err := Parse(name); err != nil || id != wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 {
			t.Errorf("%s: %v, %v", name, id, err)
		}
	}
	for _, name := range []string{"", "AES", "TLS_AES_128_GCM_SHA256", "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", "TLS_FALLBACK_SCSV"} {
		if id, err := Parse(name); err == nil {
			t.Errorf("%q was taken for %v", name, id)
		}
	}
}
