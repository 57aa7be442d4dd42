package dissect

import (
	"slices"
	"sort"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
)

// A flow is one direction of the connection: its bytes that are not yet
// understood, and where they came from.
type flow struct {
	direction capture.Direction
	late      bool // it may have begun before the capture did
	reading   reading

	buf      []byte
	borrowed bool        // buf is the packet's, and must be copied before it is kept
	start    int64       // where in the stream buf begins
	first    trace.Place // of the first bytes that came
	spans    []span      // which packets buf came in
	passing  *passing
	enough   int // while lost: how long buf must be before it is searched again

	joiner      joiner
	protection  protection
	forgotten   *protection // what it was under before it was in clear again
	closeNotify bool
	short       int  // the frame of a record that may be the first part of a split one; 0: none
	ssl2        bool // it began with a hello in the format of SSL 2.0
}

// A reading is how a flow's bytes are taken.
type reading uint8

const (
	readingFirst   reading = iota // nothing was understood yet
	readingRecords                // records of TLS
	readingLost                   // somewhere in a record, nobody knows where
	readingForeign                // no TLS
)

// A span is what of a stream came in one packet: up to end, from where the span
// before ended.
type span struct {
	end  int64
	mark capture.Mark
}

// seen is how many bytes of the stream were given or told missing.
func (f *flow) seen() int64 { return f.start + int64(len(f.buf)) }

// load adds a packet's bytes.
func (f *flow) load(at capture.Mark, b []byte) {
	if len(f.buf) == 0 {
		f.buf, f.borrowed = b, true
	} else {
		f.own(len(b))
		f.buf = append(f.buf, b...)
	}
	f.spans = append(f.spans, span{f.seen(), at})
}

// own makes buf the flow's own, with room for more.
func (f *flow) own(more int) {
	if f.borrowed {
		f.buf = append(make([]byte, 0, len(f.buf)+more), f.buf...)
		f.borrowed = false
	}
}

// settle ends the use of a packet's bytes.
func (f *flow) settle() {
	if len(f.buf) == 0 {
		f.buf, f.borrowed = nil, false
	}
	f.own(0)
}

// drop is done with n bytes of buf.
func (f *flow) drop(n int) {
	f.buf = f.buf[n:]
	f.start += int64(n)
	gone := sort.Search(len(f.spans), func(i int) bool { return f.spans[i].end > f.start })
	f.spans = slices.Delete(f.spans, 0, gone)
}

// place says where n bytes stand that begin at an offset of the stream.
func (f *flow) place(offset int64, n int) trace.Place {
	p := trace.Place{Offset: offset, Length: n}
	if len(f.spans) == 0 {
		return p
	}
	p.Frame = f.markOf(offset).Frame
	p.Last = f.markOf(offset + int64(max(0, n-1))).Frame
	return p
}

func (f *flow) markOf(offset int64) capture.Mark {
	i := sort.Search(len(f.spans), func(i int) bool { return f.spans[i].end > offset })
	return f.spans[min(i, len(f.spans)-1)].mark
}
