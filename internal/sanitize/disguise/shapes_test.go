package disguise

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// seed gives the nth of the seeds.
func seed(n int) []byte {
	block, _ := pem.Decode([]byte(seeds[n]))
	return block.Bytes
}

const (
	seedExtensions = iota
	seedEd25519
	seedDSA
	seedSecp256k1
	seedRSA512
)

func TestNoiseIsSaid(t *testing.T) {
	for n, want := range map[int][]string{
		seedExtensions: nil,
		seedEd25519:    nil,
		seedDSA:        {"public key", "signature"},
		seedSecp256k1:  {"public key"}, // and the signature is of a key that is thrown away
		seedRSA512:     nil,
	} {
		d := fixed(t, Options{})
		c, err := d.Certificate(seed(n))
		if err != nil || !slices.Equal(c.Noise, want) || len(c.DER) != len(seed(n)) || len(d.Remarks()) != len(want) {
			t.Errorf("%d: %v, %v, %v", n, c, err, d.Remarks())
		}
	}
}

func TestSmallKeysSignToo(t *testing.T) {
	c, err := fixed(t, Options{}).Certificate(seed(seedRSA512))
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(c.DER)
	if err != nil {
		t.Fatal(err)
	}
	public := made.PublicKey.(*rsa.PublicKey)
	k := c.Key.(*rsaKey)
	if public.N.BitLen() != 512 || public.N.Cmp(k.n) != 0 || made.SignatureAlgorithm != x509.MD5WithRSA {
		t.Errorf("%d bits, %s", public.N.BitLen(), made.SignatureAlgorithm)
	}
	h := crypto.MD5.New()
	h.Write(made.RawTBSCertificate)
	want, err := k.Sign(nil, h.Sum(nil), crypto.MD5)
	if err != nil || !bytes.Equal(want, made.Signature) {
		t.Errorf("%v", err)
	}
	if _, err := k.Sign(nil, make([]byte, 64), crypto.SHA512); err == nil {
		t.Error("SHA-512 fits into 512 bits")
	}
}

func TestDSAStaysTwoNumbers(t *testing.T) {
	c, err := fixed(t, Options{}).Certificate(seed(seedDSA))
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(c.DER)
	if err != nil || made.PublicKeyAlgorithm != x509.DSA {
		t.Fatal(made, err)
	}
	if n, err := readOnly(made.Signature); err != nil || n.tag != tagSequence {
		t.Errorf("%x", made.Signature)
	}
}

// shape writes the tags and lengths of DER, with those in octets.
func shape(b []byte) string {
	var out strings.Builder
	leaves(b, 0, 0, func(n node, at int) { fmt.Fprintf(&out, "%d:%02x(%d) ", at, n.tag, len(n.content)) })
	return out.String()
}

func TestAllExtensionsKeepTheirShape(t *testing.T) {
	old := seed(seedExtensions)
	c, err := fixed(t, Options{}).Certificate(old)
	if err != nil {
		t.Fatal(err)
	}
	// The content of an extension that is not known is noise, and its signature is another.
	hide := func(der []byte) string {
		der = bytes.Clone(der)
		i := bytes.Index(old, []byte("secret of Initech"))
		copy(der[i-2:], old[i-2:i])
		v, err := readCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		clear(v.signature.content)
		return shape(der)
	}
	if was, is := hide(old), hide(c.DER); was != is {
		t.Errorf("was %s\nis %s", was, is)
	}
	for _, text := range []string{"nitech", "milton", "secret", "made at", "says", "172.16"} {
		if bytes.Contains(c.DER, []byte(text)) {
			t.Errorf("%q is left", text)
		}
	}
	made, err := x509.ParseCertificate(c.DER)
	if err != nil {
		t.Fatal(err)
	}
	d := fixed(t, Options{})
	if got, want := made.PermittedDNSDomains, d.Host(".initech.com"); len(got) != 1 || got[0] != want {
		t.Errorf("%v, want %s", got, want)
	}
	if got := made.ExcludedIPRanges[0]; !bytes.Equal(got.Mask, []byte{255, 0, 0, 0}) || got.IP[1] != 0 {
		t.Errorf("%v", got)
	}
}

func TestNetworksKeepTheirMask(t *testing.T) {
	d := fixed(t, Options{})
	b := []byte{172, 16, 200, 0, 255, 255, 255, 0}
	d.addressBytes(b)
	if !bytes.Equal(b[4:], []byte{255, 255, 255, 0}) || b[3] != 0 || b[0] == 172 {
		t.Errorf("%v", b)
	}
	odd := []byte{172, 16, 200, 31, 255, 0, 255, 0}
	d.addressBytes(odd)
	if bytes.Equal(odd[:4], []byte{172, 16, 200, 31}) || bytes.Equal(odd[4:], []byte{255, 0, 255, 0}) {
		t.Errorf("%v", odd)
	}
}

func TestTimestampsOfLogsAreReplaced(t *testing.T) {
	d := fixed(t, Options{})
	signature := []byte{0x30, 12, 2, 4, 0x11, 0x22, 0x33, 0x44, 2, 4, 0x55, 0x66, 0x77, 0x18}
	one := slices.Concat([]byte{0}, bytes.Repeat([]byte("log!"), 8), []byte{0, 0, 1, 0x8f, 1, 2, 3, 4}, []byte{0, 0, 4, 3, 0, byte(len(signature))}, signature)
	made := slices.Clone(one)
	d.timestamp(made)
	if made[0] != 0 || bytes.Contains(made, []byte("log!")) || !bytes.Equal(made[33:37], one[33:37]) || bytes.Equal(made[37:41], one[37:41]) || !bytes.Equal(made[41:51], one[41:51]) ||
		shape(made[47:]) != shape(signature) || bytes.Equal(made[51:55], signature[4:8]) {
		t.Errorf("%x becomes %x", one, made)
	}
	strange := slices.Clone(one)
	strange[0] = 9
	made = slices.Clone(strange)
	d.timestamp(made)
	if bytes.Equal(made[:8], strange[:8]) || bytes.Equal(made[41:49], strange[41:49]) {
		t.Errorf("%x becomes %x", strange, made)
	}
}

func TestUniqueIdentifiersAreReplaced(t *testing.T) {
	v, err := readCertificate(seed(seedEd25519))
	if err != nil {
		t.Fatal(err)
	}
	signed, _, err := readNode(v.signed)
	if err != nil {
		t.Fatal(err)
	}
	extensions := bytes.LastIndexByte(signed.content, nested|3)
	body := slices.Concat(signed.content[:extensions], appendNode(nil, context|1, []byte("\x00the first")), appendNode(nil, context|2, []byte("\x00the second")), signed.content[extensions:])
	der := appendNode(nil, tagSequence, slices.Concat(appendNode(nil, tagSequence, body), v.outer.whole, v.signature.whole))
	c, err := fixed(t, Options{}).Certificate(der)
	if err != nil || bytes.Contains(c.DER, []byte("the first")) || bytes.Contains(c.DER, []byte("the second")) {
		t.Errorf("%v", err)
	}
}

func TestCompressedPointsStaySo(t *testing.T) {
	d := fixed(t, Options{})
	k := d.keys.ec([]byte("somebody"), elliptic.P256())
	point := elliptic.MarshalCompressed(elliptic.P256(), k.X, k.Y)
	old := slices.Clone(point)
	made := d.keys.replaceEC([]byte("original"), elliptic.P256(), point).(*ecdsa.PrivateKey)
	if want := elliptic.MarshalCompressed(elliptic.P256(), made.X, made.Y); !bytes.Equal(point, want) || bytes.Equal(point, old) {
		t.Errorf("%x, want %x", point, want)
	}
}

func TestNamesOfEveryKind(t *testing.T) {
	d := fixed(t, Options{})
	attribute := func(oid string, tag byte, value string) []byte {
		pair := appendNode(appendNode(nil, tagOID, []byte(oid)), tag, []byte(value))
		return appendNode(nil, tagSet, appendNode(nil, tagSequence, pair))
	}
	const printable, t61 = 0x13, 0x14
	for what, c := range map[string]struct {
		oid   string
		tag   byte
		value string
		want  func(string) bool
	}{
		"a country":                {oidCountry, printable, "DE", func(s string) bool { return s == "DE" }},
		"what is no country":       {oidCountry, printable, "D3", func(s string) bool { return s != "D3" }},
		"a label":                  {oidDomainComponent, 0x16, "initech", func(s string) bool { return s == d.label("initech") }},
		"a host":                   {oidCommonName, tagUTF8, "shop.initech.com", func(s string) bool { return s == d.Host("shop.initech.com") }},
		"UTF-8":                    {oidCommonName, tagUTF8, "Bürohaus", func(s string) bool { return look(s) == "Aaaaaaaaa" }},
		"T.61":                     {oidCommonName, t61, "B\xfcro", func(s string) bool { return look(s) == "Aaaa" }},
		"two bytes a letter":       {oidCommonName, tagBMP, "\x00A\x20\xac\x00 \x00b", func(s string) bool { return wideLook(s, 2) == "Aa a" }},
		"four bytes a letter":      {oidCommonName, tagUniversal, "\x00\x00\x00A\x00\x00\x20\xac", func(s string) bool { return wideLook(s, 4) == "Aa" }},
		"an attribute of a firm's": {"\x2b\x06\x01\x04\x01\x86\x8d\x1f\x07", tagUTF8, "Initech", func(s string) bool { return look(s) == "Aaaaaaa" }},
	} {
		old := appendNode(nil, tagSequence, attribute(c.oid, c.tag, c.value))
		made, err := d.Name(old)
		if err != nil || len(made) != len(old) {
			t.Fatalf("%s: %v", what, err)
		}
		if value := string(made[len(made)-len(c.value):]); !c.want(value) {
			t.Errorf("%s: %q becomes %q", what, c.value, value)
		}
		if common([]byte(c.oid)) != bytes.Contains(made, []byte(c.oid)) {
			t.Errorf("%s: %x becomes %x", what, old, made)
		}
	}
	for _, bad := range []string{"", "\x30", "\x31\x00", "\x30\x02\x30\x00", "\x30\x04\x31\x02\x30\x00", "\x30\x80\x00\x00"} {
		if _, err := d.Name([]byte(bad)); err == nil {
			t.Errorf("%x is a name", bad)
		}
	}
}

// look writes a for letters and 0 for digits.
func look(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return 'a'
		case c >= 'A' && c <= 'Z':
			return 'A'
		case c >= '0' && c <= '9':
			return '0'
		}
		return c
	}, s)
}

func wideLook(s string, width int) string {
	var narrow []byte
	for i := 0; i < len(s); i += width {
		if strings.Trim(s[i:i+width-1], "\x00") != "" {
			return "not narrow"
		}
		narrow = append(narrow, s[i+width-1])
	}
	return look(string(narrow))
}

func TestNumbersKeepTheirSignAndLength(t *testing.T) {
	d := fixed(t, Options{})
	for _, old := range []string{"\x05", "\xff", "\x00\x80", "\x00\xff\x01", "\x7f\x00", "\x01\x00\x00", "\x80\x00", "\xff\x01\x02", "\x55\x55\x55\x55\x55\x55\x55\x55"} {
		for salt := range 50 {
			made := []byte(old + string(rune(salt)))
			d.number(KindSerial, made)
			n := len(made)
			if n != len(old)+len(string(rune(salt))) || made[0]&0x80 != old[0]&0x80 || n > 1 && (made[0] == 0 && made[1]&0x80 == 0 || made[0] == 0xff && made[1]&0x80 != 0) {
				t.Errorf("%x becomes %x", old, made)
			}
		}
	}
}

func TestIdentifiersOfObjectsStayReadable(t *testing.T) {
	d := fixed(t, Options{})
	for salt := range 200 {
		old := []byte{0x2b, 0x06, 0x01, 0x04, 0x01, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0x80 | byte(1+salt%127), byte(salt % 128), 7}
		made := slices.Clone(old)
		d.oid(made)
		if bytes.Equal(made[5:], old[5:]) || made[12]&0x80 != 0 {
			t.Errorf("%x becomes %x", old, made)
		}
		var oid x509.OID
		if err := oid.UnmarshalBinary(made); err != nil {
			t.Errorf("%x: %v", made, err)
		}
	}
}

func TestHostileSizesOfKeysAreBounded(t *testing.T) {
	d := fixed(t, Options{})
	none := 0
	for bits := minRSA; bits < minRSA+400; bits += 2 {
		if d.keys.rsa([]byte{byte(bits)}, rsaSize{bits, 3}) == nil {
			none++
		}
	}
	if none == 0 || len(d.keys.primes) > maxPrimes || len(d.Remarks()) == 0 {
		t.Errorf("%d primes, %d without a key", len(d.keys.primes), none)
	}
	for _, size := range []rsaSize{{minRSA - 1, 3}, {maxRSA + 1, 65537}, {1024, 7}, {1024, 2}} {
		if d.keys.rsa([]byte("a key"), size) != nil {
			t.Errorf("%+v", size)
		}
	}
}

func TestKeysOfOneSizeDiffer(t *testing.T) {
	d := fixed(t, Options{})
	seen := map[string]bool{}
	for i := range 28 {
		for _, bits := range []int{512, 515} {
			k := d.keys.rsa([]byte{byte(i)}, rsaSize{bits, 65537})
			if k.n.BitLen() != bits || seen[k.n.String()] {
				t.Errorf("%d: %d bits, %t", i, k.n.BitLen(), seen[k.n.String()])
			}
			seen[k.n.String()] = true
		}
	}
	if len(d.Remarks()) != 0 {
		t.Error(d.Remarks())
	}
	d.keys.rsa([]byte{28}, rsaSize{512, 65537})
	if len(d.Remarks()) != 1 {
		t.Error("keys are shared, and it is not said")
	}
}

func TestCrowdedAddressesAreNobodysEither(t *testing.T) {
	d := fixed(t, Options{})
	for _, in := range []string{"8.8.8.8", "2a00::1"} {
		a := netip.MustParseAddr(in)
		b := d.crowded(a)
		if b == a || b != d.crowded(a) || b.Is4() && b.As4()[0] != 10 || b.Is6() && b.String()[:9] != "2001:db8:" {
			t.Errorf("%s becomes %s", a, b)
		}
	}
	if len(d.Remarks()) != 1 {
		t.Error(d.Remarks())
	}
}
