package capture

import (
	"slices"
	"time"

	"github.com/gopacket/gopacket/ip4defrag"
	"github.com/gopacket/gopacket/ip6defrag"
	"github.com/gopacket/gopacket/layers"
)

// Bounds of the fragments that wait for others. How long they wait is what
// RFC 1122, section 3.3.2, allows at least.
const (
	maxFragmentBytes = 16 << 20
	fragmentCost     = 256 // of keeping one, beside its bytes
	fragmentLifetime = 60 * time.Second
)

// fragments joins the fragments of IP datagrams. gopacket's joiners have no bound of
// memory, and that of IPv6 goes by the clock on the wall, so all is dropped when there
// is too much.
type fragments struct {
	v4    *ip4defrag.IPv4Defragmenter
	v6    *ip6defrag.IPv6Defragmenter
	bytes int // kept, at most
	swept time.Time
	lost  int // datagrams given up
}

// add4 adds a fragment and gives the datagram's payload if it was the last.
func (f *fragments) add4(ip *layers.IPv4, now time.Time) ([]byte, bool) {
	if f.v4 == nil {
		f.v4 = ip4defrag.NewIPv4Defragmenter()
	}
	f.sweep(now)
	f.reserve(len(ip.Payload))
	kept := *ip
	kept.SrcIP, kept.DstIP = slices.Clone(ip.SrcIP), slices.Clone(ip.DstIP)
	kept.Payload = slices.Clone(ip.Payload)
	kept.Contents, kept.Options, kept.Padding = nil, nil, nil
	whole, err := f.v4.DefragIPv4WithTimestamp(&kept, now)
	if err != nil {
		f.lost++ // cut, or in contradiction with the others, which are dropped with it
	}
	if whole == nil {
		return nil, false
	}
	f.bytes -= len(whole.Payload)
	return whole.Payload, true
}

// add6 does the same for IPv6. The payload begins with the header that the first
// fragment names.
func (f *fragments) add6(ip *layers.IPv6, fragment *layers.IPv6Fragment, cut bool) ([]byte, layers.IPProtocol, bool) {
	if cut {
		f.lost++
		return nil, 0, false
	}
	if f.v6 == nil {
		f.v6 = ip6defrag.NewIPv6Defragmenter()
	}
	f.reserve(len(fragment.Payload))
	header, kept := *ip, *fragment
	header.SrcIP, header.DstIP = slices.Clone(ip.SrcIP), slices.Clone(ip.DstIP)
	header.Contents, header.Payload, header.HopByHop = nil, nil, nil
	kept.Payload, kept.Contents = slices.Clone(fragment.Payload), nil
	whole := f.v6.DefragIPv6(&header, &kept)
	if whole == nil {
		return nil, 0, false
	}
	f.bytes -= len(whole.Payload)
	return whole.Payload, whole.NextHeader, true
}

// sweep gives up datagrams that wait too long, by the capture's time.
func (f *fragments) sweep(now time.Time) {
	if now.Sub(f.swept) < fragmentLifetime/4 {
		return
	}
	f.swept = now
	f.lost += f.v4.DiscardOlderThan(now.Add(-fragmentLifetime))
}

// reserve makes room for a fragment.
func (f *fragments) reserve(n int) {
	f.bytes = max(f.bytes, 0) + n + fragmentCost
	if f.bytes > maxFragmentBytes {
		f.giveUp()
		f.bytes = n + fragmentCost
	}
}

// giveUp drops all fragments and counts their datagrams.
func (f *fragments) giveUp() {
	always := time.Unix(1<<40, 0) // later than any time
	if f.v4 != nil {
		f.lost += f.v4.DiscardOlderThan(always)
	}
	if f.v6 != nil {
		f.lost += f.v6.DiscardOlderThan(always)
	}
	f.bytes = 0
}

// Fragments joins the fragments of IP datagrams as an Assembler does, for who goes through
// the packets of a capture once more.
type Fragments struct{ kept fragments }

// Add4 adds a fragment, and gives the datagram's payload if it was the last to come.
func (f *Fragments) Add4(ip *layers.IPv4, now time.Time) ([]byte, bool) { return f.kept.add4(ip, now) }

// Add6 does the same for IPv6, and gives what the payload begins with. A fragment that was
// cut is lost.
func (f *Fragments) Add6(ip *layers.IPv6, fragment *layers.IPv6Fragment, cut bool) ([]byte, layers.IPProtocol, bool) {
	return f.kept.add6(ip, fragment, cut)
}
