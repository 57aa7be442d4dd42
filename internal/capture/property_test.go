package capture_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/trace"
)

// A checker is a Sink that knows what was sent, and holds what it is told against that.
type checker struct {
	sent [2][]byte
	at   [2]int // how far each direction is
	told [2][]bool
	// conflicts are the bytes that are there otherwise, changed those that were told so.
	conflicts, changed int

	frames map[int][]byte // a frame's bytes, to see that each byte keeps its own
	orders [2]int         // the last frame of each direction so far
	last   int            // the greatest of those when something was told
	faults []string
	ends   [2]trace.End
	done   bool
}

func newChecker(sent [2][]byte) *checker {
	c := &checker{sent: sent}
	for d := range sent {
		c.told[d] = make([]bool, len(sent[d]))
	}
	return c
}

func (c *checker) fault(format string, a ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, a...))
}

// follows checks that things are told in the order in which they could be known.
func (c *checker) follows(d capture.Direction, at capture.Mark) {
	c.orders[d] = max(c.orders[d], at.Frame)
	if c.orders[d] < c.last {
		c.fault("frame %d is told behind frame %d", c.orders[d], c.last)
	}
	c.last = max(c.last, c.orders[d])
}

func (c *checker) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	c.follows(d, at)
	from := c.at[d]
	if from+len(b) > len(c.sent[d]) || !bytes.Equal(c.sent[d][from:from+len(b)], b) {
		c.fault("direction %d: other bytes at %d, from frame %d", d, from, at.Frame)
		return
	}
	for i := from; i < from+len(b); i++ {
		c.told[d][i] = true
	}
	c.at[d] += len(b)
	if c.frames != nil && !bytes.Contains(c.frames[at.Frame], b) {
		c.fault("bytes at %d are not of frame %d", from, at.Frame)
	}
}

func (c *checker) Gap(d capture.Direction, at capture.Mark, n int64, why trace.GapReason) {
	if why == trace.GapChanged {
		if c.changed += int(n); c.changed > c.conflicts {
			c.fault("%d bytes changed, of at most %d", c.changed, c.conflicts)
		}
		return
	}
	c.follows(d, at)
	c.at[d] += int(n)
	if n <= 0 {
		c.fault("a gap of %d bytes (%s)", n, why)
	}
}

func (c *checker) End(d capture.Direction, at capture.Mark, how trace.End, _ string) {
	if how != trace.EndOfCapture {
		c.follows(d, at)
	}
	if c.ends[d] != "" {
		c.fault("direction %d ends twice", d)
	}
	c.ends[d] = how
}

func (c *checker) Finish(capture.Mark) {
	if c.done {
		c.fault("finished twice")
	}
	c.done = true
}

// unlike gives bytes that are alike nowhere.
func unlike(n int, seed byte) []byte {
	b := make([]byte, n)
	x := uint32(seed) + 1
	for i := range b {
		x = x*1664525 + 1013904223
		b[i] = byte(x >> 24)
	}
	return b
}

// talk records a conversation of both sides in turns.
func talk(t testing.TB, sent [2][]byte, o capture.RecorderOptions, turns []int) capturetest.Frames {
	return capturetest.Record(t, "192.0.2.1:40000", "192.0.2.2:443", o, func(r *capture.Recorder) {
		at := noon
		r.Open(at)
		left := sent
		for i := 0; len(left[0]) > 0 || len(left[1]) > 0; i++ {
			at = at.Add(time.Millisecond)
			d := capture.Direction(i % 2)
			n := len(left[d])
			if i < len(turns) {
				n = min(n, turns[i])
			}
			r.Send(d, at, left[d][:n])
			left[d] = left[d][n:]
		}
		r.Close(capture.AtoB, at)
		r.Close(capture.BtoA, at)
	})
}

// Whatever happens to the packets of a connection behind its SYNs, what is told are the
// bytes that were sent, and gaps exactly where they are missing.
func TestAnyOrderLossAndDuplicationGivesWhatWasSent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sent := [2][]byte{
			unlike(rapid.IntRange(0, 4000).Draw(r, "from client"), 1),
			unlike(rapid.IntRange(0, 4000).Draw(r, "from server"), 99),
		}
		o := capture.RecorderOptions{
			MSS:     rapid.IntRange(1, 600).Draw(r, "MSS") + 40,
			Initial: [2]uint32{rapid.Uint32().Draw(r, "client's number"), rapid.Uint32Range(1<<32-5000, 1<<32-1).Draw(r, "server's number")},
		}
		frames := talk(t, sent, o, rapid.SliceOfN(rapid.IntRange(1, 1500), 0, 8).Draw(r, "turns"))
		const handshake = 3
		rest := rapid.Permutation(frames[handshake:]).Draw(r, "order")
		if rapid.Bool().Draw(r, "in order") {
			rest = frames[handshake:]
		}
		lost := rapid.IntRange(0, 40).Draw(r, "loss, percent")
		again := rapid.IntRange(0, 40).Draw(r, "duplication, percent")
		captured := append(capturetest.Frames(nil), frames[:handshake]...)
		for _, p := range rest {
			fate := rapid.IntRange(0, 99).Draw(r, "fate")
			if fate >= lost {
				captured = append(captured, p)
			}
			if fate > 99-again {
				captured = append(captured, p)
			}
		}
		c := newChecker(sent)
		present := run(captured, c)
		for _, fault := range c.faults {
			r.Error(fault)
		}
		for d := range sent {
			for i := range sent[d] {
				if c.told[d][i] != present[d][i] {
					r.Fatalf("direction %d, byte %d: told %t, captured %t", d, i, c.told[d][i], present[d][i])
				}
			}
		}
		if !c.done {
			r.Error("not finished")
		}
	})
}

// The same with packets that come again with other bytes, behind the others or before
// them: the first to come is told, whichever it is.
func TestOfBytesThatDifferTheFirstAreTold(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sent := [2][]byte{unlike(rapid.IntRange(0, 2000).Draw(r, "from client"), 1), unlike(rapid.IntRange(0, 2000).Draw(r, "from server"), 99)}
		o := capture.RecorderOptions{MSS: 100, Initial: [2]uint32{1<<32 - 700, 5}}
		frames := talk(t, sent, o, rapid.SliceOfN(rapid.IntRange(1, 700), 0, 8).Draw(r, "turns"))
		const handshake = 3
		captured := append(capturetest.Frames(nil), frames[:handshake]...)
		for i := handshake; i < len(frames); i++ {
			captured = append(captured, frames[i])
			if n := len(capturetest.Payload(frames[i])); n > 1 && rapid.Bool().Draw(r, "again") {
				changed := frames.Change(i+1, rapid.IntRange(1, n).Draw(r, "bytes"))
				captured = append(captured, changed[i])
			}
		}
		if rapid.Bool().Draw(r, "out of order") {
			captured = append(captured[:handshake:handshake], rapid.Permutation(captured[handshake:]).Draw(r, "order")...)
		}
		c := newChecker(first(captured, sent))
		for _, p := range captured {
			c.conflicts += len(capturetest.Payload(p))
		}
		run(captured, c)
		for _, fault := range c.faults {
			r.Error(fault)
		}
		for d := range sent {
			if c.at[d] != len(sent[d]) {
				r.Errorf("direction %d: %d of %d bytes", d, c.at[d], len(sent[d]))
			}
		}
	})
}

// first gives, for each place in the two streams, the byte that came first.
func first(frames capturetest.Frames, sent [2][]byte) (streams [2][]byte) {
	var known [2][]bool
	for d := range sent {
		streams[d] = make([]byte, len(sent[d]))
		known[d] = make([]bool, len(sent[d]))
	}
	for _, p := range frames {
		d, from := place(p, frames)
		for i, b := range capturetest.Payload(p) {
			if !known[d][from+i] {
				streams[d][from+i], known[d][from+i] = b, true
			}
		}
	}
	return streams
}

// place says where in which stream a packet's payload belongs. The SYNs are the first two frames.
func place(p capture.Packet, frames capturetest.Frames) (d capture.Direction, from int) {
	if bytes.HasPrefix(p.Data, frames[1].Data[:12]) { // the addresses of the server's SYN
		d = capture.BtoA
	}
	const number = 14 + 20 + 4
	return d, int(binary.BigEndian.Uint32(p.Data[number:]) - binary.BigEndian.Uint32(frames[d].Data[number:]) - 1)
}

// run gives packets to an assembler, and says which bytes of the two streams were in them.
func run(frames capturetest.Frames, c *checker) (present [2][]bool) {
	a := capture.NewAssembler(func(capture.Connection) capture.Sink { return c }, capture.Limits{})
	c.frames = make(map[int][]byte)
	for d := range present {
		present[d] = make([]bool, len(c.sent[d]))
	}
	for i, p := range frames {
		p.Frame = i + 1
		p.Time = noon.Add(time.Duration(i) * time.Microsecond)
		c.frames[p.Frame] = p.Data
		d, from := place(p, frames)
		for i := range capturetest.Payload(p) {
			present[d][from+i] = true
		}
		a.Add(p)
	}
	a.Finish()
	return present
}
