package packets

import (
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// Link types that gopacket has no names for: raw IP, as some systems number it.
const (
	rawBSD     layers.LinkType = 12
	rawOpenBSD layers.LinkType = 14
)

// etherTypeQinQOld is that of stacked VLANs before IEEE 802.1ad.
const etherTypeQinQOld layers.EthernetType = 0x9100

// ethernet writes an Ethernet header.
func (r *Rewriter) ethernet(b, payload []byte) Fate {
	const header = 14
	if len(b) < header {
		return Malformed
	}
	r.card(b[:6])
	r.card(b[6:12])
	return r.ether(b[12:], payload)
}

// card adds a card's address.
func (r *Rewriter) card(b []byte) {
	made := r.disguise.MAC([6]byte(b))
	r.out = append(r.out, made[:]...)
}

// ether goes by the type at the front, through the tags of VLANs.
func (r *Rewriter) ether(b, payload []byte) Fate {
	const tag = 4
	for {
		kind := layers.EthernetType(binary.BigEndian.Uint16(b))
		switch kind {
		case layers.EthernetTypeIPv4, layers.EthernetTypeIPv6:
			r.number16(uint16(kind))
			return r.network(b[2:], payload)
		case layers.EthernetTypePPPoESession:
			r.number16(uint16(kind))
			return r.overEthernet(b[2:], payload)
		case layers.EthernetTypeDot1Q, layers.EthernetTypeQinQ, etherTypeQinQOld:
			if len(b) < 2+tag {
				return Malformed
			}
			control := binary.BigEndian.Uint16(b[2:])
			r.number16(uint16(kind))
			r.number16(control&0xf000 | r.disguise.VLAN(control&0x0fff))
			b = b[tag:]
		default:
			return NotTCP
		}
	}
}

// cooked writes the header of Linux's "any" device (LINKTYPE_LINUX_SLL).
func (r *Rewriter) cooked(b, payload []byte) Fate {
	const header, addressAt, typeAt = 16, 6, 14
	if len(b) < header || binary.BigEndian.Uint16(b[4:]) > 8 {
		return Malformed
	}
	r.number16(direction(binary.BigEndian.Uint16(b)))
	r.out = append(r.out, b[2:6]...) // the kind of card, and how long its address is
	r.cardOf(b[addressAt:typeAt], int(binary.BigEndian.Uint16(b[4:])))
	return r.ether(b[typeAt:], payload)
}

// cooked2 writes the later form of the same (LINKTYPE_LINUX_SLL2).
func (r *Rewriter) cooked2(b, payload []byte) Fate {
	const header, addressAt = 20, 12
	if len(b) < header || b[11] > 8 {
		return Malformed
	}
	kind := layers.EthernetType(binary.BigEndian.Uint16(b))
	if kind != layers.EthernetTypeIPv4 && kind != layers.EthernetTypeIPv6 {
		return r.cookedTagged(b, payload)
	}
	r.number16(uint16(kind))
	r.cooked2Rest(b)
	return r.network(b[header:], payload)
}

// cookedTagged is for what has a tag, or PPPoE, behind its header.
func (r *Rewriter) cookedTagged(b, payload []byte) Fate {
	const header = 20
	tagged := append([]byte{b[0], b[1]}, b[header:]...)
	at := len(r.out)
	if fate := r.ether(tagged, payload); fate != Written {
		return fate
	}
	behind := append([]byte(nil), r.out[at+2:]...)
	r.out = r.out[:at+2]
	r.cooked2Rest(b)
	if r.pppoe != 0 {
		r.pppoe += header - 2
	}
	r.out = append(r.out, behind...)
	return Written
}

// cooked2Rest adds what follows the type.
func (r *Rewriter) cooked2Rest(b []byte) {
	r.zeros(2)
	r.number32(1 + r.disguise.Shift("interface", b[4:8])&0xff)
	r.out = append(r.out, b[8:10]...) // the kind of card
	r.out = append(r.out, byte(direction(uint16(b[10]))), b[11])
	r.cardOf(b[12:20], int(b[11]))
}

// direction is how a packet came to the machine that captured it.
func direction(n uint16) uint16 {
	const most = 4 // sent by that machine
	if n > most {
		return 0
	}
	return n
}

// cardOf adds the address of a card in a field of eight bytes, of which so many count.
func (r *Rewriter) cardOf(b []byte, n int) {
	if n == 6 {
		r.card(b[:6])
	} else {
		r.out = append(r.out, r.disguise.Bytes(disguise.KindMAC, b[:n])...)
	}
	r.zeros(len(b) - n)
}

// families are the numbers that systems give to IP on a loopback device.
var families = map[uint32]bool{2: true, 10: true, 24: true, 28: true, 30: true}

// loopback writes the header of BSD's loopback devices: a number in the order of the machine.
func (r *Rewriter) loopback(b, payload []byte) Fate {
	const header, most, internet = 4, 0xff, 2
	if len(b) < header {
		return Malformed
	}
	var order binary.ByteOrder = binary.LittleEndian
	if b[0] == 0 && b[1] == 0 {
		order = binary.BigEndian
	}
	family := order.Uint32(b)
	if family > most {
		return Malformed
	}
	if !families[family] {
		family = internet
	}
	at := len(r.out)
	r.zeros(header)
	order.PutUint32(r.out[at:], family)
	return r.network(b[header:], payload)
}

// overEthernet writes a PPPoE header (RFC 2516, section 4) of a session.
func (r *Rewriter) overEthernet(b, payload []byte) Fate {
	const header = 6
	switch {
	case len(b) < header:
		return Malformed
	case b[1] != 0: // the code of a session's packets
		return NotTCP
	}
	r.out = append(r.out, 0x11, 0) // its version and type
	r.number16(uint16(r.disguise.Shift("session", b[2:4])))
	r.pppoe = len(r.out)
	r.out = append(r.out, b[4:6]...)
	return r.ppp(b[header:], payload)
}

// ppp writes a PPP header (RFC 1661, section 2; RFC 1662, section 3.1).
func (r *Rewriter) ppp(b, payload []byte) Fate {
	const (
		protocolIPv4 = 0x0021
		protocolIPv6 = 0x0057
	)
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		r.out = append(r.out, b[:2]...)
		b = b[2:]
	}
	if len(b) < 2 {
		return Malformed
	}
	protocol, header := binary.BigEndian.Uint16(b), 2
	if b[0]&1 != 0 {
		protocol, header = uint16(b[0]), 1
	}
	if protocol != protocolIPv4 && protocol != protocolIPv6 {
		return NotTCP
	}
	r.out = append(r.out, b[:header]...)
	return r.network(b[header:], payload)
}
