package capture_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/trace"
)

// placed is a sink that notes where segments stand.
type placed struct{ told []string }

func (p *placed) Segment(d capture.Direction, s capture.Segment) {
	p.told = append(p.told, fmt.Sprintf("%d: %s %d %q of %d, again %v, acks %v %d", s.At.Frame, [2]string{">", "<"}[d], s.Offset, s.Payload, s.Length, s.Again, s.Acks, s.Acked))
}
func (*placed) Bytes(capture.Direction, capture.Mark, []byte)               {}
func (*placed) Gap(capture.Direction, capture.Mark, int64, trace.GapReason) {}
func (*placed) End(capture.Direction, capture.Mark, trace.End, string)      {}
func (*placed) Finish(capture.Mark)                                         {}

// Where a segment stands is told as it comes: over the end of the numbers, behind a hole,
// and when it comes again.
func TestSegmentsAreToldWhereTheyStand(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	frames := capturetest.Record(t, "192.0.2.1:40000", "192.0.2.2:443", capture.RecorderOptions{Initial: [2]uint32{0xfffffffd, 7}}, func(r *capture.Recorder) {
		r.Open(at)
		r.Send(capture.AtoB, at, []byte("hello"))
		r.Send(capture.BtoA, at, []byte("welcome"))
		r.Send(capture.AtoB, at, []byte("again"))
		r.Close(capture.AtoB, at)
	}).Repeat(4, 6).Drop(8)
	sink := &placed{}
	streams := capture.NewAssembler(func(capture.Connection) capture.Sink { return sink }, capture.Limits{})
	for i, p := range frames {
		p.Frame = i + 1
		streams.Add(p)
	}
	streams.Finish()
	want := []string{
		`1: > 0 "" of 0, again true, acks false 0`,
		`2: < 0 "" of 0, again true, acks true 0`,
		`3: > 0 "" of 0, again true, acks true 0`,
		`4: > 0 "hello" of 5, again false, acks true 0`,
		`5: < 0 "" of 0, again true, acks true 5`,
		`6: < 0 "welcome" of 7, again false, acks true 5`,
		`7: > 0 "hello" of 5, again true, acks true 0`,
	}
	if len(sink.told) < len(want) || !slices.Equal(sink.told[:len(want)], want) {
		for _, line := range sink.told {
			t.Log(line)
		}
		t.Error("they were told otherwise")
	}
}
