package packets

import (
	"encoding/binary"
	"net/netip"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

const protocolTCP = byte(layers.IPProtocolTCP)

// network writes an IP header of either version.
func (r *Rewriter) network(b, payload []byte) Fate {
	if len(b) == 0 {
		return Malformed
	}
	switch b[0] >> 4 {
	case 4:
		return r.network4(b, payload)
	case 6:
		return r.network6(b, payload)
	}
	return NotTCP
}

// network4 writes an IPv4 header (RFC 791, section 3.1).
func (r *Rewriter) network4(b, payload []byte) Fate {
	const fixed = 20
	if len(b) < fixed {
		return Malformed
	}
	header, total := int(b[0]&15)*4, int(binary.BigEndian.Uint16(b[2:]))
	length := total
	if total == 0 { // the card had not filled it in
		length = r.wire(b)
	}
	if header < fixed || header > len(b) || header > length {
		return Malformed
	}
	end := min(length, len(b))
	inside, trailing := b[header:end], len(b)-end
	if binary.BigEndian.Uint16(b[6:])&0x3fff != 0 {
		whole, ok := r.join4(b)
		if !ok {
			return Joined
		}
		r.whole = true
		inside, trailing, length = whole, 0, header+len(whole)
		if total = length; total > 0xffff {
			return Malformed
		}
	}
	if b[9] != protocolTCP {
		return NotTCP
	}
	r.header4(b[:header], uint16(total))
	return r.transport(inside, length-header, payload, trailing)
}

// join4 adds a fragment.
func (r *Rewriter) join4(b []byte) ([]byte, bool) {
	var ip layers.IPv4
	if ip.DecodeFromBytes(b, gopacket.NilDecodeFeedback) != nil {
		return nil, false
	}
	return r.fragments.Add4(&ip, r.packet.Time)
}

// header4 adds an IPv4 header. The identification moves by a distance of its sender's; zero
// stays, as it means that there is none (RFC 6864, section 4.1).
func (r *Rewriter) header4(b []byte, total uint16) {
	at := len(r.out)
	r.places.ip = at
	r.ends = append(r.ends[:0], b[12:20]...)
	r.out = append(r.out, b[0], b[1])
	r.number16(total)
	id := binary.BigEndian.Uint16(b[4:])
	if id != 0 {
		id = move16(id, r.disguise.Shift("identification", b[12:16]))
	}
	r.number16(id)
	const dontFragment = 0x40
	r.out = append(r.out, b[6]&dontFragment, 0, b[8], protocolTCP, 0, 0)
	r.address(b[12:16])
	r.address(b[16:20])
	r.options4(b[20:])
	made := r.out[at:]
	binary.BigEndian.PutUint16(made[10:], ^fold(sum(made, 0)))
}

// move16 moves a number that is not zero so that it does not become zero.
func move16(n uint16, by uint32) uint16 { return uint16((uint32(n)-1+by%0xffff)%0xffff) + 1 }

// address adds what replaces an address.
func (r *Rewriter) address(b []byte) {
	made := r.replaced(b).As16()
	r.out = append(r.out, made[16-len(b):]...)
}

// replaced is what takes the place of an address of 4 or 16 bytes.
func (r *Rewriter) replaced(b []byte) netip.Addr {
	a, _ := netip.AddrFromSlice(b)
	return r.disguise.Addr(a)
}

// Options of IPv4 (RFC 791, section 3.1; RFC 2113).
const (
	optionEnd          = 0
	optionNone         = 1
	optionRecordRoute  = 7
	optionLooseRoute   = 131
	optionStrictRoute  = 137
	optionRouterAlert  = 148
	lengthRouterAlert  = 4
	beforeRouteAddress = 3
)

// options4 adds options. Routes are made of other addresses; what is not known does nothing.
func (r *Rewriter) options4(b []byte) {
	for len(b) > 0 {
		n := optionLength(b)
		if b[0] == optionEnd || n == 0 {
			r.zeros(len(b))
			return
		}
		option := b[:n]
		switch {
		case option[0] == optionNone, option[0] == optionRouterAlert && n == lengthRouterAlert:
			r.out = append(r.out, option...)
		case (option[0] == optionRecordRoute || option[0] == optionLooseRoute || option[0] == optionStrictRoute) && n >= beforeRouteAddress:
			r.route4(option)
		default:
			r.nothing(n)
		}
		b = b[n:]
	}
}

// route4 adds a route with other addresses. What is no whole address is zero.
func (r *Rewriter) route4(option []byte) {
	r.out = append(r.out, option[:beforeRouteAddress]...)
	rest := option[beforeRouteAddress:]
	for ; len(rest) >= 4; rest = rest[4:] {
		r.address(rest[:4])
	}
	r.zeros(len(rest))
}

// nothing adds options of one byte that do nothing, the same in IP and TCP.
func (r *Rewriter) nothing(n int) {
	r.options++
	for range n {
		r.out = append(r.out, optionNone)
	}
}

// optionLength is how long the option at the front is; 0: it makes no sense.
func optionLength(b []byte) int {
	if b[0] == optionEnd || b[0] == optionNone {
		return 1
	}
	if len(b) < 2 || b[1] < 2 || int(b[1]) > len(b) {
		return 0
	}
	return int(b[1])
}
