package capture_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
)

// gopacket's own reassembly says nothing of this, and keeps the first of the two in order and
// the last in its queue.
func TestBytesThatComeAgainOtherwiseAreSaidAndTheFirstWin(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("0123456789"))
		r.Send(A, noon, []byte("abcdefghij"))
	})
	const open = "1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1"
	end := func(last int) []string {
		return []string{
			fmt.Sprintf("1: A still-open, frame %d", last),
			fmt.Sprintf("1: B still-open, frame %d", last),
			fmt.Sprintf("1: finished, frame %d", last),
		}
	}
	in := frames.Repeat(4, 5).Change(6, 3)
	assemble(t, in, capture.Limits{}).tells(append([]string{
		open,
		`1: A "0123456789", frame 4`,
		"1: A gap of 3, changed, frame 6",
		`1: A "abcdefghij", frame 7`,
	}, end(8)...)...)

	queued := frames.Drop(5, 7).Swap(4, 5).Repeat(4, 4).Change(5, 2) // the second segment, again with two others, the first
	assemble(t, queued, capture.Limits{}).tells(append([]string{
		open,
		`1: A "0123456789", frame 6`,
		`1: A "abcdefghij", frame 4`,
		"1: A gap of 2, changed, frame 4",
	}, end(6)...)...)
}

func TestBytesThatComeAgainCutElsewhereAreNoConflict(t *testing.T) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 200)
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte(text[:8000]))
		start := r.Next(A) - 8000
		for _, at := range []int{0, 7990, 3333, 5000} {
			r.Segment(A, noon, layers.TCP{Seq: start + uint32(at), Ack: r.Next(B), ACK: true}, []byte(text[at:at+17]))
		}
	})
	s := assemble(t, frames, capture.Limits{})
	if string(s.bytes[1][A]) != text[:8007] {
		t.Errorf("%d bytes", len(s.bytes[1][A]))
	}
	if told := lines(s.lines); strings.Contains(told, "gap") {
		t.Error(told)
	}
}

func TestKeepAlivesAndWindowProbesAreNoConflict(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("data"))
		r.Segment(A, later(60), layers.TCP{Seq: r.Next(A) - 1, Ack: r.Next(B), ACK: true}, []byte{0})
		r.Segment(A, later(120), layers.TCP{Seq: r.Next(A) - 1, Ack: r.Next(B), ACK: true}, nil)
		r.Segment(A, later(180), layers.TCP{Seq: r.Next(A), Ack: r.Next(B), ACK: true}, []byte("p")) // the window is closed
		r.Segment(A, later(240), layers.TCP{Seq: r.Next(A), Ack: r.Next(B), ACK: true}, []byte("p"))
		r.Send(A, later(300), []byte("probed"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "data", frame 4`,
		`1: A "p", frame 8`,
		`1: A "robed", frame 10`,
		"1: A still-open, frame 11",
		"1: B still-open, frame 11",
		"1: finished, frame 11",
	)
}

func TestWhatASnapLengthCutIsCounted(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("0123456789abcdefghij"))
		r.Close(A, noon)
	})
	const headers = 14 + 20 + 20
	s := assemble(t, frames.Cut(headers+4), capture.Limits{})
	s.tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "0123", frame 4`,
		"1: A gap of 6, snaplen, frame 4",
		`1: A "abcd", frame 5`,
		"1: A gap of 6, snaplen, frame 5",
		"1: A fin, frame 7",
		"1: B still-open, frame 8",
		"1: finished, frame 8",
	)
	if s.counts.Cut != 2 || s.counts.TCP != 8 {
		t.Errorf("%+v", s.counts)
	}
	assemble(t, frames.Cut(headers).Swap(4, 5), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 10, snaplen, frame 5",
		"1: A gap of 10, snaplen, frame 4",
		"1: A fin, frame 7",
		"1: B still-open, frame 8",
		"1: finished, frame 8",
	)
}

func TestAFINCanCarryDataAndComeTooEarly(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 4, Ack: r.Next(B), ACK: true, FIN: true}, []byte("last"))
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 9, Ack: r.Next(B), ACK: true}, []byte("behind"))
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A), Ack: r.Next(B), ACK: true}, []byte("but "))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "but ", frame 6`,
		`1: A "last", frame 4`,
		"1: A fin, frame 4",
		"1: B still-open, frame 6",
		"1: finished, frame 6",
	)
}

func TestDataThatIsMissingBeforeAFINIsCounted(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("lost"))
		r.Close(A, noon)
	}).Drop(4)
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 4, lost, frame 5",
		"1: A fin, frame 5",
		"1: B still-open, frame 6",
		"1: finished, frame 6",
	)
}

func TestAResetEndsItsSideAndWhatIsUnderWayIsStillTold(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("data"))
		r.Reset(A, noon)
		r.Segment(B, later(0.1), layers.TCP{Seq: r.Next(B), Ack: r.Next(A), ACK: true}, []byte("an alert"))
		r.Reset(A, later(0.2))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "data", frame 4`,
		"1: A reset, frame 6",
		`1: B "an alert", frame 7`,
		"1: finished, frame 8",
	)
}

// A RST that somebody else made is not heeded by a side that knows better.
func TestASideThatGoesOnAfterAResetIsListenedTo(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Reset(A, noon)
		for i, word := range []string{"this ", "goes ", "on"} {
			r.Segment(B, later(0.9*float64(i+1)), layers.TCP{Seq: r.Next(B) + uint32(5*i), Ack: r.Next(A), ACK: true}, []byte(word))
		}
		r.Segment(B, later(9), layers.TCP{Seq: r.Next(B) + 12, Ack: r.Next(A), ACK: true}, []byte(", too late"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A reset, frame 4",
		`1: B "this ", frame 5`,
		`1: B "goes ", frame 6`,
		`1: B "on", frame 7`,
		"1: finished, frame 7",
	)
}

// A box between the two can send it. Its packets come another way.
func TestAResetThatComesFromElsewhereIsOdd(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(B, noon, []byte("data"))
		r.Reset(B, noon)
	}).TTL(6, 120)
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "data", frame 4`,
		"1: B reset, frame 6, its TTL is 120, that of the side's other packets 64",
		"1: finished, frame 6",
	)
}

func TestAResetWithANumberFromNowhereIsPassedOver(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(B, noon, layers.TCP{Seq: 1 << 30, RST: true}, nil)
		r.Send(B, noon, []byte("data"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "data", frame 5`,
		"1: A still-open, frame 6",
		"1: B still-open, frame 6",
		"1: finished, frame 6",
	)
}

func TestARefusedConnectionIsReset(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(B, noon, layers.TCP{Ack: 401, RST: true, ACK: true}, nil)
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: B reset, frame 2",
		"1: finished, frame 2",
	)
}

func TestASYNThatNobodyAnswersIsAConnection(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(A, later(1), layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(A, later(3), layers.TCP{Seq: 400, SYN: true}, nil)
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A still-open, frame 3",
		"1: finished, frame 3",
	)
}

func TestWhatOneConnectionHoldsIsBounded(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 1000, Ack: r.Next(B), ACK: true}, bytes.Repeat([]byte("x"), 1000))
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 3000, Ack: r.Next(B), ACK: true}, bytes.Repeat([]byte("y"), 1000))
		r.Segment(B, noon, layers.TCP{Seq: r.Next(B), Ack: r.Next(A), ACK: true}, bytes.Repeat([]byte("z"), 1000))
	})
	want := []string{
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 1000, limit, frame 4",
		"1: A 1000 bytes, frame 4",
		"1: A gap of 1000, limit, frame 5", // when B's bytes wait for it
		"1: A 1000 bytes, frame 5",
		"1: B 1000 bytes, frame 6",
		"1: A still-open, frame 6",
		"1: B still-open, frame 6",
		"1: finished, frame 6",
	}
	assemble(t, frames, capture.Limits{HeldByOne: 2000}).tells(want...)
	assemble(t, frames, capture.Limits{Held: 2000}).tells(want...)
}

// In whatever order tiny segments come, the time for each is bounded.
func TestManyTinySegmentsOutOfOrderAreTold(t *testing.T) {
	const n = 20_000
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		for i := range uint32(n) {
			r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 4*(n-i), Ack: r.Next(B), ACK: true}, []byte("ab"))
		}
	})
	s := assemble(t, frames, capture.Limits{})
	if told := len(s.bytes[1][A]); told < 2*4096 {
		t.Errorf("%d bytes", told)
	}
}

func TestTheConnectionThatIsIdleLongestMakesRoom(t *testing.T) {
	one := func(address string, initial uint32, at float64) capturetest.Frames {
		return capturetest.Record(t, address, server, capture.RecorderOptions{Initial: [2]uint32{initial, 1}}, func(r *capture.Recorder) {
			r.Open(later(at))
			r.Send(A, later(at+3), []byte("data"))
		})
	}
	frames := capturetest.Merge(one("192.0.2.1:1", 1, 0), one("192.0.2.1:2", 1, 1), one("192.0.2.1:3", 1, 3.5))
	assemble(t, frames, capture.Limits{Connections: 2}).tells(
		"1: 192.0.2.1:1 to 192.0.2.2:443, whole, frame 1",
		"2: 192.0.2.1:2 to 192.0.2.2:443, whole, frame 4",
		`1: A "data", frame 7`,
		"2: A gap of 0, limit, frame 6",
		"2: B gap of 0, limit, frame 6",
		"2: finished, frame 6",
		"3: 192.0.2.1:3 to 192.0.2.2:443, whole, frame 9",
		"1: A gap of 0, limit, frame 8",
		"1: B gap of 0, limit, frame 8",
		"1: finished, frame 8",
		"4: 192.0.2.1:2 to 192.0.2.2:443, late, frame 12",
		"4: A gap of 0, late, frame 12",
		`4: A "data", frame 12`,
		"4: B gap of 0, late, frame 13",
		`3: A "data", frame 14`,
		"3: A still-open, frame 15",
		"3: B still-open, frame 15",
		"3: finished, frame 15",
		"4: A still-open, frame 13",
		"4: B still-open, frame 13",
		"4: finished, frame 13",
	)
}

func TestAResetBehindAHoleComesAfterAllThatWasSeen(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 4, Ack: r.Next(B), ACK: true}, []byte("data"))
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A), RST: true}, nil) // with a number that is too low
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 4, lost, frame 4",
		`1: A "data", frame 4`,
		"1: A reset, frame 5",
		"1: finished, frame 5",
	)
}

func TestAFINBehindAHoleIsNoMissingByte(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 10, Ack: r.Next(B), FIN: true, ACK: true}, nil)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 11, RST: true}, nil)
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 10, lost, frame 5",
		"1: A reset, frame 5",
		"1: finished, frame 5",
	)
}

func TestACaptureCanBeginWithAReset(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 400, RST: true}, nil)
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, late, frame 1",
		"1: A gap of 0, late, frame 1",
		"1: A reset, frame 1",
		"1: finished, frame 1",
	)
}

func TestAResetThatAnswersAnotherSYNIsPassedOver(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(B, noon, layers.TCP{Ack: 1 << 30, RST: true, ACK: true}, nil)
		r.Segment(B, noon, layers.TCP{Seq: 90, Ack: 1 << 30, SYN: true, ACK: true}, nil)
		r.Segment(B, noon, layers.TCP{Seq: 70, Ack: 401, SYN: true, ACK: true}, nil)
		r.Segment(B, noon, layers.TCP{Seq: 71, Ack: 401, ACK: true}, []byte("hello"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "hello", frame 5`,
		"1: A still-open, frame 5",
		"1: B still-open, frame 5",
		"1: finished, frame 5",
	)
}

// A server that keeps nothing of a SYN in mind answers each time with another number.
func TestAServerCanAnswerASYNAgainWithAnotherNumber(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(B, noon, layers.TCP{Seq: 70, Ack: 401, SYN: true, ACK: true}, nil)
		r.Segment(A, later(1), layers.TCP{Seq: 400, SYN: true}, nil)
		r.Segment(B, later(1), layers.TCP{Seq: 70000, Ack: 401, SYN: true, ACK: true}, nil)
		r.Segment(B, later(1), layers.TCP{Seq: 70001, Ack: 401, ACK: true}, []byte("hello"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "hello", frame 5`,
		"1: A still-open, frame 5",
		"1: B still-open, frame 5",
		"1: finished, frame 5",
	)
}

// Both answers are under way, and the client took the first.
func TestASecondAnswerToASYNChangesNothingOnceTheFirstIsTaken(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(B, noon, layers.TCP{Seq: 70000, Ack: r.Next(A), SYN: true, ACK: true}, nil)
		r.Send(B, noon, []byte("hello"))
		r.Segment(B, noon, layers.TCP{Seq: 90000, Ack: r.Next(A), SYN: true, ACK: true}, nil)
		r.Send(A, noon, []byte("hello"))
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: B "hello", frame 5`,
		`1: A "hello", frame 8`,
		"1: A still-open, frame 9",
		"1: B still-open, frame 9",
		"1: finished, frame 9",
	)
}

// Of two SYNs with the same number the answers differ: it is a device that begins
// all connections with that number.
func TestADeviceCanUseTheSameNumberForEachConnection(t *testing.T) {
	once := func(number uint32, at float64) capturetest.Frames {
		return capturetest.Record(t, client, server, capture.RecorderOptions{Initial: [2]uint32{6510, number}}, func(r *capture.Recorder) {
			r.Open(later(at))
			r.Send(A, later(at), []byte("data"))
		})
	}
	assemble(t, capturetest.Merge(once(1, 0), once(1<<20, 100)), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "data", frame 4`,
		"1: A reused, frame 7",
		"1: B reused, frame 7",
		"1: finished, frame 6",
		"2: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 7",
		`2: A "data", frame 9`,
		"2: A still-open, frame 10",
		"2: B still-open, frame 10",
		"2: finished, frame 10",
	)
	closed := once(1, 0)
	closed = append(closed, capturetest.Record(t, client, server, capture.RecorderOptions{Initial: [2]uint32{6510 + 5, 2}}, func(r *capture.Recorder) {
		r.Close(A, later(1))
		r.Close(B, later(1))
	})...)
	assemble(t, capturetest.Merge(closed, once(1<<20, 100)), capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "data", frame 4`,
		"1: A fin, frame 6",
		"1: B fin, frame 8",
		"1: finished, frame 9",
		"2: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 11",
		`2: A "data", frame 13`,
		"2: A still-open, frame 14",
		"2: B still-open, frame 14",
		"2: finished, frame 14",
	)
}

func TestSYNsThatComeLateInTheFileBeginNothing(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("one"))
		r.Send(B, noon, []byte("two"))
	})
	// Both SYNs behind the first data.
	s := assemble(t, append(append(frames[2:6:6], frames[:2]...), frames[6:]...), capture.Limits{})
	s.tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, late, frame 1",
		"1: A gap of 0, late, frame 1",
		`1: A "one", frame 2`,
		"1: B gap of 0, late, frame 3",
		`1: B "two", frame 4`,
		"1: A still-open, frame 7",
		"1: B still-open, frame 7",
		"1: finished, frame 7",
	)
	// The answer alone, behind data of A.
	s = assemble(t, append(append(frames[2:4:4], frames[1]), frames[5:]...), capture.Limits{})
	s.tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, late, frame 1",
		"1: A gap of 0, late, frame 1",
		`1: A "one", frame 2`,
		`1: B "two", frame 4`,
		"1: A still-open, frame 5",
		"1: B still-open, frame 5",
		"1: finished, frame 5",
	)
}

// Without the SYN an answer to one still begins another connection than that which goes on.
func TestAnAnswerToAnUnseenSYNBeginsAnotherConnection(t *testing.T) {
	old := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("old"))
	})
	fresh := capturetest.Record(t, client, server, capture.RecorderOptions{Initial: [2]uint32{1 << 30, 1 << 29}}, func(r *capture.Recorder) {
		r.Open(later(1))
		r.Send(A, later(1), []byte("new"))
	})[1:]
	for _, old := range []capturetest.Frames{old, old.From(4)} {
		s := assemble(t, append(old[:len(old):len(old)], fresh...), capture.Limits{})
		if len(s.bytes) != 2 || string(s.bytes[1][A]) != "old" || string(s.bytes[2][A]) != "new" {
			t.Errorf("told:\n%s", lines(s.lines))
		}
	}
}

func TestHowFarBackAChangeIsSeen(t *testing.T) {
	sent := unlike(100_000, 3)
	for back, seen := range map[int]bool{20: true, 1 << 10: true, 20 << 10: true, 32 << 10: true, 40 << 10: false} {
		frames := capturetest.Record(t, client, server, capture.RecorderOptions{Initial: [2]uint32{1<<32 - 50_000, 0}}, func(r *capture.Recorder) {
			r.Open(noon)
			r.Send(A, noon, sent)
			at := len(sent) - back
			again := append([]byte(nil), sent[at:at+20]...)
			again[0]++
			again[19]++
			r.Segment(A, noon, layers.TCP{Seq: r.Next(A) - uint32(back), Ack: r.Next(B), ACK: true}, again)
		})
		for history, seen := range map[int]bool{0: seen, 4 << 10: seen && back <= 2<<10, 1: false} {
			s := assemble(t, frames, capture.Limits{History: history})
			told := lines(s.lines)
			if strings.Contains(told, "gap of 2, changed") != seen || strings.Contains(told, "changed") != seen || !bytes.Equal(s.bytes[1][A], sent) {
				t.Errorf("%d bytes back, with %d bytes of history: seen %t", back, history, !seen)
			}
		}
	}
}

func TestAHoleThatWasAcknowledgedIsLostWhateverTheLimit(t *testing.T) {
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 10, Ack: r.Next(B), ACK: true}, []byte("one"))
		r.Segment(B, noon, layers.TCP{Seq: r.Next(B), Ack: r.Next(A) + 13, ACK: true}, nil)
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A) + 20, Ack: r.Next(B), ACK: true}, make([]byte, 2000))
	})
	assemble(t, frames, capture.Limits{HeldByOne: 1000}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 10, lost, frame 4",
		`1: A "one", frame 4`,
		"1: A gap of 7, limit, frame 6",
		"1: A 2000 bytes, frame 6",
		"1: A still-open, frame 6",
		"1: B still-open, frame 6",
		"1: finished, frame 6",
	)
}

func TestASideWhoseRoutesChangeIsNotOdd(t *testing.T) {
	for ttl, odd := range map[byte]string{
		58: "", 66: "",
		57: "its TTL is 57, that of the side's other packets 60 to 64",
		67: "its TTL is 67, that of the side's other packets 60 to 64",
	} {
		frames := record(t, func(r *capture.Recorder) {
			r.Open(noon)
			r.Send(B, noon, []byte("data"))
			r.Reset(B, noon)
		}).TTL(4, 60).TTL(6, ttl)
		want := "1: B reset, frame 6"
		if odd != "" {
			want += ", " + odd
		}
		if s := assemble(t, frames, capture.Limits{}); s.lines[2] != want {
			t.Errorf("TTL %d:\n%s", ttl, lines(s.lines))
		}
	}
}

// The capture stopped for a while, and the connection did not.
func TestAGapOfHundredsOfMegabytesIsAGap(t *testing.T) {
	const lost = 200 << 20
	frames := record(t, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("before"))
		for i := range uint32(4) {
			r.Segment(A, later(60), layers.TCP{Seq: r.Next(A) + lost + 5*i, Ack: r.Next(B), ACK: true}, []byte("after"))
		}
	})
	assemble(t, frames, capture.Limits{}).tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		`1: A "before", frame 4`,
		"1: A gap of 209715200, lost, frame 6",
		`1: A "after", frame 6`,
		`1: A "after", frame 7`,
		`1: A "after", frame 8`,
		`1: A "after", frame 9`,
		"1: A still-open, frame 9",
		"1: B still-open, frame 9",
		"1: finished, frame 9",
	)
}
