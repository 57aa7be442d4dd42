package packets

import (
	"encoding/binary"

	"github.com/parley-tls/parley/internal/capture"
)

// places are where the parts of a packet stand in what was written.
type places struct {
	ip, tcp, payload int
	carried          int // bytes of payload that are there
	length           int // of the segment on the wire
}

// A Move says how far the numbers of a segment move where streams became longer.
type Move struct {
	Sequence, Acknowledged uint32
	Grown                  int                      // bytes of payload on the wire that came to it
	Edge                   func(ahead int32) uint32 // how far an edge of SACK moves that is so far behind what is acknowledged
}

// Move gives the packet that was written last with another payload and other numbers.
func (r *Rewriter) Move(p capture.Packet, payload []byte, m Move) capture.Packet {
	at := r.places
	rest := append([]byte(nil), r.out[at.payload+at.carried:]...)
	r.out = append(append(r.out[:at.payload], payload...), rest...)
	segment := r.out[at.tcp : at.payload+len(payload)]
	moveNumbers(r.out[at.tcp:at.payload], m)
	binary.BigEndian.PutUint16(segment[16:], 0)
	binary.BigEndian.PutUint16(segment[16:], r.checksum(segment, at.length+m.Grown))
	r.moveLengths(m.Grown)
	p.Data, p.Length = r.out, p.Length+m.Grown
	return p
}

// moveNumbers moves the numbers of a TCP header that is there as far as it was captured.
func moveNumbers(header []byte, m Move) {
	add := func(b []byte, n uint32) { binary.BigEndian.PutUint32(b, binary.BigEndian.Uint32(b)+n) }
	acknowledged := binary.BigEndian.Uint32(header[8:])
	for rest := header[headerTCP:]; len(rest) > 0; {
		n := optionLength(rest)
		if n == 0 || rest[0] == optionEnd {
			break
		}
		if rest[0] == optionSACK && (n-2)%8 == 0 {
			for edges := rest[2:n]; len(edges) > 0; edges = edges[4:] {
				add(edges, m.Edge(int32(binary.BigEndian.Uint32(edges)-acknowledged)))
			}
		}
		rest = rest[n:]
	}
	add(header[4:], m.Sequence)
	if header[13]&flagACK != 0 {
		add(header[8:], m.Acknowledged)
	}
}

// moveLengths writes the lengths of what is around the segment. One that is too large for
// its field is left out, as it is where a card cuts segments.
func (r *Rewriter) moveLengths(grown int) {
	move := func(b []byte) {
		n := int(binary.BigEndian.Uint16(b))
		if n == 0 {
			return
		}
		if n += grown; n > 0xffff {
			n = 0
		}
		binary.BigEndian.PutUint16(b, uint16(n))
	}
	ip := r.out[r.places.ip:]
	if ip[0]>>4 == 6 {
		move(ip[4:])
	} else {
		move(ip[2:])
		header := ip[:int(ip[0]&15)*4]
		header[10], header[11] = 0, 0
		binary.BigEndian.PutUint16(header[10:], ^fold(sum(header, 0)))
	}
	if r.pppoe != 0 {
		move(r.out[r.pppoe:])
	}
}
