package sanitize

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"math"
)

// A Spool keeps bytes outside memory, as a file does.
type Spool interface {
	io.ReaderAt
	io.WriterAt
}

// window is how many of the bytes that were written last are kept in memory, since most
// are written over once more when their record is whole.
const window = 1 << 20

// A spool holds the new payloads of packets in the order of these, each with where it stood.
type spool struct {
	under Spool
	start int64  // where the window begins
	bytes []byte // the window
	err   error  // of the writing; once set, nothing is written
}

// A stood says where in the old streams a packet stood.
type stood struct {
	frame      int
	connection int
	direction  byte
	again      bool  // all of it had come before
	length     int   // of the payload on the wire
	offset     int64 // of its first byte
	acked      int64 // in the other direction
}

const spoolHead = 4 + 4 + 4 + 1 + 4 + 8 + 8

// add puts the payload of a frame at the end, and says where it lies.
func (s *spool) add(at stood, payload []byte) int64 {
	order := binary.BigEndian
	s.bytes = order.AppendUint32(s.bytes, uint32(at.frame))
	s.bytes = order.AppendUint32(s.bytes, uint32(len(payload)))
	s.bytes = order.AppendUint32(s.bytes, uint32(at.connection))
	flags := at.direction
	if at.again {
		flags |= 2
	}
	s.bytes = append(s.bytes, flags)
	s.bytes = order.AppendUint32(s.bytes, uint32(at.length))
	s.bytes = order.AppendUint64(s.bytes, uint64(at.offset))
	s.bytes = order.AppendUint64(s.bytes, uint64(at.acked))
	return s.append(payload)
}

func readStood(head []byte) (at stood, length int) {
	order := binary.BigEndian
	at = stood{
		frame: int(order.Uint32(head)), connection: int(order.Uint32(head[8:])), direction: head[12] & 1, again: head[12]&2 != 0,
		length: int(order.Uint32(head[13:])), offset: int64(order.Uint64(head[17:])), acked: int64(order.Uint64(head[25:])),
	}
	return at, int(order.Uint32(head[4:]))
}

// append puts bytes at the end.
func (s *spool) append(payload []byte) int64 {
	at := s.start + int64(len(s.bytes))
	s.bytes = append(s.bytes, payload...)
	if len(s.bytes) > 2*window {
		s.write(len(s.bytes) - window)
	}
	return at
}

// write moves the first bytes of the window out of memory.
func (s *spool) write(n int) {
	if s.err == nil {
		_, s.err = s.under.WriteAt(s.bytes[:n], s.start)
	}
	s.start += int64(n)
	s.bytes = append(s.bytes[:0], s.bytes[n:]...)
}

// put writes over what lies at a place.
func (s *spool) put(b []byte, at int64) {
	if before := min(s.start-at, int64(len(b))); before > 0 {
		if s.err == nil {
			_, s.err = s.under.WriteAt(b[:before], at)
		}
		b, at = b[before:], at+before
	}
	if len(b) > 0 {
		copy(s.bytes[at-s.start:], b)
	}
}

// get reads what lies at a place.
func (s *spool) get(b []byte, at int64) {
	if before := min(s.start-at, int64(len(b))); before > 0 {
		if _, err := s.under.ReadAt(b[:before], at); err != nil && !errors.Is(err, io.EOF) && s.err == nil {
			s.err = err
		}
		b, at = b[before:], at+before
	}
	if len(b) > 0 {
		copy(b, s.bytes[at-s.start:])
	}
}

// payloads ends the writing and gives a reader of all that was written.
func (s *spool) payloads() (*payloads, error) {
	s.write(len(s.bytes))
	if s.err != nil {
		return nil, s.err
	}
	return &payloads{from: bufio.NewReaderSize(io.NewSectionReader(s.under, 0, s.start), 64<<10)}, nil
}

// payloads gives the payloads of frames, in the order of frames.
type payloads struct {
	from    *bufio.Reader
	at      stood // of the next; frame 0: it is not read yet
	length  int
	payload []byte
}

// of gives the payload of a frame and where it stood; without, there is none. Frames are
// asked for in their order.
func (p *payloads) of(frame int) (at stood, payload []byte, ok bool, err error) {
	for p.at.frame < frame {
		if p.at.frame > 0 {
			if _, err := p.from.Discard(p.length); err != nil {
				return stood{}, nil, false, err
			}
		}
		var head [spoolHead]byte
		if _, err := io.ReadFull(p.from, head[:]); errors.Is(err, io.EOF) {
			p.at, p.length = stood{frame: math.MaxInt}, 0
			return stood{}, nil, false, nil
		} else if err != nil {
			return stood{}, nil, false, err
		}
		p.at, p.length = readStood(head[:])
	}
	if p.at.frame != frame {
		return stood{}, nil, false, nil
	}
	p.payload = append(p.payload[:0], make([]byte, p.length)...)
	_, err = io.ReadFull(p.from, p.payload)
	at, p.at.frame = p.at, 0
	return at, p.payload, true, err
}
