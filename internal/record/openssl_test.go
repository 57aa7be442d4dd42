package record

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A capture is a real connection's protected records: testdata/README.md.
type capture struct {
	Peer, Version, Suite string
	Client, Server       struct{ MAC, Key, IV hexBytes }
	Records              []struct {
		From string
		Data hexBytes
	}
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func readCaptures(t testing.TB, name string) []capture {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all []capture
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

func (c capture) protection(t testing.TB, from string) protection {
	t.Helper()
	id, ok := wire.SuiteByName(c.Suite)
	if !ok {
		t.Fatalf("no suite %s", c.Suite)
	}
	keys := c.Client
	if from == "server" {
		keys = c.Server
	}
	for v := wire.VersionSSL30; v <= wire.VersionTLS12; v++ {
		if v.String() == c.Version {
			return protection{v, suite.ByID(id), keys.MAC, keys.Key, keys.IV}
		}
	}
	t.Fatalf("no version %s", c.Version)
	return protection{}
}

func TestOpensWhatOpenSSLSealed(t *testing.T) {
	seen := map[protectionKind]bool{}
	for _, c := range readCaptures(t, "openssl.json") {
		p := c.protection(t, "client")
		seen[protectionKind{p.version, p.suite.Cipher, p.suite.MAC}] = true
		t.Run(c.Peer+" "+c.Version+" "+c.Suite, func(t *testing.T) {
			var want strings.Builder
			for i := range 4 {
				want.WriteString(strings.Repeat(string(rune('a'+i)), 99) + "\n")
			}
			for _, from := range []string{"client", "server"} {
				if got := openSide(t, c, from); got != want.String() {
					t.Errorf("%s sent %q", from, got)
				}
			}
		})
	}
	for _, p := range protections() {
		if !seen[protectionKind{p.version, p.suite.Cipher, p.suite.MAC}] {
			t.Errorf("no capture of %v", p)
		}
	}
}

type protectionKind struct {
	version wire.Version
	cipher  suite.Cipher
	mac     suite.MAC
}

// openSide opens all that one side sent, and gives its application data.
func openSide(t *testing.T, c capture, from string) string {
	t.Helper()
	p := c.protection(t, from)
	o := p.opener(t)
	var data []byte
	for _, r := range c.Records {
		if r.From != from {
			continue
		}
		rec := bytes.Clone(r.Data)
		h, _ := wire.ParseRecordHeader(rec)
		first := o.Sequence() == 0
		plaintext, err := o.Open(rec)
		if err != nil {
			t.Fatalf("record %d of the %s: %v", o.Sequence(), from, err)
		}
		switch {
		case first:
			m := wire.Message(plaintext)
			if h.Type != wire.TypeHandshake || m.Type() != wire.MessageFinished {
				t.Errorf("the %s's first record holds %x, want Finished", from, plaintext)
			}
		case h.Type == wire.TypeApplicationData:
			data = append(data, plaintext...)
		}
	}
	return string(data)
}

// What has no choice in it must come out the same bit for bit. OpenSSL's GCM
// nonces begin anywhere, so GCM is left to the openers.
func TestSealsAsOpenSSLDoes(t *testing.T) {
	for _, c := range readCaptures(t, "openssl.json") {
		if p := c.protection(t, "client"); p.suite.Cipher == suite.CipherAES128GCM || p.suite.Cipher == suite.CipherAES256GCM {
			continue
		}
		t.Run(c.Peer+" "+c.Version+" "+c.Suite, func(t *testing.T) {
			for _, from := range []string{"client", "server"} {
				resealSide(t, c, from)
			}
		})
	}
}

func resealSide(t *testing.T, c capture, from string) {
	t.Helper()
	p := c.protection(t, from)
	o, s := p.opener(t), p.sealer(t)
	s.splits = false // OpenSSL splits as 0/n, which its records show already
	for _, r := range c.Records {
		if r.From != from {
			continue
		}
		rec := bytes.Clone(r.Data)
		h, _ := wire.ParseRecordHeader(rec)
		if p.suite.IsCBC() && explicitIV(p.version) {
			s.SetRandom(bytes.NewReader(r.Data[wire.RecordHeaderLen:][:p.suite.BlockLen()]))
		}
		plaintext, err := o.Open(rec)
		if err != nil {
			t.Fatal(err)
		}
		got := s.Seal(nil, h.Type, plaintext)
		if s.Err() != nil {
			t.Fatal(s.Err())
		}
		if p.version == wire.VersionSSL30 && p.suite.IsCBC() {
			// RFC 6101 leaves the bytes of padding free, and OpenSSL chooses zeros.
			if len(got) != len(r.Data) {
				t.Errorf("record %d of the %s has %d bytes, want %d", s.Sequence()-1, from, len(got), len(r.Data))
			}
			continue
		}
		if !bytes.Equal(got, r.Data) {
			t.Errorf("record %d of the %s is\n%x, want\n%x", s.Sequence()-1, from, got, []byte(r.Data))
		}
	}
}

// The founding case: the header of the second hello says 0x0301 whatever was
// negotiated, and the hello opens.
func TestFoundingHelloOpensWithTheNegotiatedVersion(t *testing.T) {
	for _, c := range readCaptures(t, "founding.json") {
		t.Run(c.Version, func(t *testing.T) {
			o := c.protection(t, "client").opener(t)
			var last wire.RecordHeader
			var plaintext []byte
			for _, r := range c.Records {
				if r.From != "client" {
					continue
				}
				var err error
				last, _ = wire.ParseRecordHeader(r.Data)
				if plaintext, err = o.Open(r.Data); err != nil {
					t.Fatal(err)
				}
			}
			if last.Version != wire.VersionTLS10 {
				t.Errorf("the header says %v", last.Version)
			}
			hello, err := wire.ParseClientHello(wire.Message(plaintext))
			if err != nil {
				t.Fatal(err)
			}
			if !hello.OffersSCSV() {
				t.Error("the hello does not offer the SCSV")
			}
		})
	}
}
