package disguise_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

func TestHostsKeepTheirShape(t *testing.T) {
	d := invent(t, disguise.Options{})
	for _, name := range []string{"www.initech.com", "WWW.Initech.COM", "*.initech.com", "initech.de", "x.io", "mail01.initech.co.uk", "intranet", "db-7", "a.b.c.local", "xn--brohaus-n2a.initech.com",
		"initech.com.", ".initech.com", "initech.engineering", "_sip._tcp.initech.com", strings.Repeat("a", 63) + ".com", "..", ".", "a..b", "-", "*", "wär.de", "\xff\xfe.\x00"} {
		got := d.Host(name)
		if len(got) != len(name) || strings.Count(got, ".") != strings.Count(name, ".") || strings.HasPrefix(got, "*.") != strings.HasPrefix(name, "*.") {
			t.Errorf("%q becomes %q", name, got)
		}
		if strings.Contains(strings.ToLower(got), "initech") {
			t.Errorf("%q becomes %q", name, got)
		}
		for label := range strings.SplitSeq(got, ".") {
			if len(label) > 63 {
				t.Errorf("%q becomes %q", name, got)
			}
		}
	}
}

func TestHostsAreNobodys(t *testing.T) {
	d := invent(t, disguise.Options{})
	for name, suffix := range map[string]string{
		"www.initech.com": ".test", "initech.de": ".test", "initech.example": ".example", "initech.systems": ".example", "bank.de": ".zz", "t.co": ".zz", "x.com": ".zzz", "local.lan": ".test",
	} {
		if got := d.Host(name); !strings.HasSuffix(got, suffix) {
			t.Errorf("%s becomes %s, want %s at its end", name, got, suffix)
		}
	}
	if got := d.Host("ab--cd.initech.com"); strings.HasPrefix(got[2:], "--") {
		t.Errorf("%s looks like a word of another alphabet", got)
	}
	if got := d.Host("localhost"); got != "localhost" {
		t.Error(got)
	}
}

func TestRelationsOfHostsStay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := invent(t, disguise.Options{})
		label := rapid.StringMatching(`[a-z][a-z0-9]{0,9}`)
		sub, domain, top := label.Draw(t, "sub"), label.Draw(t, "domain"), rapid.StringMatching(`[a-z]{2,8}`).Draw(t, "top")
		parent := domain + "." + top
		child := d.Host(sub + "." + parent)
		if !strings.HasSuffix(child, "."+d.Host(parent)) {
			t.Errorf("%s is not below %s", child, d.Host(parent))
		}
		if star := d.Host("*." + parent); star != "*."+d.Host(parent) {
			t.Errorf("%s is not %s's", star, d.Host(parent))
		}
		if up := d.Host(strings.ToUpper(parent)); up != strings.ToUpper(d.Host(parent)) {
			t.Errorf("%s is not %s", up, d.Host(parent))
		}
		if other := d.Host(sub + ".other." + top); !strings.HasPrefix(other, strings.SplitN(child, ".", 2)[0]+".") {
			t.Errorf("%s and %s begin differently", other, child)
		}
	})
}

func TestDifferentHostsStayDifferent(t *testing.T) {
	d := invent(t, disguise.Options{})
	seen := map[string]string{}
	for i := range 20000 {
		name := fmt.Sprintf("h%d.corp%d.com", i%97, i)
		got := d.Host(name)
		if before, ok := seen[got]; ok {
			t.Fatalf("%s and %s both become %s", before, name, got)
		}
		seen[got] = name
	}
}

func TestShortNamesStayDifferentToo(t *testing.T) {
	d := invent(t, disguise.Options{})
	seen := map[string]bool{}
	for i := range 26 * 26 / 2 {
		got := d.Host(string([]byte{'a' + byte(i/26), 'a' + byte(i%26)}) + ".io")
		if seen[got] {
			t.Fatalf("%s twice", got)
		}
		seen[got] = true
	}
}

func TestTextsKeepTheirLook(t *testing.T) {
	d := invent(t, disguise.Options{})
	for in, want := range map[string]string{
		"Initech GmbH & Co. KG":               "Aaaaaaa AaaA & Aa. AA",
		"order 4711-0815":                     "aaaaa 0000-0000",
		"milton@Initech.com":                  "aaaaaa@Aaaaaa.aaaa",
		"https://pki.initech.com:8443/ca.crl": "aaaaa://aaa.aaaaaa.aaaa:0000/aa.aaa",
		"ldap://192.168.7.9/cn=ca":            "aaaa://000.0.0.0/aa=aa",
		"***":                                 "***",
		"":                                    "",
	} {
		if got := look(d.Text(disguise.KindName, in)); got != want && !strings.Contains(in, "192.") {
			t.Errorf("%q looks like %q, want %q", in, got, want)
		}
	}
	if got := d.Text(disguise.KindName, "https://pki.initech.com:8443/ca.crl"); !strings.HasPrefix(got, "https://"+d.Host("pki.initech.com")+":8443/") {
		t.Error(got)
	}
	if got := d.Text(disguise.KindName, "http://[2a00:1450:77:88::31]:80/"); !strings.HasPrefix(got, "http://[2001:db8") || !strings.HasSuffix(got, "]:80/") {
		t.Error(got)
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

func TestAddressesInTextsKeepTheirLengthAndAreNobodys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := invent(t, disguise.Options{})
		n := rapid.SampledFrom([]int{4, 16}).Draw(t, "size")
		a, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, "address"))
		if a.Is4In6() {
			return
		}
		got := d.AddrText(a.String())
		if len(got) != len(a.String()) {
			t.Errorf("%s becomes %s", a, got)
		}
		b, err := netip.ParseAddr(got)
		if err != nil {
			t.Errorf("%s becomes %s, which is no address", a, got)
		}
		if b != a && !nobody(b) {
			t.Errorf("%s becomes %s, which can be somebody's", a, got)
		}
	})
}

func TestAddressesOfEveryLengthAreWritten(t *testing.T) {
	d := invent(t, disguise.Options{})
	for _, s := range []string{
		"1.1.1.1", "1.1.1.18", "8.8.8.118", "1.1.118.118", "8.118.118.118", "118.118.118.8", "118.118.118.18", "118.118.118.118",
		"a::", "a::1", "2a::1", "2a0::1", "2a00::1", "2a00::18", "2a00::118", "2a00::1118", "2a00::1:118", "2a00::1:1118", "2a00::11:1118", "2a00::111:1118", "2a00::1111:1118", "2a00::1:1111:1118",
		"2a00::11:1111:1118", "2a00:0:0:1:1:1:1:1", "2a00:1118:1118:1118:1118:1118:1118:111", "2a00:1118:1118:1118:1118:1118:1118:1118",
	} {
		got := d.AddrText(s)
		a, err := netip.ParseAddr(got)
		if len(got) != len(s) || err != nil || !nobody(a) {
			t.Errorf("%s becomes %s", s, got)
		}
	}
}

// nobody says whether an address is in a range that nobody has.
func nobody(a netip.Addr) bool {
	for _, r := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "198.18.0.0/15", "240.0.0.0/4", "0.0.0.0/8", "2001:db8::/32", "fe80::/10", "ff00::/8", "100::/64", "::/96"} {
		if netip.MustParsePrefix(r).Contains(a) {
			return true
		}
	}
	return false
}
