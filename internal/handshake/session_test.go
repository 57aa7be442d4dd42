package handshake

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// sealer makes tickets that hold a session as it is.
type sealer struct{}

func (sealer) Seal(session []byte) []byte { return append([]byte("sealed "), session...) }

func aSession() *Session {
	return &Session{
		ID: bytes.Repeat([]byte{1}, 32), Version: wire.VersionTLS12, Suite: suite.ByID(wire.TLS_RSA_WITH_AES_128_CBC_SHA),
		Master: keys.NewSecret(bytes.Repeat([]byte{2}, 48)), ExtendedMasterSecret: true, ServerName: "a.test", ALPN: "h1",
		ClientChain: [][]byte{{1, 2, 3}, {4}},
	}
}

func same(a, b *Session) bool {
	x, y := *a, *b
	x.Master, y.Master = keys.Secret{}, keys.Secret{}
	return reflect.DeepEqual(x, y) && bytes.Equal(a.Master.Bytes(), b.Master.Bytes())
}

func TestSessionsSurviveMarshalling(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &Session{
			ID:                   rapid.SliceOfN(rapid.Byte(), 1, 32).Draw(t, "id"),
			Version:              wire.Version(rapid.Uint16().Draw(t, "version")),
			Suite:                rapid.SampledFrom(suite.All()).Draw(t, "suite"),
			Master:               keys.NewSecret(rapid.SliceOfN(rapid.Byte(), 48, 48).Draw(t, "master")),
			ExtendedMasterSecret: rapid.Bool().Draw(t, "EMS"),
			ServerName:           rapid.String().Draw(t, "name"),
			ALPN:                 rapid.String().Draw(t, "ALPN"),
			ClientChain:          rapid.SliceOf(rapid.SliceOfN(rapid.Byte(), 1, 50)).Draw(t, "chain"),
		}
		if len(s.ClientChain) == 0 {
			s.ClientChain = nil
		}
		got, err := ParseSession(s.Marshal())
		if err != nil || !same(got, s) {
			t.Fatalf("%v: %+v became %+v", err, s, got)
		}
	})
}

func TestEveryPrefixOfASessionIsRefused(t *testing.T) {
	whole := aSession().Marshal()
	for n := range whole {
		if _, err := ParseSession(whole[:n]); err == nil {
			t.Errorf("accepted the first %d of %d bytes", n, len(whole))
		}
	}
	if _, err := ParseSession(append(whole, 0)); err == nil {
		t.Error("accepted a byte more")
	}
}

func TestASessionOfAnotherFormatIsRefused(t *testing.T) {
	alter := func(at int, b byte) []byte {
		raw := aSession().Marshal()
		raw[at] = b
		return raw
	}
	for name, raw := range map[string][]byte{
		"format": alter(0, 2), "a suite that is not ours": alter(3, 0x13), "a boolean that is none": alter(5, 2),
		"a short master secret": (&Session{Suite: aSession().Suite, Master: keys.NewSecret(make([]byte, 47))}).Marshal(),
		"no master secret":      (&Session{Suite: aSession().Suite}).Marshal(),
	} {
		if _, err := ParseSession(raw); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestPrintingASessionShowsNoSecret(t *testing.T) {
	s := aSession()
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		if out := fmt.Sprintf(verb, s); strings.Contains(out, strings.Repeat("02", 8)) || strings.Contains(out, "2 2 2 2") || strings.Contains(out, "0x2, 0x2, 0x2") {
			t.Errorf("%s shows the master secret: %s", verb, out)
		}
	}
}

func FuzzParseSession(f *testing.F) {
	f.Add(aSession().Marshal())
	f.Add((&Session{Suite: aSession().Suite, Version: wire.VersionTLS10, Master: keys.NewSecret(make([]byte, 48))}).Marshal())
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := ParseSession(slices.Clone(raw))
		if err != nil {
			return
		}
		if again := s.Marshal(); !bytes.Equal(again, raw) {
			t.Fatalf("%x became %x", raw, again)
		}
	})
}
