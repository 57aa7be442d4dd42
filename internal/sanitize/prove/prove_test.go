package prove_test

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/gopacket/gopacket/layers"
	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/sanitize/prove"
)

// values gives what a Disguise remembers of what is done with it.
func values(t testing.TB, remember func(*disguise.Disguise)) []disguise.Value {
	t.Helper()
	d, err := disguise.New(bytes.NewReader(make([]byte, 32)), disguise.Options{})
	if err != nil {
		t.Fatal(err)
	}
	remember(d)
	return d.Replaced()
}

// noise is as many bytes as are asked for, always the same.
func noise(n int) []byte {
	b := make([]byte, n)
	source := rand.NewChaCha8([32]byte{1})
	if _, err := source.Read(b); err != nil {
		panic(err)
	}
	return b
}

// wide writes a text in UTF-16.
func wide(s string, order func(uint16) []byte) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, order(unit)...)
	}
	return out
}

func little(n uint16) []byte { return []byte{byte(n), byte(n >> 8)} }
func big(n uint16) []byte    { return []byte{byte(n >> 8), byte(n)} }

// separated writes bytes in hexadecimal with something between.
func separated(b []byte, between string) []byte {
	var parts []string
	for _, c := range b {
		parts = append(parts, fmt.Sprintf("%02X", c))
	}
	return []byte(strings.Join(parts, between))
}

func percents(b []byte) []byte {
	var out []byte
	for _, c := range b {
		out = fmt.Appendf(out, "%%%02X", c)
	}
	return out
}

// A plant is a spelling of a value that a search must find.
type plant struct {
	name  string
	bytes []byte
}

// plants are the spellings of a value that is bytes.
func plants(b []byte) []plant {
	all := []plant{
		{"raw", b},
		{"hex", []byte(hex.EncodeToString(b))},
		{"HEX", []byte(strings.ToUpper(hex.EncodeToString(b)))},
		{"hex:", separated(b, ":")},
		{"hex-", separated(b, "-")},
		{"hex ", separated(b, " ")},
		{"percents", percents(b)},
	}
	for before := range 3 {
		padded := append([]byte("xyz")[:before], b...)
		all = append(all,
			plant{fmt.Sprintf("base64, %d before", before), []byte(base64.StdEncoding.EncodeToString(append(padded, "and more"...)))},
			plant{fmt.Sprintf("base64 for URLs, %d before", before), []byte(base64.RawURLEncoding.EncodeToString(padded))})
	}
	return all
}

// textPlants are those of a text.
func textPlants(s string) []plant {
	return append(plants([]byte(s)),
		plant{"capitals", []byte(strings.ToUpper(s))},
		plant{"UTF-16LE", wide(s, little)},
		plant{"UTF-16BE", wide(strings.ToUpper(s), big)},
		plant{"query", []byte(url.QueryEscape(s))},
	)
}

// finds checks that a search finds a plant in the middle of noise, wherever the bytes are
// cut in two.
func finds(t *testing.T, s *prove.Search, p plant, kind disguise.Kind) {
	t.Helper()
	before := noise(1000)
	whole := slices.Concat(before, p.bytes, noise(500))
	for _, cut := range []int{0, 1000, 1001, 1000 + len(p.bytes)/2, 1000 + len(p.bytes) - 1} {
		_, found := s.Leaks()
		st := s.Stream("a stream")
		st.Write(3, whole[:cut])
		st.Write(4, whole[cut:])
		leaks, now := s.Leaks()
		if now == found {
			t.Errorf("%s: not found, cut at %d", p.name, cut)
			return
		}
		l := leaks[found]
		if l.Kind != kind || l.Where != "a stream" || l.Frame != 3 && l.Frame != 4 || l.Offset < 1000 || l.Offset > 1000+int64(len(p.bytes)) {
			t.Errorf("%s: %+v", p.name, l)
		}
	}
}

func TestALeakIsFoundInEverySpelling(t *testing.T) {
	const host = "Gateway7.Corp.Initech.com"
	secret := noise(3008)[3000:]
	s := prove.New(values(t, func(d *disguise.Disguise) {
		d.Host(host)
		d.Remember(disguise.KindSessionID, secret)
	}), prove.Options{Size: 1 << 20})
	for _, p := range append(textPlants(host), plant{"DNS", []byte("\x08gateway7\x04corp\x07initech\x03com\x00")}, plant{"the domain alone", []byte("www.initech.com")}) {
		finds(t, s, p, disguise.KindHost)
	}
	for _, p := range plants(secret) {
		finds(t, s, p, disguise.KindSessionID)
	}
}

func TestAddressesAreFoundInTheirSpellings(t *testing.T) {
	s := prove.New(values(t, func(d *disguise.Disguise) {
		addr(d, "172.16.200.31")
		addr(d, "2a00:1450:77:88::31")
		d.MAC([6]byte{0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc})
	}), prove.Options{Size: 1 << 16})
	for _, p := range []string{"172.16.200.31", "31.200.16.172.in-addr.arpa", "172-16-200-31.dsl", "172.016.200.031", "172,16,200,31", "2886780959", "AC:10:C8:1F",
		"2a00:1450:77:88::31", "2A00:1450:0077:0088:0000:0000:0000:0031", "2a00145000770088", "1.3.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.8.0.0.7.7.0.0.0.5.4.1.0.0.a.2.ip6.arpa"} {
		if p == "2a00145000770088" {
			p += "0000000000000031"
		}
		finds(t, s, plant{p, []byte(p)}, disguise.KindAddress)
	}
	for _, p := range []string{"00:1b:21:aa:bb:cc", "00-1B-21-AA-BB-CC", "001b.21aa.bbcc", "fe80::21b:21ff:feaa:bbcc"} {
		finds(t, s, plant{p, []byte(p)}, disguise.KindMAC)
	}
	finds(t, s, plant{"an identifier", []byte{0x02, 0x1b, 0x21, 0xff, 0xfe, 0xaa, 0xbb, 0xcc}}, disguise.KindMAC)
}

func TestAddressesInHeadersAreFoundThoughTheyAreShort(t *testing.T) {
	s := prove.New(values(t, func(d *disguise.Disguise) {
		addr(d, "172.16.200.31")
		d.MAC([6]byte{0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc})
	}), prove.Options{})
	frame := slices.Concat([]byte{2, 0, 0, 0, 0, 1, 0x00, 0x1b, 0x21, 0xaa, 0xbb, 0xcc, 8, 0}, []byte{0x45, 0, 0, 20, 0, 0, 0, 0, 64, 6, 0, 0, 192, 0, 2, 1, 172, 16, 200, 31})
	s.Packet(capture.Packet{Frame: 9, Link: layers.LinkTypeEthernet, Data: frame, Length: len(frame)})
	leaks, found := s.Leaks()
	want := []string{
		"MAC address, as it is, at byte 6 of the packet, frame 9",
		"MAC address, as headers carry it, at byte 6 of the Ethernet header, frame 9",
		"IP address, as headers carry it, at byte 16 of the IPv4 header, frame 9",
	}
	if found != len(want) {
		t.Fatalf("%v", leaks)
	}
	for i, w := range want {
		if leaks[i].String() != w {
			t.Errorf("%s, want %s", leaks[i], w)
		}
	}
	if len(s.Unjudged()) != 0 {
		t.Errorf("%+v", s.Unjudged())
	}
}

func TestAddressesInHeadersAreFoundOnEveryLink(t *testing.T) {
	for _, ends := range [][2]string{{"172.16.200.31:40000", "172.16.200.32:443"}, {"[2a00:1450:77:88::31]:40000", "[2a00:1450:77:88::32]:443"}} {
		frames := capturetest.Record(t, ends[0], ends[1], capture.RecorderOptions{}, func(r *capture.Recorder) { r.Open(time.Unix(1e9, 0)) })
		for name, f := range map[string]capturetest.Frames{
			"Ethernet":              frames,
			"VLANs":                 frames.Tag(7, 8, 9),
			"802.1ad":               frames.On(layers.LinkTypeEthernet, capturetest.Tagged(0x88a8)),
			"Linux cooked":          frames.On(layers.LinkTypeLinuxSLL, capturetest.Cooked),
			"Linux cooked, 2":       frames.On(layers.LinkTypeLinuxSLL2, capturetest.Cooked2),
			"loopback":              frames.On(layers.LinkTypeNull, capturetest.Loopback(binary.LittleEndian)),
			"loopback of OpenBSD":   frames.On(layers.LinkTypeLoop, capturetest.Loopback(binary.BigEndian)),
			"raw":                   frames.On(layers.LinkTypeRaw, capturetest.Raw),
			"raw of BSD":            frames.On(12, capturetest.Raw),
			"raw of OpenBSD":        frames.On(14, capturetest.Raw),
			"PPP":                   frames.On(layers.LinkTypePPP, capturetest.PPP),
			"PPP, short":            frames.On(layers.LinkTypePPP, capturetest.PPPShort),
			"PPP in HDLC's framing": frames.On(layers.LinkTypePPP_HDLC, capturetest.PPP),
			"PPP over Ethernet":     frames.On(layers.LinkTypeEthernet, capturetest.PPPoE),
		} {
			s := prove.New(values(t, func(d *disguise.Disguise) { d.Addr(netip.MustParseAddrPort(ends[0]).Addr()) }), prove.Options{})
			for i, p := range f {
				p.Frame = i + 1
				if name == "PPP over Ethernet" {
					binary.BigEndian.PutUint16(p.Data[14+4:], uint16(len(p.Data)-14-6))
				}
				s.Packet(p)
			}
			leaks, _ := s.Leaks()
			n := 0
			for _, l := range leaks {
				if l.Encoding == "as headers carry it" {
					n++
				}
			}
			if n != 3 {
				t.Errorf("%s, %s: %v", name, ends[0], leaks)
			}
		}
	}
}

func TestAPartOfALongValueIsFound(t *testing.T) {
	ticket := noise(200)
	s := prove.New(values(t, func(d *disguise.Disguise) { d.Bytes(disguise.KindTicket, ticket) }), prove.Options{})
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.IntRange(0, len(ticket)-31-8).Draw(t, "from")
		_, before := s.Leaks()
		s.Bytes("part", 1, ticket[from:from+31])
		if _, found := s.Leaks(); found == before {
			t.Error("not found")
		}
	})
}

func TestNothingIsFoundInNoise(t *testing.T) {
	s := prove.New(values(t, func(d *disguise.Disguise) {
		for i := range 2000 {
			d.Host(fmt.Sprintf("host%d.initech.com", i))
			d.Bytes(disguise.KindRandom, noise(32 + i)[i:])
		}
	}), prove.Options{Size: 16 << 20})
	if err := s.Read("noise", bytes.NewReader(noise(16 << 20)[3000:])); err != nil {
		t.Fatal(err)
	}
	if leaks, found := s.Leaks(); found != 0 {
		t.Errorf("%d, %v", found, leaks[0])
	}
}

func TestWhatCannotBeJudgedIsSaid(t *testing.T) {
	s := prove.New(values(t, func(d *disguise.Disguise) {
		d.Remember(disguise.KindSerial, []byte{1, 2, 3})
		d.Remember(disguise.KindExchange, make([]byte, 64))
		d.RememberText(disguise.KindName, "application")
		d.RememberText(disguise.KindComment, "made by our product")
	}), prove.Options{Own: []string{"A capture made by our product."}})
	got := fmt.Sprint(s.Unjudged())
	for _, why := range []string{"so short", "too plain", "the file says the same"} {
		if !strings.Contains(got, why) {
			t.Errorf("%q is missing in %s", why, got)
		}
	}
	if len(s.Judged()) != 0 {
		t.Errorf("%v", s.Judged())
	}
}

func TestWhereThereAreTooManyValuesNamesAreSearchedForFirst(t *testing.T) {
	s := prove.New(values(t, func(d *disguise.Disguise) {
		for i := range 45000 {
			d.Remember(disguise.KindData, fmt.Appendf(nil, "piece %06d of quite a lot data", 100001+i*7919%1000003))
		}
		d.Host("www.initech.com")
	}), prove.Options{})
	if s.Judged()[disguise.KindHost] != 2 { // with the domain
		t.Errorf("%v", s.Judged())
	}
	if u := s.Unjudged(); len(u) == 0 || u[0].Kind != disguise.KindData || u[0].Why != "too many values" {
		t.Errorf("%v, %v", u, s.Judged())
	}
}

func TestWhatChanceCouldWriteIsNotJudged(t *testing.T) {
	for _, c := range []struct {
		text   string
		size   int64
		judged bool
	}{
		{"initechs", 1 << 40, true}, // seven bits each, since capitals count as well
		{"initechs", 1 << 41, false},
		{"1n1t3ch5", 1 << 42, true},
		{"deadbeefcafe", 1 << 32, true}, // four bits each
		{"deadbeefcafe", 1 << 33, false},
	} {
		s := prove.New(values(t, func(d *disguise.Disguise) { d.RememberText(disguise.KindName, c.text) }), prove.Options{Size: c.size})
		if got := len(s.Judged()) == 1; got != c.judged {
			t.Errorf("%s in %d bytes: %t, %v", c.text, c.size, got, s.Unjudged())
		}
	}
}

func TestAllLeaksAreCountedAndSomeKept(t *testing.T) {
	s := prove.New(values(t, func(d *disguise.Disguise) { d.RememberText(disguise.KindName, "initech corporation") }), prove.Options{})
	for range 1500 {
		s.Bytes("a packet", 1, []byte("the initech corporation"))
	}
	if leaks, found := s.Leaks(); len(leaks) != 1000 || found != 1500 {
		t.Errorf("%d of %d", len(leaks), found)
	}
}

func TestALeakDoesNotShowTheValue(t *testing.T) {
	const host = "gateway7.corp.initech.com"
	s := prove.New(values(t, func(d *disguise.Disguise) { d.Host(host) }), prove.Options{})
	s.Bytes("a note", 0, []byte("see "+host))
	leaks, _ := s.Leaks()
	if len(leaks) == 0 {
		t.Fatal("not found")
	}
	for _, text := range []string{fmt.Sprint(leaks), fmt.Sprintf("%+v", leaks), fmt.Sprintf("%#v", leaks)} {
		if strings.Contains(text, "initech") {
			t.Error(text)
		}
	}
	if want := "host name, as it is, at byte 4 of a note"; leaks[0].String() != want {
		t.Errorf("%q, want %q", leaks[0], want)
	}
}

func TestBytesBeforeAGapAreNotJoinedWithThoseBehindIt(t *testing.T) {
	s := prove.New(values(t, func(d *disguise.Disguise) { d.RememberText(disguise.KindName, "initech corporation") }), prove.Options{})
	st := s.Stream("a stream")
	st.Write(1, []byte("initech co"))
	st.Gap(5)
	st.Write(2, []byte("rporation, initech corporation"))
	if leaks, found := s.Leaks(); found != 1 || leaks[0].Offset != 10+5+11 {
		t.Errorf("%v", leaks)
	}
}

func TestSearchingFindsWhatComparingFinds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var wanted []string
		word := rapid.StringMatching(`[a-d]{4}\.[a-e]{7}`)
		list := rapid.SliceOfN(word, 1, 5).Draw(t, "values")
		d, err := disguise.New(bytes.NewReader(make([]byte, 32)), disguise.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, w := range list {
			if !slices.Contains(wanted, w) {
				wanted = append(wanted, w)
				d.RememberText(disguise.KindName, w)
			}
		}
		s := prove.New(d.Replaced(), prove.Options{Size: 1 << 10})
		text := rapid.SliceOfN(rapid.OneOf(word, rapid.SampledFrom(list), rapid.Just("aa")), 0, 20).Draw(t, "text")
		whole := strings.ToUpper(strings.Join(text, ""))
		st := s.Stream("text")
		for rest := whole; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "n")
			st.Write(1, []byte(rest[:n]))
			rest = rest[n:]
		}
		want := 0
		unjudged := 0
		for _, u := range s.Unjudged() {
			unjudged += u.Count
		}
		if unjudged > 0 {
			return // letters too alike
		}
		for _, w := range wanted {
			for i := range len(whole) - len(w) + 1 {
				if strings.EqualFold(whole[i:i+len(w)], w) {
					want++
				}
			}
		}
		if _, found := s.Leaks(); found != want {
			t.Errorf("%d, want %d", found, want)
		}
	})
}

func TestCardsOfVirtualNetworksAreLookedForInHeadersAndAsText(t *testing.T) {
	card := []byte{0, 0, 0, 0, 0, 1}
	list := values(t, func(d *disguise.Disguise) { d.Remember(disguise.KindMAC, card) })
	for _, c := range []struct {
		where string
		leaks int
		carry func(*prove.Search)
	}{
		{"a counter", 0, func(s *prove.Search) { s.Bytes("the file", 0, []byte("\x00\x00\x00\x00\x00\x01\x00\x00")) }},
		{"text", 1, func(s *prove.Search) { s.Bytes("the file", 0, []byte("from 00:00:00:00:00:01, ")) }},
		{"a header", 1, func(s *prove.Search) {
			s.Packet(capture.Packet{Link: layers.LinkTypeEthernet, Data: append(append(noise(6), card...), 0x08, 0x06, 1, 2, 3)})
		}},
	} {
		s := prove.New(list, prove.Options{Size: 1 << 20})
		c.carry(s)
		if _, found := s.Leaks(); found != c.leaks {
			t.Errorf("in %s: %d leaks", c.where, found)
		}
	}
}
