package packets

import "encoding/binary"

const headerTCP = 20 // bytes, without options

// transport writes a TCP segment of so many bytes on the wire (RFC 9293, section 3.1), and
// zeros for what stands behind it in the frame.
func (r *Rewriter) transport(b []byte, length int, payload []byte, trailing int) Fate {
	if len(b) < headerTCP {
		return Malformed
	}
	header := int(b[12]>>4) * 4
	if header < headerTCP || header > length {
		return Malformed
	}
	at := len(r.out)
	r.places.tcp, r.places.length = at, length
	captured := min(header, len(b))
	r.headerTCP(b[:captured])
	carried := len(b) - captured
	r.places.payload, r.places.carried = len(r.out), carried
	payload = payload[:min(carried, len(payload))]
	r.out = append(r.out, payload...)
	r.zeros(carried - len(payload))
	made := r.out[at:]
	binary.BigEndian.PutUint16(made[16:], r.checksum(made, length))
	r.zeros(trailing)
	return Written
}

// Flags of TCP that are asked for here.
const (
	flagACK = 0x10
	flagURG = 0x20
)

// headerTCP adds a TCP header. Each direction's sequence numbers move by a distance of
// their own.
func (r *Rewriter) headerTCP(b []byte) {
	source, destination := b[0:2], b[2:4]
	r.number16(r.disguise.Port(binary.BigEndian.Uint16(source)))
	r.number16(r.disguise.Port(binary.BigEndian.Uint16(destination)))
	f := r.flow(source, destination)
	flags := b[13]
	r.number32(binary.BigEndian.Uint32(b[4:]) + f.ours)
	if flags&flagACK != 0 {
		r.number32(binary.BigEndian.Uint32(b[8:]) + f.theirs)
	} else {
		r.number32(0)
	}
	const accurateECN = 0x01 // beside the offset, the one bit that has a meaning (RFC 9768)
	r.out = append(r.out, b[12]&(0xf0|accurateECN), flags, b[14], b[15], 0, 0)
	if flags&flagURG != 0 {
		r.out = append(r.out, b[18], b[19])
	} else {
		r.zeros(2)
	}
	r.optionsTCP(b[headerTCP:], f, flags&flagACK != 0)
}

// Options of TCP (RFC 9293, section 3.2; RFC 7323; RFC 2018).
const (
	optionMSS       = 2
	optionScale     = 3
	optionSACKKnown = 4
	optionSACK      = 5
	optionTimes     = 8
)

// plainOptions say nothing of who sends them; they are this long.
var plainOptions = map[byte]int{optionMSS: 4, optionScale: 3, optionSACKKnown: 2}

// optionsTCP adds options. Those that carry keys, cookies and digests (Multipath TCP, Fast
// Open, MD5, the Authentication Option, experiments), and all that are not known, become
// ones that do nothing.
func (r *Rewriter) optionsTCP(b []byte, f flow, acknowledges bool) {
	for len(b) > 0 {
		n := optionLength(b)
		if b[0] == optionEnd || n == 0 {
			r.zeros(len(b))
			return
		}
		option := b[:n]
		switch {
		case option[0] == optionNone, plainOptions[option[0]] == n:
			r.out = append(r.out, option...)
		case option[0] == optionSACK && (n-2)%8 == 0:
			r.out = append(r.out, option[:2]...)
			for edges := option[2:]; len(edges) > 0; edges = edges[4:] {
				r.number32(binary.BigEndian.Uint32(edges) + f.theirs)
			}
		case option[0] == optionTimes && n == 10:
			r.times(option, f, acknowledges)
		default:
			r.nothing(n)
		}
		b = b[n:]
	}
}

// times adds timestamps, which tell how long a machine runs: those of a host all move by
// the same distance.
func (r *Rewriter) times(option []byte, f flow, acknowledges bool) {
	r.out = append(r.out, option[:2]...)
	r.number32(binary.BigEndian.Uint32(option[2:]) + f.clock)
	echo := binary.BigEndian.Uint32(option[6:])
	switch {
	case !acknowledges: // RFC 7323, section 3.2: then it says nothing
		echo = 0
	case echo != 0:
		echo += f.echo
	}
	r.number32(echo)
}

// checksum is that of a segment of so many bytes on the wire, over what was captured of it;
// the rest is taken for zeros.
func (r *Rewriter) checksum(segment []byte, length int) uint16 {
	half := len(r.ends) / 2
	pseudo := uint32(protocolTCP) + uint32(length)>>16 + uint32(length)&0xffff
	for _, end := range [][]byte{r.ends[:half], r.ends[half:]} {
		made := r.replaced(end).As16()
		pseudo = sum(made[16-half:], pseudo)
	}
	return ^fold(sum(segment, pseudo))
}

// sum adds numbers of two bytes (RFC 1071).
func sum(b []byte, to uint32) uint32 {
	for ; len(b) >= 2; b = b[2:] {
		to += uint32(b[0])<<8 | uint32(b[1])
	}
	if len(b) == 1 {
		to += uint32(b[0]) << 8
	}
	return to
}

func fold(n uint32) uint16 {
	for n > 0xffff {
		n = n>>16 + n&0xffff
	}
	return uint16(n)
}
