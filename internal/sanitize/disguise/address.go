package disguise

import (
	"encoding/binary"
	"net/netip"
	"strings"
)

// maxAddresses bounds the table of addresses.
const maxAddresses = 1 << 18

// kept are ranges whose addresses say nothing about anybody, and mean something.
var kept = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("255.255.255.255/32"),
	netip.MustParsePrefix("::/127"), // the unspecified and the loopback address
	netip.MustParsePrefix("ff00::/8"),
}

// nobodys are ranges for documentation and benchmarks. An address in them is replaced, too,
// but tells nothing; and it may be what replaces another.
var nobodys = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("2001:db8::/32"),
}

var (
	linkLocal6 = netip.MustParsePrefix("fe80::/10")
	solicited  = netip.MustParsePrefix("ff02::1:ff00:0/104")
)

// A pool is a range of addresses to give away.
type pool struct {
	first netip.Addr
	size  uint64
}

// pools are the ranges for documentation (RFC 5737, section 3), then that for benchmarks
// (RFC 2544, appendix C.2.2), then a private one (RFC 1918, section 3).
var pools = []pool{
	{netip.MustParseAddr("192.0.2.1"), 254},
	{netip.MustParseAddr("198.51.100.1"), 254},
	{netip.MustParseAddr("203.0.113.1"), 254},
	{netip.MustParseAddr("198.18.0.1"), 1<<17 - 2},
	{netip.MustParseAddr("10.0.0.1"), 1<<24 - 2},
}

// documentation is how many addresses the first three pools have.
const documentation = 3 * 254

// Addr replaces an address: by one from the ranges for documentation, in the order in
// which addresses are met, or so that prefixes are kept. Loopback, broadcast and
// multicast addresses stay what they are.
func (d *Disguise) Addr(a netip.Addr) netip.Addr {
	if b, ok := d.addresses[a]; ok {
		return b
	}
	switch {
	case !a.IsValid():
		return a
	case a.Is4In6():
		return netip.AddrFrom16(d.Addr(a.Unmap()).As16())
	case solicited.Contains(a): // its end is that of somebody's address
		return d.solicited(a)
	case isIn(a, kept):
		return a
	}
	a = a.WithZone("")
	if b, ok := d.addresses[a]; ok {
		return b
	}
	d.rememberAddr(a)
	if len(d.addresses) >= maxAddresses {
		return d.crowded(a)
	}
	var b netip.Addr
	if d.options.PrefixPreserving {
		d.remarks["addresses keep their prefixes, and so are not of the ranges for documentation: chance makes some of them other people's"] = 1
		b = d.prefix.replace(a, kept)
	} else {
		b = d.next(a)
	}
	d.addresses[a] = b
	return b
}

func isIn(a netip.Addr, ranges []netip.Prefix) bool {
	for _, p := range ranges {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// next gives the next address of a's kind.
func (d *Disguise) next(a netip.Addr) netip.Addr {
	switch {
	case a.Is4():
		n := d.given[0]
		d.given[0]++
		if n == documentation {
			d.remark("more than 762 IPv4 addresses: 198.18.0.0/15 is used beside the ranges for documentation")
		}
		return take(n)
	case linkLocal6.Contains(a):
		d.local++
		return from128(0xfe80<<48, d.local)
	}
	d.given[1]++
	return from128(0x20010db8<<32, d.given[1])
}

// take gives the nth address of the pools.
func take(n uint64) netip.Addr {
	for _, p := range pools {
		if n < p.size {
			first := p.first.As4()
			return from32(binary.BigEndian.Uint32(first[:]) + uint32(n))
		}
		n -= p.size
	}
	return from32(10<<24 + uint32(n%(1<<24)))
}

// crowded is for an address for which the table has no room.
func (d *Disguise) crowded(a netip.Addr) netip.Addr {
	if d.options.PrefixPreserving {
		return d.prefix.replace(a, kept)
	}
	d.remark("addresses beyond the first 262,144 can fall together")
	n := d.stream("address", a.AsSlice())
	if a.Is4() {
		return from32(10<<24 + 1 + uint32(n.below(1<<24-2)))
	}
	return from128(0x20010db8<<32|0xffff, uint64(n.below(1<<62)))
}

// solicited replaces a solicited-node multicast address (RFC 4291, section 2.7.1).
func (d *Disguise) solicited(a netip.Addr) netip.Addr {
	b := a.As16()
	copy(b[13:], d.noise("solicited", b[13:]))
	return netip.AddrFrom16(b)
}

// rememberAddr keeps an address as its bytes: a search knows how they are written.
func (d *Disguise) rememberAddr(a netip.Addr) {
	if !isIn(a, nobodys) {
		d.Remember(KindAddress, a.AsSlice())
	}
}

// AddrText replaces an address in a text, by one whose text is as long; where there is
// none, by one that is not its address's replacement, or by letters.
func (d *Disguise) AddrText(s string) string {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return d.textual(s)
	}
	if !isIn(a, nobodys) && !isIn(a, kept) && lower(s) != a.String() {
		d.RememberText(KindAddress, s) // it is written in a way of its own
	}
	b := d.Addr(a)
	if out := b.String(); len(out) == len(s) {
		return out
	}
	if out, ok := stretch(b, len(s)); ok {
		return out
	}
	return d.textual(s)
}

// stretch writes an address for documentation in just so many letters, if it can be.
// It keeps what it can of b's number, in the last part of the text.
func stretch(b netip.Addr, n int) (string, bool) {
	raw := b.As16()
	host := binary.BigEndian.Uint32(raw[12:])
	if b.Is4() {
		return stretch4(host, n)
	}
	return stretch6(host, n)
}

// stretch4 uses ranges for documentation for texts of 9 to 14 letters; shorter and longer
// ones have none, and become addresses that no network has (RFC 6890, section 2.2.2).
func stretch4(host uint32, n int) (string, bool) {
	for _, network := range []string{"192.0.2.", "198.51.100.", "240.100.100.", "0.0.0."} {
		if width := n - len(network); width >= 1 && width <= 3 {
			return network + digits(host, width), true
		}
	}
	return "", false
}

// stretched6 are beginnings of addresses for documentation, each with how many groups may
// follow; for texts that are too short, of ones that are thrown away (RFC 6666), and of ones
// that no longer have a use (RFC 4291, section 2.5.5.1).
var stretched6 = []struct {
	begin       string
	least, most int
}{
	{"2001:db8::", 1, 2},
	{"2001:db8:", 6, 6},
	{"2001:0db8:", 6, 6},
	{"100::", 1, 2},
	{"::", 1, 1},
}

// stretch6 writes an IPv6 address in just so many letters.
func stretch6(host uint32, n int) (string, bool) {
	for _, s := range stretched6 {
		for groups := s.least; groups <= s.most; groups++ {
			room := n - len(s.begin) - (groups - 1)
			if room >= groups && room <= 4*groups {
				return s.begin + fillGroups(host, groups, room), true
			}
		}
	}
	return "", false
}

// fillGroups writes groups with so many digits in all, the last of which tell the host.
func fillGroups(host uint32, groups, room int) string {
	var out strings.Builder
	for left := groups - 1; left > 0; left-- {
		width := min(4, room-left)
		out.WriteString("1000"[:width])
		out.WriteByte(':')
		room -= width
	}
	return out.String() + hexadecimal(host, room)
}

// digits writes a number of at most 255 with just so many digits and none before it.
func digits(n uint32, width int) string {
	switch width {
	case 1:
		return string([]byte{'1' + byte(n%9)})
	case 2:
		return string([]byte{'1' + byte(n/10%9), '0' + byte(n%10)})
	}
	return string([]byte{'1', '0' + byte(n/10%10), '0' + byte(n%10)})
}

// hexadecimal writes the end of a number with just so many digits.
func hexadecimal(n uint32, width int) string {
	const alphabet = "0123456789abcdef"
	out := make([]byte, width)
	for i := range out {
		out[width-1-i] = alphabet[n>>(4*i)&15]
	}
	if out[0] == '0' && width < 4 {
		out[0] = 'a'
	}
	return string(out)
}

func from32(n uint32) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

func from128(high, low uint64) netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], high)
	binary.BigEndian.PutUint64(b[8:], low)
	return netip.AddrFrom16(b)
}
