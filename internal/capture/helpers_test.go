package capture_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/trace"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// later is noon and so many seconds.
func later(seconds float64) time.Time {
	return noon.Add(time.Duration(seconds * float64(time.Second)))
}

const (
	client = "192.0.2.1:40000"
	server = "192.0.2.2:443"
	A, B   = capture.AtoB, capture.BtoA
)

// A story is what the sinks of all connections were told, line by line.
type story struct {
	t      *testing.T
	lines  []string
	bytes  map[int]*[2][]byte // by connection
	counts capture.Counts
}

// A listener is the sink of one connection.
type listener struct {
	story  *story
	number int
}

func (s *story) open(c capture.Connection) capture.Sink {
	how := "late"
	if c.Whole {
		how = "whole"
	}
	s.say("%d: %s to %s, %s, frame %d", c.Number, c.A, c.B, how, c.Begin.Frame)
	s.bytes[c.Number] = new([2][]byte)
	return &listener{s, c.Number}
}

func (s *story) say(format string, a ...any) { s.lines = append(s.lines, fmt.Sprintf(format, a...)) }

func (l *listener) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	what := fmt.Sprintf("%q", b)
	if len(b) > 20 {
		what = fmt.Sprintf("%d bytes", len(b))
	}
	l.story.say("%d: %c %s, frame %d", l.number, 'A'+rune(d), what, at.Frame)
	all := l.story.bytes[l.number]
	all[d] = append(all[d], b...)
}

func (l *listener) Gap(d capture.Direction, at capture.Mark, n int64, why trace.GapReason) {
	l.story.say("%d: %c gap of %d, %s, frame %d", l.number, 'A'+rune(d), n, why, at.Frame)
}

func (l *listener) End(d capture.Direction, at capture.Mark, how trace.End, odd string) {
	if odd != "" {
		odd = ", " + odd
	}
	l.story.say("%d: %c %s, frame %d%s", l.number, 'A'+rune(d), how, at.Frame, odd)
}

func (l *listener) Finish(last capture.Mark) {
	l.story.say("%d: finished, frame %d", l.number, last.Frame)
}

// assemble tells the story of a capture.
func assemble(t *testing.T, frames capturetest.Frames, limits capture.Limits) *story {
	t.Helper()
	s := &story{t: t, bytes: make(map[int]*[2][]byte)}
	a := capture.NewAssembler(s.open, limits)
	for i, p := range frames {
		p.Frame = i + 1
		a.Add(p)
	}
	a.Finish()
	s.counts = a.Counts()
	return s
}

// tells checks a story, of which lines that end in "…" may be longer.
func (s *story) tells(want ...string) {
	s.t.Helper()
	if !slices.Equal(s.lines, want) {
		s.t.Errorf("told:\n%s\nwant:\n%s", lines(s.lines), lines(want))
	}
}

func lines(l []string) string {
	var b bytes.Buffer
	for _, line := range l {
		b.WriteString("\t" + line + "\n")
	}
	return b.String()
}

// record records a connection between client and server.
func record(t *testing.T, talk func(*capture.Recorder)) capturetest.Frames {
	t.Helper()
	return capturetest.Record(t, client, server, capture.RecorderOptions{MSS: 10, Initial: [2]uint32{1000, 5000}}, talk)
}

// read gives the packets of a file, and what ended it.
func read(file io.Reader, o capture.Options) (capturetest.Frames, *capture.Reader, error) {
	r, err := capture.NewReader(file, o)
	if err != nil {
		return nil, nil, err
	}
	var frames capturetest.Frames
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return frames, r, nil
		}
		if err != nil {
			return frames, r, err
		}
		if err := frames.Packet(p); err != nil {
			return frames, r, err
		}
	}
}
