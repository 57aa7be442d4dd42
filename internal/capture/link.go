package capture

import (
	"encoding/binary"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// Link types that gopacket has no names for: raw IP, as it was numbered by some systems.
const (
	linkRawBSD     layers.LinkType = 12
	linkRawOpenBSD layers.LinkType = 14
)

// Ether types of stacked VLANs that came before 802.1ad.
const etherTypeQinQOld layers.EthernetType = 0x9100

// link finds the IP datagram in a frame.
func (d *decoder) link(kind layers.LinkType, frame []byte) ([]byte, verdict) {
	none := gopacket.NilDecodeFeedback
	switch kind {
	case layers.LinkTypeEthernet:
		if d.ethernet.DecodeFromBytes(frame, none) != nil {
			return nil, malformed
		}
		return d.ether(d.ethernet.EthernetType, d.ethernet.Payload)
	case layers.LinkTypeLinuxSLL:
		if d.cooked.DecodeFromBytes(frame, none) != nil {
			return nil, malformed
		}
		return d.ether(d.cooked.EthernetType, d.cooked.Payload)
	case layers.LinkTypeLinuxSLL2:
		if d.cooked2.DecodeFromBytes(frame, none) != nil {
			return nil, malformed
		}
		return d.ether(d.cooked2.ProtocolType, d.cooked2.Payload)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		// The family's number differs between systems; the datagram says what it is.
		if d.loopback.DecodeFromBytes(frame, none) != nil {
			return nil, malformed
		}
		return d.loopback.Payload, fine
	case layers.LinkTypeRaw, linkRawBSD, linkRawOpenBSD, layers.LinkTypeIPv4, layers.LinkTypeIPv6:
		return frame, fine
	case layers.LinkTypePPP, layers.LinkTypePPP_HDLC:
		return ppp(frame)
	case layers.LinkTypePPPEthernet:
		return pppoe(frame)
	}
	return nil, unknownLink
}

// ether goes by an Ethernet frame's type, through the tags of VLANs.
func (d *decoder) ether(kind layers.EthernetType, payload []byte) ([]byte, verdict) {
	for {
		switch kind {
		case layers.EthernetTypeIPv4, layers.EthernetTypeIPv6:
			return payload, fine
		case layers.EthernetTypeDot1Q, layers.EthernetTypeQinQ, etherTypeQinQOld:
			if d.vlan.DecodeFromBytes(payload, gopacket.NilDecodeFeedback) != nil {
				return nil, malformed
			}
			kind, payload = d.vlan.Type, d.vlan.Payload
		case layers.EthernetTypePPPoESession:
			return pppoe(payload)
		default:
			return nil, other
		}
	}
}

// pppoe passes over a PPPoE header (RFC 2516, section 4) of a session.
func pppoe(b []byte) ([]byte, verdict) {
	const header = 6
	switch {
	case len(b) < header:
		return nil, malformed
	case b[1] != 0: // the code of a session's packets
		return nil, other
	}
	return ppp(b[header:])
}

// ppp passes over a PPP header: address and control, which can be left out, and the
// protocol, which is one byte if its last bit is set (RFC 1661, section 2; RFC 1662,
// section 3.1).
func ppp(b []byte) ([]byte, verdict) {
	const (
		protocolIPv4 = 0x0021
		protocolIPv6 = 0x0057
	)
	if len(b) >= 2 && b[0] == 0xff && b[1] == 0x03 {
		b = b[2:]
	}
	if len(b) < 2 {
		return nil, malformed
	}
	protocol, header := binary.BigEndian.Uint16(b), 2
	if b[0]&1 != 0 {
		protocol, header = uint16(b[0]), 1
	}
	if protocol != protocolIPv4 && protocol != protocolIPv6 {
		return nil, other
	}
	return b[header:], fine
}
