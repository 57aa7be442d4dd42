package parley

import (
	"sync"

	"github.com/parley-tls/parley/internal/wire"
)

const (
	// smallBuffer takes a flight of a handshake or a request, bigBuffer as much of a
	// bulk transfer as one read or write moves: 64 KiB with what sealing adds.
	smallBuffer = 4 << 10
	bigBuffer   = 72 << 10
	maxSend     = 64 << 10 // what one step of a Write seals
)

// Buffers are held while bytes are in them, never while waiting.
var (
	smallBuffers = sync.Pool{New: func() any { return new([smallBuffer]byte) }}
	bigBuffers   = sync.Pool{New: func() any { return new([bigBuffer]byte) }}
)

// takeBuffer gives a buffer of one of the two sizes.
func takeBuffer(big bool) []byte {
	if big {
		return bigBuffers.Get().(*[bigBuffer]byte)[:]
	}
	return smallBuffers.Get().(*[smallBuffer]byte)[:]
}

// giveBuffer gives back what takeBuffer gave, perhaps cut short at its end.
// Anything else is left to the garbage collector.
func giveBuffer(b []byte) {
	switch cap(b) {
	case smallBuffer:
		smallBuffers.Put((*[smallBuffer]byte)(b[:smallBuffer]))
	case bigBuffer:
		bigBuffers.Put((*[bigBuffer]byte)(b[:bigBuffer]))
	}
}

// outputBuffer is where the engine seals to.
func outputBuffer() []byte { return takeBuffer(true)[:0] }

// An input holds the bytes received and not yet processed. Only who pumps changes
// it; transport.mu is held for that, but while the socket is read, which touches
// nothing between from and to.
type input struct {
	buf      []byte // nil: nothing is in it
	from, to int
	bulk     bool // the last read was long: the next takes a big buffer
}

// bytes are those not yet processed.
func (in *input) bytes() []byte { return in.buf[in.from:in.to] }

// done says that the first n bytes are processed.
func (in *input) done(n int) { in.from += n }

// release gives the buffer back.
func (in *input) release() {
	giveBuffer(in.buf)
	in.buf, in.from, in.to = nil, 0, 0
}

// prepare makes room for the next read, or gives the buffer back if nothing is
// in it.
func (in *input) prepare() {
	if in.buf == nil {
		return
	}
	rest := in.bytes()
	h, known := wire.ParseRecordHeader(rest)
	need := wire.RecordHeaderLen
	if known {
		need += h.Length
	}
	switch {
	case len(rest) == 0:
		in.release()
	case len(in.buf) < bigBuffer && (in.bulk || need > len(in.buf) && len(rest) == len(in.buf)):
		// A header costs its sender five bytes: a record is believed to be long once
		// a small buffer is full of it.
		big := takeBuffer(true)
		n := copy(big, rest)
		in.release()
		in.buf, in.to = big, n
	case in.from > 0 && (in.from+need > len(in.buf) || len(in.buf)-in.to < len(in.buf)/2):
		in.to = copy(in.buf, rest)
		in.from = 0
	}
}

// detach takes the buffer away from what is processed: the bytes that are not
// move to another. It returns the buffer.
func (in *input) detach() []byte {
	old, rest := in.buf, in.bytes()
	in.buf, in.from, in.to = nil, 0, 0
	if len(rest) > 0 {
		in.buf = takeBuffer(true)
		in.to = copy(in.buf, rest)
	}
	return old
}
