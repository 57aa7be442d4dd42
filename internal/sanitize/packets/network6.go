package packets

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

const (
	header6 = 40 // bytes of an IPv6 header

	// maxExtensions bounds the extension headers of a datagram, as it does where streams
	// are put together.
	maxExtensions = 16
)

// network6 writes an IPv6 header (RFC 8200, section 3).
func (r *Rewriter) network6(b, payload []byte) Fate {
	if len(b) < header6 {
		return Malformed
	}
	stated := int(binary.BigEndian.Uint16(b[4:]))
	length := stated
	if stated == 0 { // the card had not filled it in
		length = r.wire(b) - header6
	}
	end := min(header6+length, len(b))
	at := len(r.out)
	r.places.ip = at
	r.ends = append(r.ends[:0], b[8:40]...)
	r.number32(binary.BigEndian.Uint32(b)&0xfff00000 | r.label(b))
	r.number16(0) // the length, which is not known yet
	r.out = append(r.out, b[6], b[7])
	r.address(b[8:24])
	r.address(b[24:40])
	fate := r.extensions(datagram6{
		ip:       b,
		next:     at + 6,
		protocol: layers.IPProtocol(b[6]),
		inside:   b[header6:end],
		length:   length,
		trailing: len(b) - end,
	}, payload)
	if fate != Written {
		return fate
	}
	if r.whole {
		stated = len(r.out) - at - header6
	}
	if stated > 0xffff {
		return Malformed
	}
	binary.BigEndian.PutUint16(r.out[at+4:], uint16(stated))
	return Written
}

// label is what replaces a flow label (RFC 6437); zero means that there is none.
func (r *Rewriter) label(b []byte) uint32 {
	const mask = 0x000fffff
	label := binary.BigEndian.Uint32(b) & mask
	if label == 0 {
		return 0
	}
	owner := binary.BigEndian.AppendUint32(nil, label)
	return max(r.disguise.Shift("flow label", append(owner, b[8:40]...))&mask, 1)
}

// A datagram6 is what is left of an IPv6 datagram behind the headers that were written.
type datagram6 struct {
	ip       []byte // its beginning
	next     int    // where in the output the type of what follows stands
	protocol layers.IPProtocol
	inside   []byte
	length   int // on the wire
	trailing int // bytes of the frame behind the datagram
}

// extensions writes extension headers (RFC 8200, section 4), and what follows them.
func (r *Rewriter) extensions(d datagram6, payload []byte) Fate {
	for range maxExtensions {
		fate := Written
		switch d.protocol {
		case layers.IPProtocolTCP:
			return r.transport(d.inside, d.length, payload, d.trailing)
		case layers.IPProtocolIPv6HopByHop, layers.IPProtocolIPv6Routing, layers.IPProtocolIPv6Destination:
			fate = r.extension(&d)
		case layers.IPProtocolIPv6Fragment:
			fate = r.fragment(&d)
		default:
			return NotTCP
		}
		if fate != Written {
			return fate
		}
	}
	return Malformed
}

// extension writes a header of options, or a route.
func (r *Rewriter) extension(d *datagram6) Fate {
	if len(d.inside) < 2 {
		return Malformed
	}
	n := (int(d.inside[1]) + 1) * 8
	if n > len(d.inside) {
		return Malformed
	}
	header := d.inside[:n]
	next := len(r.out)
	r.out = append(r.out, header[:2]...)
	if d.protocol == layers.IPProtocolIPv6Routing {
		r.route6(header)
	} else {
		r.padding(n - 2)
	}
	d.next, d.protocol, d.inside, d.length = next, layers.IPProtocol(header[0]), d.inside[n:], d.length-n
	return Written
}

// padding adds options that do nothing (RFC 8200, section 4.2).
func (r *Rewriter) padding(n int) {
	const padN, most = 1, 257
	r.options++
	for n > 0 {
		piece := min(n, most)
		if n-piece == 1 {
			piece--
		}
		r.out = append(r.out, padN, byte(piece-2))
		r.zeros(piece - 2)
		n -= piece
	}
}

// route6 adds a route of other addresses, where it is made of such (RFC 8200, section 4.4;
// RFC 6275, section 6.4); of another kind nothing stays.
func (r *Rewriter) route6(header []byte) {
	const addresses, sourceRoute, mobile = 8, 0, 2
	kind := header[2]
	if kind != sourceRoute && kind != mobile {
		r.options++
		r.out = append(r.out, kind)
		r.zeros(len(header) - 3)
		return
	}
	r.out = append(r.out, kind, header[3], 0, 0, 0, 0)
	rest := header[addresses:]
	for ; len(rest) >= 16; rest = rest[16:] {
		r.address(rest[:16])
	}
	r.zeros(len(rest))
}

// fragment passes over a header of a fragment. Where it is one of several, the whole follows,
// without such a header, once the last has come (RFC 8200, section 4.5).
func (r *Rewriter) fragment(d *datagram6) Fate {
	const header = 8
	if len(d.inside) < header {
		return Malformed
	}
	if offset := binary.BigEndian.Uint16(d.inside[2:]); offset&0xfff9 == 0 {
		next := len(r.out)
		r.out = append(r.out, d.inside[0], 0, 0, 0)
		r.number32(r.disguise.Shift("fragment", d.inside[4:8]))
		d.next, d.protocol, d.inside, d.length = next, layers.IPProtocol(d.inside[0]), d.inside[header:], d.length-header
		return Written
	}
	whole, protocol, ok := r.join6(d)
	if !ok {
		return Joined
	}
	r.whole = true
	r.out[d.next] = byte(protocol)
	d.protocol, d.inside, d.length, d.trailing = protocol, whole, len(whole), 0
	return Written
}

// join6 adds a fragment.
func (r *Rewriter) join6(d *datagram6) ([]byte, layers.IPProtocol, bool) {
	var ip layers.IPv6
	var fragment layers.IPv6Fragment
	// What follows the header is of no use here, and may be cut.
	err := ip.DecodeFromBytes(d.ip, gopacket.NilDecodeFeedback)
	if err != nil || fragment.DecodeFromBytes(d.inside, gopacket.NilDecodeFeedback) != nil {
		return nil, 0, false
	}
	return r.fragments.Add6(&ip, &fragment, len(d.inside) < d.length)
}
