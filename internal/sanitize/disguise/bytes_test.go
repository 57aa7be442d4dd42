package disguise_test

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

func TestRandomsLoseTheirClockAndKeepWhatHasAMeaning(t *testing.T) {
	d := invent(t, disguise.Options{})
	random := append([]byte{0x6a, 0x1b, 0x2c, 0x3d}, bytes.Repeat([]byte{7}, 28)...)
	if got := d.Random(random); bytes.Equal(got[:4], random[:4]) || bytes.Equal(got[4:], random[4:]) {
		t.Errorf("%x", got)
	}
	for _, end := range []string{"DOWNGRD\x01", "DOWNGRD\x00"} {
		got := d.Random(append(random[:24:24], end...))
		if !strings.HasSuffix(string(got), end) || bytes.Equal(got[:24], random[:24]) {
			t.Errorf("%x", got)
		}
	}
	if got := d.Random(append(random[:24:24], "DOWNGRD\x02"...)); bytes.HasSuffix(got, []byte("DOWNGRD\x02")) {
		t.Errorf("%x", got)
	}
	retry, err := hex.DecodeString("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Random(retry); !bytes.Equal(got, retry) {
		t.Errorf("a HelloRetryRequest becomes %x", got)
	}
}

func TestEqualBytesBecomeEqualOnesAndOthersOthers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := invent(t, disguise.Options{})
		a, b := rapid.SliceOfN(rapid.Byte(), 8, 64).Draw(t, "a"), rapid.SliceOfN(rapid.Byte(), 8, 64).Draw(t, "b")
		x, y := d.Bytes(disguise.KindTicket, a), d.Bytes(disguise.KindSessionID, b)
		if len(x) != len(a) || bytes.Equal(a, b) != bytes.Equal(x, y) || bytes.Equal(x, a) && len(bytes.Trim(a, "\x00")) > 0 {
			t.Errorf("%x and %x become %x and %x", a, b, x, y)
		}
		if !bytes.Equal(x, d.Bytes(disguise.KindExchange, a)) {
			t.Error("not the same again")
		}
	})
}

func TestAnotherKeyInventsOtherValues(t *testing.T) {
	one := invent(t, disguise.Options{})
	two, err := disguise.New(bytes.NewReader(make([]byte, 32)), disguise.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if one.Host("www.initech.com") == two.Host("www.initech.com") || bytes.Equal(one.Bytes(disguise.KindTicket, []byte("a ticket")), two.Bytes(disguise.KindTicket, []byte("a ticket"))) {
		t.Error("they are the same")
	}
	if _, err := disguise.New(strings.NewReader("short"), disguise.Options{}); err == nil {
		t.Error("a key that is too short")
	}
}

func TestAddressesComeInTheOrderOfAppearance(t *testing.T) {
	d := invent(t, disguise.Options{})
	for _, c := range [][2]string{
		{"172.16.200.31", "192.0.2.1"}, {"8.8.8.8", "192.0.2.2"}, {"172.16.200.31", "192.0.2.1"}, {"2a00:1450::31", "2001:db8::1"}, {"fe80::21b:21ff:feaa:bbcc", "fe80::1"},
		{"127.0.0.1", "127.0.0.1"}, {"::1", "::1"}, {"0.0.0.0", "0.0.0.0"}, {"::", "::"}, {"255.255.255.255", "255.255.255.255"}, {"224.0.0.251", "224.0.0.251"}, {"ff02::fb", "ff02::fb"},
		{"::ffff:8.8.8.8", "::ffff:192.0.2.2"}, {"192.0.2.2", "192.0.2.3"},
	} {
		if got := d.Addr(netip.MustParseAddr(c[0])); got.String() != c[1] {
			t.Errorf("%s becomes %s, want %s", c[0], got, c[1])
		}
	}
	if got := d.Addr(netip.MustParseAddr("ff02::1:ffaa:bbcc")); got.String() == "ff02::1:ffaa:bbcc" || !strings.HasPrefix(got.String(), "ff02::1:ff") {
		t.Error(got)
	}
}

func TestWhenDocumentationRunsOutItIsSaid(t *testing.T) {
	d := invent(t, disguise.Options{})
	seen := map[netip.Addr]bool{}
	for i := range 1000 {
		got := d.Addr(netip.AddrFrom4([4]byte{9, 9, byte(i >> 8), byte(i)}))
		if seen[got] {
			t.Fatalf("%s twice", got)
		}
		seen[got] = true
		if i == 761 && (got.String() != "203.0.113.254" || len(d.Remarks()) != 0) || i == 762 && (got.String() != "198.18.0.1" || len(d.Remarks()) != 1) {
			t.Errorf("%d: %s, %v", i, got, d.Remarks())
		}
	}
}

func TestMACsAreLocalAndGroupsStay(t *testing.T) {
	d := invent(t, disguise.Options{})
	card := [6]byte{0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc}
	if got := d.MAC(card); got[0] != 2 || bytes.Equal(got[1:3], card[1:3]) || got != d.MAC(card) {
		t.Errorf("%x", got)
	}
	for _, group := range [][6]byte{{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, {1, 0, 0x5e, 0, 0, 0xfb}, {}} {
		if got := d.MAC(group); got != group {
			t.Errorf("%x becomes %x", group, got)
		}
	}
	if got := d.MAC([6]byte{0x33, 0x33, 0xff, 0xaa, 0xbb, 0xcc}); got[0] != 0x33 || got[1] != 0x33 || bytes.Equal(got[3:], []byte{0xaa, 0xbb, 0xcc}) {
		t.Errorf("%x", got)
	}
}

func TestPortsAreAPermutation(t *testing.T) {
	d := invent(t, disguise.Options{Ports: true})
	var seen [1 << 16]bool
	moved := 0
	for p := range 1 << 16 {
		got := d.Port(uint16(p))
		if seen[got] {
			t.Fatalf("%d twice", got)
		}
		seen[got] = true
		if got != uint16(p) {
			moved++
		}
	}
	if d.Port(443) != 443 || d.Port(8443) != 8443 || moved < 60000 {
		t.Errorf("%d moved", moved)
	}
	if got := invent(t, disguise.Options{}).Port(40000); got != 40000 {
		t.Error(got)
	}
}

func TestVLANsAreReplaced(t *testing.T) {
	d := invent(t, disguise.Options{})
	if a, b := d.VLAN(100), d.VLAN(100); a != b || a == 0 || a > 4094 || d.VLAN(0) != 0 || d.VLAN(4095) != 4095 {
		t.Error(a, b)
	}
}

func TestDataIsFilledWithWords(t *testing.T) {
	d := invent(t, disguise.Options{})
	if got := string(d.Fill([]byte("GET /secret HTTP/1.1\r\n\r\n"))); got != "application data applica" {
		t.Errorf("%q", got)
	}
	if got := string(disguise.Filler(disguise.KindTicket, 10)); got != "ticket tic" {
		t.Errorf("%q", got)
	}
}

func TestTheShapeOfHTTPIsKeptIfAskedFor(t *testing.T) {
	d := invent(t, disguise.Options{KeepHTTPShape: true})
	for in, want := range map[string]string{
		"POST /login?user=milton HTTP/1.1\r\nHost: www.initech.com\r\nContent-Length: 12\r\nX-Initech-Key: s3cret\r\nConnection: keep-alive\r\n\r\npassword=abc": "" +
			"POST /aaaaa?aaaa=aaaaaa HTTP/1.1\r\nHost: aaa.aaaaaa.test\r\nContent-Length: 12\r\nA-Aaaaaaa-Aaa: a0aaaa\r\nConnection: keep-alive\r\n\r\napplication ",
		"HTTP/1.1 404 Not Found\r\nServer: Initech/7.3\r\nConnection: initech\r\n\r\n": "HTTP/1.1 404 Aaa Aaaaa\r\nServer: Aaaaaaa/0.0\r\nConnection: aaaaaaa\r\n\r\n",
		"HTTP/1.1 200\r\n": "HTTP/1.1 200\r\n",
		"CONNECT db.initech.com:5432 HTTP/1.0\r\n\r\n":  "CONNECT aa.aaaaaa.test:5432 HTTP/1.0\r\n\r\n",
		"GET http://www.initech.com/a HTTP/1.1\r\n\r\n": "GET http://aaa.aaaaaa.test/a HTTP/1.1\r\n\r\n",
		"SECRET /x HTTP/1.1\r\n\r\n":                    "application data appli",
		"HTTP/1.1 abc\r\n":                              "application da",
	} {
		got := string(d.Fill([]byte(in)))
		if len(got) != len(in) || alike(got, want) != want || strings.Contains(strings.ToLower(got), "initech") {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// alike is a text with the letters where the pattern has an a, and digits where it has a 0,
// written as the pattern has them.
func alike(s, pattern string) string {
	out := []byte(s)
	for i := range min(len(s), len(pattern)) {
		if p := pattern[i]; (p == 'a' || p == 'A' || p == '0') && look(s[i:i+1]) == pattern[i:i+1] {
			out[i] = p
		}
	}
	return string(out)
}

func TestValuesAreRememberedOnceAndHideThemselves(t *testing.T) {
	d := invent(t, disguise.Options{})
	d.Bytes(disguise.KindTicket, []byte("a ticket"))
	d.Bytes(disguise.KindTicket, []byte("a ticket"))
	d.Host("initech.com")
	d.Addr(netip.MustParseAddr("192.0.2.77")) // nobody's
	values := d.Replaced()
	if len(values) != 2 || string(values[0].Reveal()) != "a ticket" || values[1].Kind != disguise.KindHost || !values[1].Text {
		t.Errorf("%d", len(values))
	}
	for _, text := range []string{fmt.Sprint(values), fmt.Sprintf("%+v", values), fmt.Sprintf("%#v", values)} {
		if strings.Contains(text, "ticket]") || strings.Contains(text, "a ticket") || strings.Contains(text, "initech") {
			t.Error(text)
		}
	}
}

func TestAnAddressThatReplacesAnotherIsNotSearchedFor(t *testing.T) {
	d := invent(t, disguise.Options{PrefixPreserving: true})
	a := netip.MustParseAddr("172.16.200.31")
	b := d.Addr(a)
	d.Addr(b)
	for _, v := range d.Replaced() {
		if string(v.Reveal()) == string(b.AsSlice()) || string(v.Reveal()) == b.String() {
			t.Errorf("%s is searched for", b)
		}
	}
	if len(d.Replaced()) != 1 {
		t.Errorf("%v", d.Replaced())
	}
}

func TestWhatIsTooMuchToRememberIsCounted(t *testing.T) {
	d := invent(t, disguise.Options{})
	big := make([]byte, 1<<20)
	for i := range 70 {
		big[0] = byte(i)
		d.Remember(disguise.KindOther, big)
	}
	if n := d.Lost()[disguise.KindOther]; n != 6 || len(d.Replaced()) != 64 {
		t.Errorf("%d lost, %d kept", n, len(d.Replaced()))
	}
}
