package capture_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
)

func TestAConnectionIsToldFromItsSYNToItsFINs(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("hello server"))
		r.Send(B, noon, []byte("hello"))
		r.Close(A, noon)
		r.Close(B, noon)
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "hello serv", frame 4`,
		`1: A "er", frame 5`,
		`1: B "hello", frame 7`,
		"1: A fin, frame 9",
		"1: B fin, frame 11",
		"1: finished, frame 12",
	)
}

// The numbers are tshark's.
func TestCapturesOfTheRealClientGiveTheirBytes(t *testing.T) {
	for name, want := range map[string]struct {
		fromClient, fromServer int
		end                    string
	}{
		"founding-tls10":       {5315, 5316, "1: A fin, frame 14; 1: B fin, frame 15; 1: finished, frame 16"},
		"founding-tls12":       {5263, 5257, "1: A fin, frame 14; 1: B reset, frame 15; 1: finished, frame 15"},
		"hello-request-tls12":  {1719, 1800, "1: B fin, frame 25; 1: A fin, frame 26; 1: finished, frame 27"},
		"proper-tls12":         {2344, 3870, "1: A fin, frame 25; 1: B fin, frame 26; 1: finished, frame 27"},
		"restart-newssl-tls12": {1095, 1343, "1: B reset, frame 14; 1: finished, frame 14"},
	} {
		file, err := os.Open("../../testdata/captures/" + name + ".pcap")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		frames, _, err := read(file, capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := assemble(t, frames, capture.Limits{})
		if bytes := s.bytes[1]; len(bytes[A]) != want.fromClient || len(bytes[B]) != want.fromServer {
			t.Errorf("%s: %d and %d bytes", name, len(bytes[A]), len(bytes[B]))
		}
		if told := strings.Join(s.lines, "; "); strings.Contains(told, "gap") || !strings.HasSuffix(told, want.end) {
			t.Errorf("%s: %s", name, told)
		}
	}
}

// gopacket's own reassembly gives nothing more after a lost packet until it is told to.
func TestALostPacketIsWaitedForByTheTimeOfTheCapture(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("one"))
		r.Send(A, noon, []byte("lost"))
		r.Send(A, noon, []byte("three"))
		r.Send(B, noon, []byte("answer"))
		r.Send(B, later(0.9), []byte("waits"))
		r.Send(B, later(2), []byte("goes on"))
	}).Drop(6)
	s := assemble(t, frames, capture.Limits{})
	s.tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "one", frame 4`,
		"1: A gap of 4, lost, frame 7",
		`1: A "three", frame 7`,
		`1: B "answer", frame 9`,
		`1: B "waits", frame 11`,
		`1: B "goes on", frame 13`,
		"1: A still-open, frame 14",
		"1: B still-open, frame 14",
		"1: finished, frame 14",
	)
	// Until the second of grace is over, all behind the hole is held back.
	for upTo, told := range map[int]int{8: 2, 12: 2, 13: 7} {
		s := &story{t: t, bytes: make(map[int]*[2][]byte)}
		a := capture.NewAssembler(s.open, capture.Limits{})
		for i, p := range frames[:upTo] {
			p.Frame = i + 1
			a.Add(p)
		}
		if len(s.lines) != told {
			t.Errorf("after frame %d:\n%s", upTo, lines(s.lines))
		}
	}
}

func TestALostPacketThatComesAgainIsNoGap(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 4, Ack: r.Next(B), ACK: true}, []byte("later"))
		r.Segment(B, later(1), layers.TCP{Seq: r.Next(B), Ack: r.Next(A), ACK: true}, []byte("meanwhile"))
		r.Segment(A, later(2), layers.TCP{Seq: r.Next(A), Ack: r.Next(B), ACK: true}, []byte("lost"))
		r.Segment(B, later(2), layers.TCP{Seq: r.Next(B) + 9, Ack: r.Next(A) + 9, ACK: true}, []byte("then"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "meanwhile", frame 5`,
		`1: A "lost", frame 6`,
		`1: A "later", frame 4`,
		`1: B "then", frame 7`,
		"1: A still-open, frame 7",
		"1: B still-open, frame 7",
		"1: finished, frame 7",
	)
}

// Time can pass without a packet where a capture is followed while it is made.
func TestTimeCanPassWithoutAPacket(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("lost"))
		r.Send(A, noon, []byte("here"))
	}).Drop(4)
	s := &story{t: t, bytes: make(map[int]*[2][]byte)}
	a := capture.NewAssembler(s.open, capture.Limits{})
	for i, p := range frames {
		p.Frame = i + 1
		a.Add(p)
	}
	before := len(s.lines)
	a.Advance(later(2))
	if before != 1 || len(s.lines) != 3 {
		t.Errorf("%d lines, then:\n%s", before, lines(s.lines))
	}
}

// Captures are put one behind the other, and clocks are set.
func TestTimeCanJumpBack(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(later(7200))
		start := r.Next(A)
		send := func(seconds float64, at uint32, text string) {
			r.Segment(A, later(seconds), layers.TCP{Seq: start + at, Ack: r.Next(B), ACK: true}, []byte(text))
		}
		send(7200, 4, "then")
		send(1, 10, "later") // what is before "then" will not come
		send(0, 8, "so")
		send(30, 20, "waits")
		send(31, 15, "comes")
		send(50, 30, "too soon")
		send(65, 38, ".")
		send(66, 25, "too late")
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 4, lost, frame 4",
		`1: A "then", frame 4`,
		`1: A "so", frame 6`,
		`1: A "later", frame 5`,
		`1: A "comes", frame 8`,
		`1: A "waits", frame 7`,
		"1: A gap of 5, lost, frame 9",
		`1: A "too soon", frame 9`,
		`1: A ".", frame 10`,
		"1: A gap of 3, changed, frame 11",
		"1: A still-open, frame 11",
		"1: B still-open, frame 11",
		"1: finished, frame 11",
	)
}

// gopacket's own reassembly holds all back until it is flushed, or hides that the beginning is missing.
func TestACaptureThatBeginsInMidConnectionSaysSoAndGoesOnAtOnce(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("unseen"))
		r.Send(B, noon, []byte("banner"))
		r.Send(A, noon, []byte("request"))
	}).From(6)
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.2:443 to 192.0.2.1:40000, late, frame 1",
		"1: A gap of 0, late, frame 1",
		`1: A "banner", frame 1`,
		"1: B gap of 0, late, frame 2",
		`1: B "request", frame 3`,
		"1: A still-open, frame 4",
		"1: B still-open, frame 4",
		"1: finished, frame 4",
	)
}

func TestAKeepAliveBeginsNoStreamWithItsByte(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 2000, Ack: 7000, ACK: true}, []byte{0})
		r.Segment(B, noon, layers.TCP{Seq: 7000, Ack: 2001, ACK: true}, nil)
		r.Segment(A, later(60), layers.TCP{Seq: 2001, Ack: 7000, ACK: true}, []byte("data"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, late, frame 1",
		"1: A gap of 0, late, frame 1",
		"1: B gap of 0, late, frame 2",
		`1: A "data", frame 3`,
		"1: A still-open, frame 3",
		"1: B still-open, frame 3",
		"1: finished, frame 3",
	)
}

func TestTheSideThatOpensIsA(t *testing.T) {
	whole := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(B, noon, []byte("banner"))
	})
	assemble(t, whole.Drop(1), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1", // by the answer to the SYN
		`1: B "banner", frame 3`,
		"1: A still-open, frame 4",
		"1: B still-open, frame 4",
		"1: finished, frame 4",
	)
	assemble(t, whole.Swap(1, 2), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "banner", frame 4`,
		"1: A still-open, frame 5",
		"1: B still-open, frame 5",
		"1: finished, frame 5",
	)
}

// Where traffic is mirrored, often half of it is.
func TestACaptureCanHaveOneDirectionAlone(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(B, noon, []byte("banner"))
		r.Send(A, noon, []byte("data"))
	})
	assemble(t, frames.Drop(1, 3, 5, 6), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "banner", frame 2`,
		"1: B still-open, frame 3",
		"1: finished, frame 3",
	)
}

func TestAnAnswerThatTheCaptureLacksMayHaveBeenMore(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(B, noon, []byte("banner"))
	}).Drop(2)
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: B gap of 0, lost, frame 3",
		`1: B "banner", frame 3`,
		"1: A still-open, frame 4",
		"1: B still-open, frame 4",
		"1: finished, frame 4",
	)
}

// Both sides can open at once (RFC 9293, section 3.5).
func TestBothSidesCanOpenAtOnce(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 100, SYN: true}, nil)
		r.Segment(B, noon, layers.TCP{Seq: 300, SYN: true}, nil)
		r.Segment(A, noon, layers.TCP{Seq: 100, Ack: 301, SYN: true, ACK: true}, nil)
		r.Segment(B, noon, layers.TCP{Seq: 300, Ack: 101, SYN: true, ACK: true}, nil)
		r.Segment(A, noon, layers.TCP{Seq: 101, Ack: 301, ACK: true}, []byte("hi"))
		r.Segment(B, noon, layers.TCP{Seq: 301, Ack: 103, ACK: true}, []byte("ho"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "hi", frame 5`,
		`1: B "ho", frame 6`,
		"1: A still-open, frame 6",
		"1: B still-open, frame 6",
		"1: finished, frame 6",
	)
}

func TestASYNThatComesAgainBeginsNothing(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("hello"))
	})
	frames = frames.Repeat(1, 1).Repeat(3, 3).Repeat(1, 6)
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "hello", frame 6`,
		"1: A still-open, frame 8",
		"1: B still-open, frame 8",
		"1: finished, frame 8",
	)
}

// gopacket's own reassembly joins the two, with a gap between them.
func TestASYNWithAnotherNumberBeginsAnotherConnection(t *testing.T) {
	first := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("old"))
	})
	second := capturetest.Record(t, client, server, capture.RecorderOptions{Initial: [2]uint32{1 << 30, 77}}, func(r *capture.Recorder) {
		r.Open(later(1))
		r.Send(A, later(1), []byte("new"))
	})
	assemble(t, capturetest.Merge(first, second), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "old", frame 4`,
		"1: A reused, frame 6",
		"1: B reused, frame 6",
		"1: finished, frame 5",
		"2: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 6",
		`2: A "new", frame 9`,
		"2: A still-open, frame 10",
		"2: B still-open, frame 10",
		"2: finished, frame 10",
	)
}

// The server does not know that its client began again: it says so with an old number, and
// the client resets what the server still has (RFC 9293, section 3.5.1, figure 9).
func TestAServerThatStillHasTheOldConnectionIsPassedOver(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(B, noon, layers.TCP{Seq: 90000, Ack: 1 << 30, ACK: true}, nil)
		r.Segment(A, noon, layers.TCP{Seq: 1 << 30, RST: true}, nil)
		r.Segment(A, later(1), layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(B, later(1), layers.TCP{Seq: 7000, Ack: 401, SYN: true, ACK: true}, nil)
		r.Segment(B, later(1), layers.TCP{Seq: 7001, Ack: 401, ACK: true}, []byte("hello"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "hello", frame 6`,
		"1: A still-open, frame 6",
		"1: B still-open, frame 6",
		"1: finished, frame 6",
	)
}

func TestATupleUsedAgainIsSeenWithoutASYN(t *testing.T) {
	first := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("old"))
	})
	second := capturetest.Record(t, client, server, capture.RecorderOptions{MSS: 4, Initial: [2]uint32{1 << 31, 1 << 31}}, func(r *capture.Recorder) {
		r.Open(later(1))
		r.Send(A, later(1), []byte("one.two.and three"))
	}).From(4)
	assemble(t, capturetest.Merge(first, second), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "old", frame 4`,
		"1: A reused, frame 8",
		"1: B reused, frame 8",
		"1: finished, frame 7",
		"2: 192.0.2.1:40000 to 192.0.2.2:443, late, frame 8",
		"2: A gap of 0, late, frame 8",
		`2: A "and ", frame 8`,
		`2: A "thre", frame 9`,
		`2: A "e", frame 10`,
		"2: B gap of 0, late, frame 11",
		"2: A still-open, frame 11",
		"2: B still-open, frame 11",
		"2: finished, frame 11",
	)
}

func TestATupleUsedAgainWithLowerNumbersIsSeenWithoutASYN(t *testing.T) {
	first := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("old"))
	})
	second := capturetest.Record(t, client, server, capture.RecorderOptions{MSS: 4, Initial: [2]uint32{1<<32 - 1<<30, 5000}}, func(r *capture.Recorder) {
		r.Open(later(1))
		r.Send(A, later(1), []byte("one.two.and three"))
	}).From(4)
	s := assemble(t, capturetest.Merge(first, second), capture.Limits{})
	if len(s.bytes) != 2 || string(s.bytes[1][A]) != "old" || string(s.bytes[2][A]) != "and three" {
		t.Errorf("told:\n%s", lines(s.lines))
	}
}

func TestOneStrayPacketChangesNothing(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("one"))
		r.Segment(A, noon, layers.TCP{Seq: 1 << 31, Ack: 1 << 31, ACK: true}, []byte("stray"))
		r.Send(A, noon, []byte("two"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "one", frame 4`,
		`1: A "two", frame 7`,
		"1: A still-open, frame 8",
		"1: B still-open, frame 8",
		"1: finished, frame 8",
	)
}

func TestPacketsBehindTheEndBeginNothing(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("data"))
		r.Close(A, noon)
		r.Close(B, noon)
	})
	frames = frames.Repeat(4, 9).Repeat(8, 9).Repeat(9, 9)
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "data", frame 4`,
		"1: A fin, frame 6",
		"1: B fin, frame 8",
		"1: finished, frame 9",
	)
}

func TestTheSameEndsAreUsedAgainAfterTheEnd(t *testing.T) {
	once := func(initial uint32, at time.Time) capturetest.Frames {
		return capturetest.Record(t, client, server, capture.RecorderOptions{Initial: [2]uint32{initial, initial}}, func(r *capture.Recorder) {
			r.Open(at)
			r.Close(A, at)
			r.Close(B, at)
		})
	}
	assemble(t, capturetest.Merge(once(5, noon), once(500, later(1))), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A fin, frame 4",
		"1: B fin, frame 6",
		"1: finished, frame 7",
		"2: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 8",
		"2: A fin, frame 11",
		"2: B fin, frame 13",
		"2: finished, frame 14",
	)
}

func TestAConnectionThatNobodyWantsIsPassedOver(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("data"))
	})
	opened := 0
	a := capture.NewAssembler(func(capture.Connection) capture.Sink { opened++; return nil }, capture.Limits{})
	for _, p := range frames {
		a.Add(p)
	}
	a.Finish()
	if opened != 1 {
		t.Errorf("asked %d times", opened)
	}
}
