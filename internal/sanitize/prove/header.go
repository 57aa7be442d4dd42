package prove

import (
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
)

// Packet searches a packet: all its bytes, and the addresses in its headers one by one, since
// four or six bytes are too few to be searched for elsewhere.
func (s *Search) Packet(p capture.Packet) {
	s.Bytes("the packet", p.Frame, p.Data)
	decoded := gopacket.NewPacket(p.Data, decoderOf(p.Link), gopacket.DecodeOptions{NoCopy: true, Lazy: true})
	for _, layer := range []gopacket.Layer{decoded.LinkLayer(), decoded.NetworkLayer()} {
		if layer == nil {
			continue
		}
		header := layer.LayerContents()
		for _, f := range addressFields(layer) {
			if f.end > len(header) {
				continue
			}
			if kind, known := s.headers[string(header[f.begin:f.end])]; known {
				s.leak(Leak{Kind: kind, Encoding: "as headers carry it", Where: "the " + layer.LayerType().String() + " header", Frame: p.Frame, Offset: int64(f.begin)})
			}
		}
	}
}

// decoderOf is what reads the packets of a link. Some numbers are unknown to gopacket.
func decoderOf(link layers.LinkType) gopacket.Decoder {
	const rawBSD, rawOpenBSD = 12, 14
	switch link {
	case rawBSD, rawOpenBSD:
		return layers.LinkTypeRaw
	case layers.LinkTypePPP_HDLC:
		return layers.LinkTypePPP
	case layers.LinkTypePPPEthernet:
		return layers.LayerTypePPPoE
	}
	return link
}

// A field is where in a header something stands.
type field struct{ begin, end int }

// addressFields are those of a header that hold addresses.
func addressFields(layer gopacket.Layer) []field {
	switch layer.(type) {
	case *layers.Ethernet:
		return []field{{0, 6}, {6, 12}}
	case *layers.LinuxSLL:
		return []field{{6, 12}}
	case *layers.LinuxSLL2:
		return []field{{12, 18}}
	case *layers.IPv4:
		return []field{{12, 16}, {16, 20}}
	case *layers.IPv6:
		return []field{{8, 24}, {24, 40}}
	}
	return nil
}
