package capturetest

import (
	"encoding/binary"
	"slices"
)

// Fragment splits the IP datagrams of Ethernet frames into fragments with so many bytes of
// payload, which is a multiple of 8.
func (f Frames) Fragment(size int) Frames {
	var split Frames
	for _, p := range f {
		parts := [][]byte{p.Data}
		switch p.Data[14] >> 4 {
		case 4:
			parts = fragment4(p.Data[:14+len(datagram(p.Data))], size)
		case 6:
			parts = fragment6(p.Data[:14+len(datagram(p.Data))], size)
		}
		for _, data := range parts {
			p.Data, p.Length = data, len(data)
			split = append(split, p)
		}
	}
	return split
}

func fragment4(frame []byte, size int) [][]byte {
	const header = 14 + 20
	var parts [][]byte
	for at := header; at < len(frame); at += size {
		end := min(at+size, len(frame))
		part := slices.Concat(frame[:header], frame[at:end])
		binary.BigEndian.PutUint16(part[14+2:], uint16(len(part)-14))
		offset := uint16((at - header) / 8)
		if end < len(frame) {
			offset |= 0x2000 // more fragments
		}
		binary.BigEndian.PutUint16(part[14+6:], offset)
		parts = append(parts, part)
	}
	return parts
}

func fragment6(frame []byte, size int) [][]byte {
	const header = 14 + 40
	next := frame[14+6]
	identification := binary.BigEndian.Uint32(frame[header+4:]) // any will do that differs; the sequence number does
	var parts [][]byte
	for at := header; at < len(frame); at += size {
		end := min(at+size, len(frame))
		offset := uint16(at - header)
		if end < len(frame) {
			offset |= 1 // more fragments
		}
		extension := binary.BigEndian.AppendUint16([]byte{next, 0}, offset)
		extension = binary.BigEndian.AppendUint32(extension, identification^uint32(len(frame)))
		part := slices.Concat(frame[:header], extension, frame[at:end])
		part[14+6] = 44 // the fragment header
		binary.BigEndian.PutUint16(part[14+4:], uint16(len(part)-header))
		parts = append(parts, part)
	}
	return parts
}
