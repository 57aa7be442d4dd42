package sanitize

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// A Spool keeps bytes outside memory, as a file does.
type Spool interface {
	io.ReaderAt
	io.WriterAt
}

// window is how many of the bytes that were written last are kept in memory, since most
// are written over once more when their record is whole.
const window = 1 << 20

// A spool holds the new payloads of packets in the order of these. Each has a head with
// the number of its frame and its length.
type spool struct {
	under Spool
	start int64  // where the window begins
	bytes []byte // the window
	err   error  // of the writing; once set, nothing is written
}

const spoolHead = 8

// add puts the payload of a frame at the end, and says where it lies.
func (s *spool) add(frame int, payload []byte) int64 {
	s.bytes = binary.BigEndian.AppendUint32(s.bytes, uint32(frame))
	s.bytes = binary.BigEndian.AppendUint32(s.bytes, uint32(len(payload)))
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
	frame   int // of the next; 0: it is not read yet
	length  int
	payload []byte
}

// of gives the payload of a frame, nil if it has none. Frames are asked for in their order.
func (p *payloads) of(frame int) ([]byte, error) {
	for p.frame < frame {
		if p.frame > 0 {
			if _, err := p.from.Discard(p.length); err != nil {
				return nil, err
			}
		}
		var head [spoolHead]byte
		if _, err := io.ReadFull(p.from, head[:]); errors.Is(err, io.EOF) {
			p.frame, p.length = 1<<62, 0
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		p.frame, p.length = int(binary.BigEndian.Uint32(head[:])), int(binary.BigEndian.Uint32(head[4:]))
	}
	if p.frame != frame {
		return nil, nil
	}
	p.payload = append(p.payload[:0], make([]byte, p.length)...)
	_, err := io.ReadFull(p.from, p.payload)
	p.frame = 0
	return p.payload, err
}
