package capture

import (
	"iter"
	"math/bits"
	"time"

	"github.com/gopacket/gopacket/layers"
)

// Codes of options.
const (
	optionEnd         = 0
	optionComment     = 1
	optionApplication = 4  // of a section
	optionResolution  = 9  // of an interface
	optionOffset      = 14 // of an interface
)

// maxInterfaces bounds the interfaces of a section.
const maxInterfaces = 1 << 16

// A captureInterface is where packets of a section were captured.
type captureInterface struct {
	link    layers.LinkType
	snaplen uint32
	units   uint64 // of its times, in a second
	offset  int64  // to add to its times, in seconds
}

// options gives the options at a block's end. It stops where they make no sense:
// none is needed to read packets right but an interface's, which tell so themselves.
func (f *pcapngFile) options(b []byte) iter.Seq2[uint16, []byte] {
	return func(yield func(uint16, []byte) bool) {
		for len(b) >= 4 {
			code, n := f.order.Uint16(b), int(f.order.Uint16(b[2:]))
			b = b[4:]
			if code == optionEnd || n > len(b) || !yield(code, b[:n]) {
				return
			}
			b = b[min((n+3)&^3, len(b)):]
		}
	}
}

func (f *pcapngFile) takeInterface() error {
	if len(f.body) < 8 || len(f.interfaces) == maxInterfaces {
		return f.damage("an interface description that is too short, or one too many")
	}
	i := captureInterface{
		link:    layers.LinkType(f.order.Uint16(f.body)),
		snaplen: f.order.Uint32(f.body[4:]),
		units:   1e6,
	}
	for code, value := range f.options(f.body[8:]) {
		switch {
		case code == optionResolution && len(value) == 1:
			if i.units = unitsOf(value[0]); i.units == 0 {
				return f.damage("an interface with a time resolution that is too fine")
			}
		case code == optionOffset && len(value) == 8:
			i.offset = int64(f.order.Uint64(value))
		}
	}
	f.interfaces = append(f.interfaces, i)
	return nil
}

// unitsOf reads a time resolution: a power of 2 if the first bit is set, else of 10. 0: too large.
func unitsOf(resolution byte) uint64 {
	exponent := resolution & 0x7f
	if resolution&0x80 != 0 {
		return 1 << exponent
	}
	if exponent > 19 {
		return 0
	}
	units := uint64(1)
	for range exponent {
		units *= 10
	}
	return units
}

func (i *captureInterface) time(high, low uint32) time.Time {
	t := uint64(high)<<32 | uint64(low)
	productHigh, productLow := bits.Mul64(t%i.units, 1e9)
	nanoseconds, _ := bits.Div64(productHigh, productLow, i.units) // less than 1e9, since t%units < units
	return time.Unix(int64(t/i.units)+i.offset, int64(nanoseconds)).UTC()
}

// takeEnhanced reads a packet: interface, time, captured and original length, data.
func (f *pcapngFile) takeEnhanced() (Packet, error) {
	if len(f.body) < 20 {
		return Packet{}, f.damage("a packet block that is too short")
	}
	return f.packet(f.order.Uint32(f.body))
}

// takeObsolete reads a packet of the block that came before: a smaller interface
// number, and how many packets were dropped, where the larger number is now.
func (f *pcapngFile) takeObsolete() (Packet, error) {
	if len(f.body) < 20 {
		return Packet{}, f.damage("a packet block that is too short")
	}
	return f.packet(uint32(f.order.Uint16(f.body)))
}

func (f *pcapngFile) packet(number uint32) (Packet, error) {
	i, err := f.interfaceOf(number)
	if err != nil {
		return Packet{}, err
	}
	captured := f.order.Uint32(f.body[12:])
	if uint64(captured) > uint64(len(f.body)-20) || captured > maxPacket {
		return Packet{}, f.damage("a packet that is longer than its block, or than any packet")
	}
	return Packet{
		Time:   i.time(f.order.Uint32(f.body[4:]), f.order.Uint32(f.body[8:])),
		Link:   i.link,
		Data:   f.body[20 : 20+captured],
		Length: max(int(captured), int(min(f.order.Uint32(f.body[16:]), 1<<31-1))),
	}, nil
}

// takeSimple reads a packet that has no more than its length. It is the first
// interface's, and cut at that one's snap length.
func (f *pcapngFile) takeSimple() (Packet, error) {
	if len(f.body) < 4 {
		return Packet{}, f.damage("a packet block that is too short")
	}
	i, err := f.interfaceOf(0)
	if err != nil {
		return Packet{}, err
	}
	original := f.order.Uint32(f.body)
	captured := original
	if i.snaplen != 0 {
		captured = min(captured, i.snaplen)
	}
	if uint64(captured) > uint64(len(f.body)-4) || captured > maxPacket {
		return Packet{}, f.damage("a packet that is longer than its block, or than any packet")
	}
	return Packet{Link: i.link, Data: f.body[4 : 4+captured], Length: int(min(original, 1<<31-1))}, nil
}

func (f *pcapngFile) interfaceOf(number uint32) (*captureInterface, error) {
	if uint64(number) >= uint64(len(f.interfaces)) {
		return nil, f.damage("a packet of an interface that the file does not describe")
	}
	return &f.interfaces[number], nil
}
