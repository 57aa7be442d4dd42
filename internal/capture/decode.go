package capture

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// Counts tell what became of packets.
type Counts struct {
	Packets     int // all
	TCP         int // of which TCP segments
	Other       int // of another protocol
	UnknownLink int // of a link type that is not read
	Malformed   int // whose headers make no sense, or are cut off
	Cut         int // TCP segments of which the capture lacks the end
	Fragments   int // IP datagrams of which fragments are missing
}

// A decoder takes TCP segments out of packets. Its layers are used again and again.
// Checksums are not judged: a machine that captures its own packets sees them before
// its network card has computed theirs.
type decoder struct {
	counts Counts

	ethernet layers.Ethernet
	vlan     layers.Dot1Q
	cooked   layers.LinuxSLL
	cooked2  layers.LinuxSLL2
	loopback layers.Loopback
	ip4      layers.IPv4
	ip6      layers.IPv6
	skipper  layers.IPv6ExtensionSkipper
	fragment layers.IPv6Fragment
	tcp      layers.TCP

	fragments fragments
}

// A datagram is an IP datagram's payload.
type datagram struct {
	from, to netip.Addr
	ttl      byte
	protocol layers.IPProtocol
	payload  []byte
	length   int // on the wire
}

// A verdict says why there is no segment.
type verdict uint8

const (
	fine verdict = iota
	other
	unknownLink
	malformed
	incomplete // a fragment, and the others are still to come
)

// decode takes the TCP segment out of a packet, if there is one.
func (d *decoder) decode(p Packet) (segment, bool) {
	d.counts.Packets++
	var s segment
	ip, v := d.link(p.Link, p.Data)
	if v == fine {
		var inner datagram
		if inner, v = d.network(ip, p); v == fine {
			s, v = d.transport(inner)
		}
	}
	s.at = Mark{Frame: p.Frame, Time: p.Time}
	switch v {
	case fine:
		d.counts.TCP++
		if s.length > len(s.data) {
			d.counts.Cut++
		}
	case other:
		d.counts.Other++
	case unknownLink:
		d.counts.UnknownLink++
	case malformed:
		d.counts.Malformed++
	}
	return s, v == fine
}

// transport reads the TCP header. Where only its options are cut off, the rest is good.
func (d *decoder) transport(in datagram) (segment, verdict) {
	if in.protocol != layers.IPProtocolTCP {
		return segment{}, other
	}
	const fixed = 20
	err := d.tcp.DecodeFromBytes(in.payload, gopacket.NilDecodeFeedback)
	header := int(d.tcp.DataOffset) * 4
	if len(in.payload) < fixed || header < fixed || header > in.length || err != nil && header <= len(in.payload) {
		return segment{}, malformed
	}
	return segment{
		from:   netip.AddrPortFrom(in.from, uint16(d.tcp.SrcPort)),
		to:     netip.AddrPortFrom(in.to, uint16(d.tcp.DstPort)),
		seq:    d.tcp.Seq,
		ack:    d.tcp.Ack,
		syn:    d.tcp.SYN,
		fin:    d.tcp.FIN,
		rst:    d.tcp.RST,
		acks:   d.tcp.ACK,
		ttl:    in.ttl,
		data:   in.payload[min(header, len(in.payload)):],
		length: in.length - header,
	}, fine
}
