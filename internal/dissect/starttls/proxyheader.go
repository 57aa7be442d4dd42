package starttls

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"

	"github.com/parley-tls/parley/internal/trace"
)

// A proxyHeader follows the PROXY protocol: one header before the client's first
// byte, in which a balancer names whom it speaks for.
type proxyHeader struct {
	version int
	packet  packet
	torn    bool
}

// signature2 begins a header of version 2 (PROXY protocol, section 2.2).
const signature2 = "\r\n\r\n\x00\r\nQUIT\n"

func (h *proxyHeader) name() string { return "PROXY protocol v" + strconv.Itoa(h.version) }

func (*proxyHeader) why() string { return "nothing came behind the PROXY header" }

// resting is never so: the header ends by its own length, and a server that
// speaks first waits for nobody.
func (*proxyHeader) resting(trace.Side, byte) bool { return false }

func (h *proxyHeader) tear(from trace.Side) { h.torn = h.torn || from == trace.Client }

func (h *proxyHeader) take(from trace.Side, b []byte, at trace.Place) (int, effect) {
	if h.torn {
		return 0, effect{what: ends, why: "bytes of the PROXY header are missing in the capture"}
	}
	if from == trace.Server {
		return 0, effect{what: waits} // a server that greets need not wait for it
	}
	size := size1
	if h.version == 2 {
		size = size2
	}
	n, whole := h.packet.take(b, at, size)
	if !whole {
		return n, effect{}
	}
	origin := origin1
	if h.version == 2 {
		origin = origin2
	}
	return n, effect{what: tunnels, place: h.packet.place, origin: origin(h.packet.kept)}
}

// maxHeader1 is the longest header of version 1, its line break included.
const maxHeader1 = 107

func size1(kept []byte) (int64, bool) {
	return int64(len(kept)), kept[len(kept)-1] == '\n' || len(kept) == maxHeader1
}

func size2(kept []byte) (int64, bool) {
	if len(kept) < 16 {
		return 0, false
	}
	return 16 + int64(binary.BigEndian.Uint16(kept[14:])), true
}

// origin1 reads "PROXY TCP4 192.0.2.1 198.51.100.1 56324 443".
func origin1(kept []byte) netip.AddrPort {
	words := bytes.Fields(kept)
	if len(words) != 6 || !bytes.HasPrefix(words[1], []byte("TCP")) {
		return netip.AddrPort{}
	}
	addr, err := netip.ParseAddr(string(words[2]))
	port, errPort := strconv.ParseUint(string(words[4]), 10, 16)
	if err != nil || errPort != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(addr.WithZone(""), uint16(port))
}

// origin2 reads the source of a header with command PROXY over TCP. With LOCAL
// the balancer speaks for itself.
func origin2(kept []byte) netip.AddrPort {
	const local, tcp4, tcp6 = 0x20, 0x11, 0x21
	length := 0
	switch {
	case len(kept) < 16 || kept[12] == local:
		return netip.AddrPort{}
	case kept[13] == tcp4:
		length = 4
	case kept[13] == tcp6:
		length = 16
	default:
		return netip.AddrPort{}
	}
	body := kept[16:]
	if len(body) < 2*length+4 {
		return netip.AddrPort{}
	}
	addr, _ := netip.AddrFromSlice(body[:length])
	return netip.AddrPortFrom(addr.Unmap(), binary.BigEndian.Uint16(body[2*length:]))
}
