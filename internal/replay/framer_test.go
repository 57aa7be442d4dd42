package replay

import (
	"bytes"
	"io"
	"net"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// A message goes into records as the captured one did; what is longer or shorter than
// that one ends sooner or in a longer last record.
func TestMessagesAreCutAsCaptured(t *testing.T) {
	for _, test := range []struct {
		length int
		shapes []Shape
		want   []int
	}{
		{300, nil, []int{300}},
		{300, []Shape{{Content: 300}}, []int{300}},
		{300, []Shape{{Content: 250}}, []int{300}},
		{300, []Shape{{Content: 100}, {Content: 200}}, []int{100, 200}},
		{320, []Shape{{Content: 100}, {Content: 200}}, []int{100, 220}},
		{80, []Shape{{Content: 100}, {Content: 200}}, []int{80}},
		{300, []Shape{{Content: 1}, {Content: 1}, {Content: 298}}, []int{1, 1, 298}},
		{300, []Shape{{Content: -1}, {Content: 200}}, []int{300}},
	} {
		f := new(framer)
		f.expect(test.shapes, false)
		if got := lengths(f.shape(handshakeRecord(test.length))); !slices.Equal(got, test.want) {
			t.Errorf("%d bytes as %+v: records of %v", test.length, test.shapes, got)
		}
	}
}

// Several messages that shared a record share one again; where they are other ones
// than the captured were, each has its own.
func TestMessagesShareARecordAsCaptured(t *testing.T) {
	for _, test := range []struct {
		shapes []Shape
		want   []int
	}{
		{[]Shape{{Content: 110}}, []int{110}},
		{[]Shape{{Content: 40}, {Content: 70}}, []int{40, 70}},
		{[]Shape{{Content: 30}, {Content: 75}}, []int{40, 70}},
	} {
		f := new(framer)
		f.expect(test.shapes, true)
		for _, n := range []int{40, 70} {
			if out := f.shape(handshakeRecord(n)); out != nil {
				t.Fatal("a message is not held")
			}
		}
		held := f.release()
		if got := lengths(f.shape(legacyclient.Record{Type: wire.TypeHandshake, Payload: held})); !slices.Equal(got, test.want) {
			t.Errorf("as %+v: records of %v", test.shapes, got)
		}
	}
}

func TestHeadersAreAsCaptured(t *testing.T) {
	f := new(framer)
	f.expect([]Shape{{Header: wire.VersionTLS10, Content: 10}, {Content: 20, MAC: wire.VersionTLS11}}, false)
	out := f.shape(handshakeRecord(30))
	if len(out) != 2 || out[0].Version != wire.VersionTLS10 || out[1].Version != 0 || out[1].MACVersion != wire.VersionTLS11 {
		t.Errorf("%+v", out)
	}
}

func handshakeRecord(n int) legacyclient.Record {
	return legacyclient.Record{Type: wire.TypeHandshake, Payload: make([]byte, n)}
}

func lengths(records []legacyclient.Record) []int {
	var list []int
	for _, r := range records {
		list = append(list, len(r.Payload))
	}
	return list
}

// A sink is a connection that notes what is written to it at once.
type sink struct {
	net.Conn
	writes [][]byte
}

func (s *sink) Write(b []byte) (int, error) {
	s.writes = append(s.writes, bytes.Clone(b))
	return len(b), nil
}
func (s *sink) Read([]byte) (int, error)         { return 0, io.EOF }
func (s *sink) SetWriteDeadline(time.Time) error { return nil }

// Packets begin and end where they did, and wait as long.
func TestRecordsLieInPacketsAsCaptured(t *testing.T) {
	shapes := []Shape{
		{After: 5, Cuts: []Cut{{At: 3, After: 7}}, More: true},
		{After: 9},
		{After: 11, Cuts: []Cut{{At: 100, After: 1}}},
	}
	to := &sink{}
	var pauses []time.Duration
	c := &cutter{Conn: to, pause: func(d time.Duration) { pauses = append(pauses, d) }, layout: func() Shape {
		s := shapes[0]
		shapes = shapes[1:]
		return s
	}}
	for _, text := range []string{"abcdef", "gh", "ijk"} {
		if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
	}
	if want := [][]byte{[]byte("abc"), []byte("defgh"), []byte("ijk")}; !reflect.DeepEqual(to.writes, want) {
		t.Errorf("written: %q", to.writes)
	}
	if !slices.Equal(pauses, []time.Duration{5, 7, 11}) {
		t.Errorf("pauses: %v", pauses)
	}
}

// Nothing is held while an answer is waited for.
func TestWhatWaitsForMoreIsSentBeforeReading(t *testing.T) {
	to := &sink{}
	c := &cutter{Conn: to, pause: func(time.Duration) {}, layout: func() Shape { return Shape{More: true} }}
	_, _ = c.Write([]byte("half"))
	if len(to.writes) != 0 {
		t.Fatal("it did not wait")
	}
	_, _ = c.Read(nil)
	if len(to.writes) != 1 {
		t.Error("it waits still")
	}
}
