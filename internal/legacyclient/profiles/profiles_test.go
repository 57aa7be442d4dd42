package profiles

import (
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

func TestEveryProfileIsDescribedAndReadToItsEnd(t *testing.T) {
	if len(All()) < 15 || All()[0].Name != "founding" {
		t.Fatalf("%d profiles, the first is %q", len(All()), All()[0].Name)
	}
	for _, p := range All() {
		if p.Is == "" || p.Seen == "" || p.Name != strings.ToLower(p.Name) {
			t.Errorf("%q is %q, seen %q", p.Name, p.Is, p.Seen)
		}
		if p.Habit != "" {
			if _, ok := legacyclient.Named(p.Habit); !ok {
				t.Errorf("%s: its habit %q is no misbehaviour", p.Name, p.Habit)
			}
		}
		if found, ok := Named(p.Name); !ok || found.Is != p.Is {
			t.Errorf("%s is not found", p.Name)
		}
		if len(p.Spoken()) == 0 {
			t.Errorf("%s offers nothing that this client can do", p.Name)
		}
	}
	if _, ok := Named("netscape"); ok {
		t.Error("a name that there is not is found")
	}
}

// What is from the literature is what the literature has.
func TestProfilesFromTheLiteratureHaveThePublishedFingerprint(t *testing.T) {
	for name, ja3 := range map[string]string{
		"windows-xp": "769,4-5-10-9-100-98-3-6-19-18-99,,,",
		"windows-7":  "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0",
		"java-7":     "769,49161-49171-47-49156-49166-51-50-49159-49169-5-49154-49164-49160-49170-10-49155-49165-22-19-4-255,10-11-0,23-1-3-19-21-6-7-9-10-24-11-12-25-13-14-15-16-17-2-18-4-5-20-8-22,0",
	} {
		p, _ := Named(name)
		if got, _ := p.Hello.JA3(); got != ja3 || !p.Literature {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// sent gives the first record that a client of a profile sends.
func sent(t *testing.T, o legacyclient.Options) (*wire.ClientHello, wire.Version) {
	t.Helper()
	here, there := net.Pipe()
	defer there.Close()
	go func() { _ = legacyclient.New(here, o).Begin(legacyclient.Hello{}) }()
	record := make([]byte, 4096)
	n, err := there.Read(record)
	if err != nil {
		t.Fatal(err)
	}
	hello, header, err := ReadRecord(record[:n])
	if err != nil {
		t.Fatal(err)
	}
	return hello, header
}

// fixed is a hello without what differs each time.
func fixed(hello *wire.ClientHello) string {
	hello = hello.Clone()
	hello.Raw, hello.Random = nil, [32]byte{}
	clear(hello.SSL2Challenge)
	clear(hello.SessionID)
	return string(hello.Marshal())
}

func TestAClientOfAProfileSendsItsHelloToTheByte(t *testing.T) {
	for _, p := range All() {
		o := p.Options(legacyclient.Options{})
		if _, named := p.Hello.Extension(wire.ExtensionServerName); named {
			o.ServerName = "host.example"
		}
		hello, header := sent(t, o)
		if header != p.Header || fixed(hello) != fixed(p.Hello) {
			t.Errorf("%s: header %s, %x, not %x", p.Name, header, fixed(hello), fixed(p.Hello))
		}
		again, _ := sent(t, o)
		if again.Random == hello.Random {
			t.Errorf("%s: the same random twice", p.Name)
		}
	}
}

func TestTheServerNameIsTheCallers(t *testing.T) {
	for _, p := range All() {
		if p.Hello.SSL2Format {
			continue
		}
		hello, _ := sent(t, p.Options(legacyclient.Options{ServerName: "legacy.example"}))
		if name, err := hello.ServerName(); name != "legacy.example" {
			t.Errorf("%s: server_name %q, %v", p.Name, name, err)
		}
		hello, _ = sent(t, p.Options(legacyclient.Options{}))
		if _, present := hello.Extension(wire.ExtensionServerName); present {
			t.Errorf("%s: a server_name that nobody gave", p.Name)
		}
	}
}

func TestAnEarlierVersionLeavesOutWhatOnlyLaterOnesHave(t *testing.T) {
	p, _ := Named("java-17")
	hello := p.At(wire.VersionTLS10).Hello
	if hello.Version != wire.VersionTLS10 || hello.OffersVersion(wire.VersionTLS12) {
		t.Errorf("it offers %s and more", hello.Version)
	}
	for _, id := range hello.CipherSuites {
		if s := suite.ByID(id); s != nil && s.MinVersion > wire.VersionTLS10 {
			t.Errorf("it offers %s", id)
		}
	}
	if _, present := hello.Extension(wire.ExtensionSignatureAlgorithms); present {
		t.Error("it has signature_algorithms")
	}
	if p.At(wire.VersionTLS12).Hello != p.Hello {
		t.Error("its own version changes it")
	}
	old, _ := Named("windows-xp")
	if old.At(wire.VersionTLS12).Hello != old.Hello {
		t.Error("a later version changes one that has none")
	}
}

func TestATrimmedProfileOffersOnlyWhatTheClientCanDo(t *testing.T) {
	for _, p := range All() {
		for _, id := range p.At(wire.VersionSSL30).Trimmed().Hello.CipherSuites {
			if s := suite.ByID(id); s != nil && s.MinVersion > wire.VersionSSL30 {
				t.Errorf("%s: offers %s in SSL 3.0", p.Name, id)
			}
		}
		hello := p.Trimmed().Hello
		for _, id := range hello.CipherSuites {
			if suite.ByID(id) == nil && !strings.HasSuffix(id.String(), "_SCSV") {
				t.Errorf("%s: offers %s", p.Name, id)
			}
		}
		groups, _ := hello.Groups()
		for _, g := range groups {
			if !legacyclient.Speaks(g) {
				t.Errorf("%s: offers %s", p.Name, g)
			}
		}
		if hello.OffersSCSV() != p.Hello.OffersSCSV() {
			t.Errorf("%s: the SCSV comes or goes", p.Name)
		}
	}
}

func TestOtherSuitesKeepTheSignal(t *testing.T) {
	p, _ := Named("founding")
	hello := p.WithSuites([]wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}).Hello
	if !slices.Equal(hello.CipherSuites, []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.SuiteEmptyRenegotiationInfoSCSV}) {
		t.Errorf("%v", hello.CipherSuites)
	}
}

func TestAFileThatIsWrongIsNamed(t *testing.T) {
	for _, text := range []string{
		"is: x\nsaw: y\n\n16",
		"is: x\n\n1g",
		"is: x\n\n16 03 01 00 02 01 00",
		"is: x\n\n17 03 01 00 01 01",
		"is: x\n\n80 03 01 03 01",
		"",
	} {
		if _, err := parse("wrong", text); err == nil || !strings.HasPrefix(err.Error(), "wrong: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func FuzzReadRecord(f *testing.F) {
	for _, p := range All() {
		h := wire.RecordHeader{Type: wire.TypeHandshake, Version: p.Header, Length: len(p.Hello.Raw)}
		f.Add(append(h.Append(nil), p.Hello.Raw...))
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		hello, _, err := ReadRecord(record)
		if err == nil && hello == nil {
			t.Error("neither a hello nor an error")
		}
	})
}
