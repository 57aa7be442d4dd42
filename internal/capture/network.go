package capture

import (
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// maxExtensions bounds the extension headers of an IPv6 datagram.
const maxExtensions = 16

// network reads an IP datagram, of either version.
func (d *decoder) network(b []byte, p Packet) (datagram, verdict) {
	if len(b) == 0 {
		return datagram{}, malformed
	}
	// Where a card cuts segments itself, datagrams are captured before it has
	// filled in their lengths, which then are zero.
	length := len(b) + p.Length - len(p.Data)
	switch b[0] >> 4 {
	case 4:
		return d.network4(b, p, length)
	case 6:
		return d.network6(b, p, length)
	}
	return datagram{}, other
}

func (d *decoder) network4(b []byte, p Packet, length int) (datagram, verdict) {
	if len(b) >= 4 && (b[2] != 0 || b[3] != 0) {
		length = int(b[2])<<8 | int(b[3])
	}
	if d.ip4.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return datagram{}, malformed
	}
	payload := d.ip4.Payload
	if d.ip4.FragOffset != 0 || d.ip4.Flags&layers.IPv4MoreFragments != 0 {
		whole, ok := d.fragments.add4(&d.ip4, p.Time)
		if !ok {
			return datagram{}, incomplete
		}
		payload, length = whole, len(whole)+len(d.ip4.Contents)
	}
	from, _ := netip.AddrFromSlice(d.ip4.SrcIP)
	to, _ := netip.AddrFromSlice(d.ip4.DstIP)
	return datagram{
		from:     from,
		to:       to,
		ttl:      d.ip4.TTL,
		protocol: d.ip4.Protocol,
		payload:  payload,
		length:   length - len(d.ip4.Contents),
	}, fine
}

func (d *decoder) network6(b []byte, p Packet, length int) (datagram, verdict) {
	const header = 40
	err := d.ip6.DecodeFromBytes(b, gopacket.NilDecodeFeedback)
	switch {
	case len(b) < header, err != nil && d.ip6.Length != 0:
		return datagram{}, malformed
	case err != nil && d.ip6.NextHeader != layers.IPProtocolTCP:
		return datagram{}, malformed
	case d.ip6.Length != 0:
		length = header + int(d.ip6.Length)
	}
	from, _ := netip.AddrFromSlice(d.ip6.SrcIP)
	to, _ := netip.AddrFromSlice(d.ip6.DstIP)
	in := datagram{from: from, to: to, ttl: d.ip6.HopLimit, protocol: d.ip6.NextHeader, payload: d.ip6.Payload, length: length - header}
	if d.ip6.HopByHop != nil { // which gopacket takes for a part of the header
		in.protocol = d.ip6.HopByHop.NextHeader
		in.length -= d.ip6.HopByHop.ActualLength
	}
	return d.extensions(in)
}

// extensions passes over extension headers (RFC 8200, section 4) and joins fragments.
func (d *decoder) extensions(in datagram) (datagram, verdict) {
	for range maxExtensions {
		var next layers.IPProtocol
		var payload []byte
		switch in.protocol {
		case layers.IPProtocolIPv6HopByHop, layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Destination:
			if d.skipper.DecodeFromBytes(in.payload, gopacket.NilDecodeFeedback) != nil {
				return datagram{}, malformed
			}
			next, payload = d.skipper.NextHeader, d.skipper.Payload
		case layers.IPProtocolIPv6Fragment:
			if d.fragment.DecodeFromBytes(in.payload, gopacket.NilDecodeFeedback) != nil {
				return datagram{}, malformed
			}
			next, payload = d.fragment.NextHeader, d.fragment.Payload
			if d.fragment.FragmentOffset != 0 || d.fragment.MoreFragments {
				whole, protocol, ok := d.fragments.add6(&d.ip6, &d.fragment, len(in.payload) < in.length)
				if !ok {
					return datagram{}, incomplete
				}
				next, payload, in.payload, in.length = protocol, whole, whole, len(whole)
			}
		default:
			return in, fine
		}
		in.length -= len(in.payload) - len(payload)
		in.protocol, in.payload = next, payload
	}
	return datagram{}, malformed
}
