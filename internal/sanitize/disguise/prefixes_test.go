package disguise

import (
	"net/netip"
	"testing"

	"pgregory.net/rapid"
)

// referenceKey is that of the sample of the reference implementation of Crypto-PAn 1.0.
var referenceKey = [32]byte{
	21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16,
	216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
}

func TestPrefixesAreThoseOfTheReferenceImplementation(t *testing.T) {
	p := newPrefixes(referenceKey)
	for in, want := range map[string]string{
		"128.11.68.132":   "135.242.180.132",
		"129.118.74.4":    "134.136.186.123",
		"130.132.252.244": "133.68.164.234",
		"141.223.7.43":    "141.167.8.160",
		"141.233.145.108": "141.129.237.235",
		"152.163.225.39":  "151.140.114.167",
		"156.29.3.236":    "147.225.12.42",
		"165.247.96.84":   "162.9.99.234",
		"166.107.77.190":  "160.132.178.185",
		"192.102.249.13":  "252.138.62.131",
		"192.215.32.125":  "252.43.47.189",
		"192.233.80.103":  "252.25.108.8",
		"192.41.57.43":    "252.222.221.184",
		"193.150.244.223": "253.169.52.216",
		"195.205.63.100":  "255.186.223.5",
		"198.200.171.101": "249.199.68.213",
		"198.26.132.101":  "249.36.123.202",
		"198.36.213.5":    "249.7.21.132",
		"198.51.77.238":   "249.18.186.254",
		"199.217.79.101":  "248.38.184.213",
		"24.0.250.221":    "100.15.198.226",
		"63.14.55.111":    "95.9.215.7",
		"10.185.25.118":   "117.161.29.118",

		// Of IPv6 the reference has no samples; these are another implementation's.
		"::1":         "78ff:f001:9fc0:20df:8380:b1f1:704:ed",
		"::ffff":      "78ff:f001:9fc0:20df:8380:b1f1:704:f838",
		"2001:db8::1": "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e",
		"2001:db8::2": "4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c",
	} {
		if got := p.replace(netip.MustParseAddr(in), nil); got.String() != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

// sharedBits is how long a prefix two addresses share.
func sharedBits(a, b netip.Addr) int {
	for n := a.BitLen(); n > 0; n-- {
		if p, err := a.Prefix(n); err == nil && p.Contains(b) {
			return n
		}
	}
	return 0
}

func drawAddr(t *rapid.T, name string) netip.Addr {
	n := rapid.SampledFrom([]int{4, 16}).Draw(t, name+" size")
	a, _ := netip.AddrFromSlice(rapid.SliceOfN(rapid.Byte(), n, n).Draw(t, name))
	return a
}

func TestPrefixesAreKept(t *testing.T) {
	p := newPrefixes(referenceKey)
	rapid.Check(t, func(t *rapid.T) {
		a := drawAddr(t, "address")
		other := a.AsSlice()
		bit := rapid.IntRange(0, a.BitLen()-1).Draw(t, "differs at")
		other[bit/8] ^= 0x80 >> (bit % 8)
		copy(other[bit/8+1:], rapid.SliceOfN(rapid.Byte(), len(other), len(other)).Draw(t, "rest"))
		b, _ := netip.AddrFromSlice(other)
		for _, ranges := range [][]netip.Prefix{nil, kept} {
			if was, is := sharedBits(a, b), sharedBits(p.replace(a, ranges), p.replace(b, ranges)); was != is {
				t.Errorf("%s and %s share %d bits, then %d", a, b, was, is)
			}
		}
	})
}

func TestRangesWithAMeaningStayThemselves(t *testing.T) {
	p := newPrefixes(referenceKey)
	rapid.Check(t, func(t *rapid.T) {
		a := drawAddr(t, "address")
		for _, r := range kept {
			if got := p.replace(a, kept); r.Contains(a) && got != a || !r.Contains(a) && r.Contains(got) {
				t.Errorf("%s becomes %s", a, got)
			}
		}
	})
}
