package inventory

import (
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

var day = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)

// helloOf is the first hello of a client that we know.
func helloOf(t testing.TB, profile string) *wire.ClientHello {
	t.Helper()
	p, ok := profiles.Named(profile)
	if !ok {
		t.Fatalf("no profile %q", profile)
	}
	return p.Hello
}

// anySighting draws one of a client's sightings.
func anySighting(t *rapid.T) Sighting {
	s := Sighting{
		Who: Who{Listener: "l", Source: SourceOf(netip.MustParseAddr("192.0.2.1"))}, At: day.Add(time.Duration(rapid.IntRange(0, 9).Draw(t, "at")) * time.Second),
		Began: rapid.Bool().Draw(t, "began"), Failed: rapid.Bool().Draw(t, "failed"), Name: rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "name"),
		Version: wire.Version(rapid.IntRange(0x0300, 0x0304).Draw(t, "version")), Suite: rapid.SampledFrom(suite.All()).Draw(t, "suite").ID,
		Findings:    rapid.SliceOfN(rapid.SampledFrom(findings.IDs()), 0, 3).Draw(t, "findings"),
		Permissions: rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,2}`), 0, 6).Draw(t, "permissions"),
		Trial:       Trial{Name: rapid.StringMatching(`[a-e]?`).Draw(t, "trial"), Finding: rapid.SampledFrom([]string{"", "suite-none-shared"}).Draw(t, "refused")},
	}
	for range rapid.IntRange(0, 3).Draw(t, "seconds") {
		s.Second = append(s.Second, Second{
			Kind: rapid.SampledFrom([]renego.Kind{renego.KindSecure, renego.KindReset, renego.KindForged, renego.KindBare, renego.KindRestart}).Draw(t, "kind"), Resumes: rapid.Bool().Draw(t, "resumes"),
			Terms: rapid.SampledFrom([]renego.Terms{renego.TermsInitial, renego.TermsTrusted}).Draw(t, "terms"), Lived: rapid.Bool().Draw(t, "lived"),
		})
	}
	return s
}

func whole(list []Sighting) Client {
	out := seen(&list[0])
	out.Needs = out.Needs.with(Needs{Suites: []string{list[0].Suite.String()}, MinVersion: number(max(list[0].Version, wire.VersionTLS10))})
	for _, s := range list[1:] {
		one := seen(&s)
		one.Needs = one.Needs.with(Needs{Suites: []string{s.Suite.String()}, MinVersion: number(max(s.Version, wire.VersionTLS10))})
		out = out.with(one)
	}
	return out
}

func TestTheOrderOfSightingsIsNothingToAClient(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfN(rapid.Custom(anySighting), 2, 12).Draw(t, "sightings")
		want := whole(list)
		if got := whole(rapid.Permutation(list).Draw(t, "order")); !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v,\nand in order %+v", got, want)
		}
		cut := rapid.IntRange(1, len(list)-1).Draw(t, "cut")
		if got := whole(list[cut:]).with(whole(list[:cut])); !reflect.DeepEqual(got, want) {
			t.Fatalf("in halves %+v,\nand whole %+v", got, want)
		}
	})
}

func TestAClientIsReadAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := whole(rapid.SliceOfN(rapid.Custom(anySighting), 1, 12).Draw(t, "sightings"))
		got, err := decode(want.key(), want.encode())
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%+v, %v, not %+v", got, err, want)
		}
	})
}

func TestLeastSettingsOfKnownClients(t *testing.T) {
	for profile, want := range map[string]Needs{
		"founding":            {MinVersion: "1.2", Suites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}},
		"java-6":              {MinVersion: "1.0", Suites: []string{"TLS_RSA_WITH_AES_128_CBC_SHA"}},
		"windows-xp":          {MinVersion: "1.0", Suites: []string{"TLS_RSA_WITH_3DES_EDE_CBC_SHA"}},
		"openssl-1.0.1j-ssl2": {Never: "hello-ssl2"},
	} {
		if got := leastOf(helloOf(t, profile), nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, not %+v", profile, got, want)
		}
	}
}

func TestAFleetIsPlayedOnce(t *testing.T) {
	var l least
	for _, profile := range []string{"java-6", "founding", "java-6", "java-6"} {
		hello := helloOf(t, profile).Clone()
		hello.SessionID = []byte(profile) // each offers one of its own
		if got, want := l.of(hello, nil), leastOf(helloOf(t, profile), nil); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, not %+v", profile, got, want)
		}
	}
	if len(l.kept) != 2 {
		t.Errorf("%d were played", len(l.kept))
	}
}

func TestAnswersThatAClientNeeds(t *testing.T) {
	for name, test := range map[string]struct {
		second Second
		want   Needs
	}{
		"secure":                  {Second{Kind: renego.KindSecure}, Needs{Secure: "accept"}},
		"reset that resumes":      {Second{Kind: renego.KindReset, Resumes: true}, Needs{Reset: "accept"}},
		"reset without":           {Second{Kind: renego.KindReset}, Needs{Reset: "accept-full"}},
		"bare that resumes":       {Second{Kind: renego.KindBare, Resumes: true}, Needs{Bare: "resumed"}},
		"bare":                    {Second{Kind: renego.KindBare}, Needs{Bare: "isolate"}},
		"bare that was trusted":   {Second{Kind: renego.KindBare, Terms: renego.TermsTrusted}, Needs{Bare: "trust"}},
		"bare that is lived with": {Second{Kind: renego.KindBare, Lived: true}, Needs{}},
		"restart":                 {Second{Kind: renego.KindRestart}, Needs{Restart: "isolate"}},
		"forged":                  {Second{Kind: renego.KindForged}, Needs{}},
	} {
		if got := seen(&Sighting{Second: []Second{test.second}}).Needs; !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTheWorstIsTold(t *testing.T) {
	for name, test := range map[string]struct {
		s    Sighting
		want string
	}{
		"nothing":          {Sighting{}, ""},
		"TLS 1.3":          {Sighting{Version: wire.VersionTLS13, Suite: wire.TLS_AES_128_GCM_SHA256, Hello: helloOf(t, "openssl-3.0")}, WeakNothing},
		"up to date":       {Sighting{Version: wire.VersionTLS12, Suite: wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Hello: helloOf(t, "openssl-3.0")}, WeakNothing},
		"before RFC 7627":  {Sighting{Version: wire.VersionTLS12, Suite: wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Hello: helloOf(t, "founding")}, WeakNoEMS},
		"RSA key exchange": {Sighting{Version: wire.VersionTLS12, Suite: wire.TLS_RSA_WITH_AES_128_GCM_SHA256}, WeakNoForward},
		"CBC":              {Sighting{Version: wire.VersionTLS12, Suite: wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}, WeakCBC},
		"RC4":              {Sighting{Version: wire.VersionTLS10, Suite: wire.TLS_RSA_WITH_RC4_128_SHA}, WeakRC4},
		"3DES":             {Sighting{Version: wire.VersionTLS10, Suite: wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA}, Weak3DES},
		"TLS 1.0":          {Sighting{Version: wire.VersionTLS10, Suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA}, WeakTLS10},
		"TLS 1.1":          {Sighting{Version: wire.VersionTLS11, Suite: wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA}, WeakTLS11},
		"refused":          {Sighting{Hello: helloOf(t, "java-6")}, WeakTLS10},
		"SSL 2.0 hello":    {Sighting{Hello: helloOf(t, "openssl-1.0.1j-ssl2")}, WeakSSL2},
		"reset":            {Sighting{Version: wire.VersionTLS12, Suite: wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Second: []Second{{Kind: renego.KindReset}}}, WeakReset},
		"bare":             {Sighting{Version: wire.VersionTLS10, Suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA, Second: []Second{{Kind: renego.KindBare}}}, WeakBare},
		"no signal":        {Sighting{Version: wire.VersionTLS12, Suite: wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, Hello: &wire.ClientHello{Version: wire.VersionTLS12}}, WeakNoSignal},
	} {
		if got := test.s.weakest(); got != test.want {
			t.Errorf("%s: %q, not %q", name, got, test.want)
		}
	}
}

func TestOnlyFindingsWithAPageAreKept(t *testing.T) {
	c := seen(&Sighting{Findings: []string{"reneg-reset-hello", "clean", "a stranger's text", "reneg-reset-hello"}})
	if want := map[string]uint64{"reneg-reset-hello": 2}; !maps.Equal(c.Findings, want) {
		t.Errorf("%v", c.Findings)
	}
}

func TestTextsOfStrangersAreBounded(t *testing.T) {
	long := string(slices.Repeat([]byte("\xffx"), 10_000))
	s := Sighting{Who: Who{SNI: long}, Name: long, Permissions: []string{long}}
	s.complete()
	c := seen(&s)
	if _, err := decode(c.key(), c.encode()); err != nil || len(c.encode()) > maxRecord/10 {
		t.Errorf("%d bytes, %v", len(c.encode()), err)
	}
}

// FuzzRecord: what is read from a file is a client as sightings make them, or an
// error; and it is written as it was read.
func FuzzRecord(f *testing.F) {
	for _, s := range []Sighting{{}, {At: day, Began: true, Version: wire.VersionTLS10, Suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA, Second: []Second{{Kind: renego.KindReset}}, Trial: Trial{"modern", "suite-none-shared"}}} {
		c := seen(&s)
		f.Add(c.key(), c.encode())
	}
	f.Add([]byte("k"), []byte(`{"source":"192.0.2.0/24","trials":{"x":{}}}`))
	f.Fuzz(func(t *testing.T, key, text []byte) {
		c, err := decode(key, text)
		if err != nil {
			return
		}
		again, err := decode(c.key(), c.encode())
		if err != nil || !reflect.DeepEqual(again.encode(), c.encode()) {
			t.Errorf("%+v, %v, of %+v", again, err, c)
		}
		_ = c.with(again)
	})
}
