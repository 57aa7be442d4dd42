package keys

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

var clientRandom, serverRandom = &[32]byte{1}, &[32]byte{2}

func TestKeyBlockHasTheLengthsThatSuiteAndVersionAskFor(t *testing.T) {
	for _, s := range suite.All() {
		for _, v := range versions {
			if v < s.MinVersion {
				continue
			}
			iv := s.IVLen()
			if s.IsCBC() && (v == wire.VersionTLS11 || v == wire.VersionTLS12) {
				iv = 0
			}
			b := KeyBlock(v, s, NewSecret(make([]byte, MasterLen)), clientRandom, serverRandom)
			for _, pair := range []struct {
				what           string
				client, server []byte
				want           int
			}{
				{"MAC", b.ClientMAC, b.ServerMAC, s.MACLen()},
				{"key", b.ClientKey, b.ServerKey, s.KeyLen()},
				{"IV", b.ClientIV, b.ServerIV, iv},
			} {
				if len(pair.client) != pair.want || len(pair.server) != pair.want {
					t.Errorf("%v, %v: %s of %d and %d bytes, want %d", s, v, pair.what, len(pair.client), len(pair.server), pair.want)
				}
				if pair.want > 0 && bytes.Equal(pair.client, pair.server) {
					t.Errorf("%v, %v: both sides have the same %s", s, v, pair.what)
				}
			}
		}
	}
}

func TestPartsOfABlockDoNotReachIntoEachOther(t *testing.T) {
	s := suite.ByID(wire.TLS_RSA_WITH_AES_128_CBC_SHA)
	b := KeyBlock(wire.VersionTLS10, s, NewSecret(make([]byte, MasterLen)), clientRandom, serverRandom)
	want := bytes.Clone(b.ServerMAC)
	_ = append(b.ClientMAC, make([]byte, 20)...)
	same(t, "server MAC after an append to the client's", b.ServerMAC, want)
}

func TestMasterSecretTakesPremastersOfAnyLength(t *testing.T) {
	for _, v := range versions {
		seen := map[string]int{}
		for n := range 140 {
			premaster := []byte(keyMaterial + keyMaterial + keyMaterial + keyMaterial + keyMaterial)[:n]
			master := MasterSecret(v, sha384Suite, premaster, clientRandom, serverRandom).Bytes()
			if len(master) != MasterLen {
				t.Errorf("%v: %d bytes of premaster give %d of master", v, n, len(master))
			}
			if other, ok := seen[string(master)]; ok {
				t.Errorf("%v: %d and %d bytes of premaster give the same master", v, other, n)
			}
			seen[string(master)] = n
		}
	}
}

func TestExtendedMasterSecretIsNotForSSL3(t *testing.T) {
	if !panics(func() { ExtendedMasterSecret(wire.VersionSSL30, sha256Suite, []byte{1}, []byte{2}) }) {
		t.Error("a secret came")
	}
}

func TestThereIsNoScheduleForTLS13(t *testing.T) {
	if !panics(func() { MasterSecret(wire.VersionTLS13, sha256Suite, []byte{1}, clientRandom, serverRandom) }) {
		t.Error("a secret came")
	}
}
