package capturetest

import (
	"encoding/binary"
	"slices"

	"github.com/gopacket/gopacket/layers"
)

// A Head begins the frames of a link: with what comes before the IP datagram, whose
// version is given.
type Head func(version byte) []byte

// On puts what Ethernet frames carry onto another link.
func (f Frames) On(link layers.LinkType, head Head) Frames {
	f = f.edit(func(data []byte) []byte {
		ip := data[14:]
		return slices.Concat(head(ip[0]>>4), ip)
	})
	for i := range f {
		f[i].Link = link
	}
	return f
}

// etherType is the Ethernet type of an IP version.
func etherType(version byte) []byte {
	if version == 4 {
		return []byte{0x08, 0x00}
	}
	return []byte{0x86, 0xdd}
}

// Raw is no head.
func Raw(byte) []byte { return nil }

// Loopback is the head of BSD's loopback: the address family.
func Loopback(order binary.AppendByteOrder) Head {
	return func(version byte) []byte {
		if version == 4 {
			return order.AppendUint32(nil, 2)
		}
		return order.AppendUint32(nil, 30) // as on macOS
	}
}

// Cooked is the head of a Linux cooked capture.
func Cooked(version byte) []byte {
	return append([]byte{0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0}, etherType(version)...)
}

// Cooked2 is the head of its second version.
func Cooked2(version byte) []byte {
	return append(etherType(version), 0, 0, 0, 0, 0, 2, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0)
}

// PPP is the head of PPP with address and control, PPPShort without them and with a
// protocol of one byte.
func PPP(version byte) []byte { return append([]byte{0xff, 0x03, 0x00}, PPPShort(version)...) }

// PPPShort is that shorter head.
func PPPShort(version byte) []byte {
	if version == 4 {
		return []byte{0x21}
	}
	return []byte{0x57}
}

// Tagged is the head of an Ethernet frame with one VLAN tag of any type.
func Tagged(tag uint16) Head {
	return func(version byte) []byte {
		return append(append(ethernet(tag), 0, 1), etherType(version)...)
	}
}

// ethernet is an Ethernet header.
func ethernet(kind uint16) []byte {
	return binary.BigEndian.AppendUint16([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1}, kind)
}

// PPPoE is the head of PPP over Ethernet, the Ethernet header included.
func PPPoE(version byte) []byte {
	// Its length is left to be zero: the datagram has its own.
	return append(append(ethernet(0x8864), 0x11, 0, 0, 1, 0, 0, 0), PPPShort(version)...)
}
