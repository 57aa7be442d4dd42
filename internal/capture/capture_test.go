package capture_test

import (
	"bytes"
	"errors"
	"io"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// A teller writes down what a Sink is told.
type teller struct {
	connection capture.Connection
	bytes      [2][]byte
	gaps       []trace.GapReason
	ends       [2]trace.End
	frames     []int
	last       capture.Mark
	finished   bool
}

func (s *teller) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	s.bytes[d] = append(s.bytes[d], b...)
	s.frames = append(s.frames, at.Frame)
}

func (s *teller) Gap(_ capture.Direction, _ capture.Mark, _ int64, why trace.GapReason) {
	s.gaps = append(s.gaps, why)
}

func (s *teller) End(d capture.Direction, _ capture.Mark, how trace.End, _ string) { s.ends[d] = how }

func (s *teller) Finish(last capture.Mark) { s.last, s.finished = last, true }

func assemble(t *testing.T, file io.Reader) []*teller {
	t.Helper()
	var all []*teller
	a := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		all = append(all, &teller{connection: c})
		return all[len(all)-1]
	}, capture.Limits{})
	r, err := capture.NewReader(file, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		a.Add(p)
	}
	a.Finish()
	return all
}

func TestWhatIsRecordedComesBack(t *testing.T) {
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, capture.WriterOptions{Application: "test"})
	if err != nil {
		t.Fatal(err)
	}
	r := capture.NewRecorder(w, netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("192.0.2.2:443"), capture.RecorderOptions{})
	long := bytes.Repeat([]byte("0123456789"), 1000)
	r.Open(noon)
	r.Send(capture.AtoB, noon, []byte("hello"))
	r.Send(capture.BtoA, noon, long)
	r.Close(capture.AtoB, noon)
	r.Close(capture.BtoA, noon)
	if err := errors.Join(r.Err(), w.Flush()); err != nil {
		t.Fatal(err)
	}
	all := assemble(t, &file)
	if len(all) != 1 {
		t.Fatalf("%d connections", len(all))
	}
	c := all[0]
	if string(c.bytes[0]) != "hello" || !bytes.Equal(c.bytes[1], long) || len(c.gaps) != 0 {
		t.Errorf("%q, %d bytes, gaps %v", c.bytes[0], len(c.bytes[1]), c.gaps)
	}
	if c.ends != [2]trace.End{trace.EndFIN, trace.EndFIN} || !c.finished || !c.connection.Whole {
		t.Errorf("%+v", c)
	}
}

// The numbers are tshark's.
func TestCapturesOfTheRealClientGiveTheirBytes(t *testing.T) {
	for name, want := range map[string]struct {
		bytes [2]int
		last  int
		ends  [2]trace.End
	}{
		"founding-tls10":       {[2]int{5315, 5316}, 16, [2]trace.End{trace.EndFIN, trace.EndFIN}},
		"founding-tls12":       {[2]int{5263, 5257}, 15, [2]trace.End{trace.EndFIN, trace.EndReset}},
		"hello-request-tls12":  {[2]int{1719, 1800}, 27, [2]trace.End{trace.EndFIN, trace.EndFIN}},
		"proper-tls12":         {[2]int{2344, 3870}, 27, [2]trace.End{trace.EndFIN, trace.EndFIN}},
		"restart-newssl-tls12": {[2]int{1095, 1343}, 14, [2]trace.End{"", trace.EndReset}},
	} {
		file, err := os.Open("../../testdata/captures/" + name + ".pcap")
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		all := assemble(t, file)
		if len(all) != 1 {
			t.Fatalf("%s: %d connections", name, len(all))
		}
		c := all[0]
		if got := [2]int{len(c.bytes[0]), len(c.bytes[1])}; got != want.bytes || c.last.Frame != want.last || c.ends != want.ends || len(c.gaps) > 0 {
			t.Errorf("%s: %v bytes, last frame %d, ends %q, gaps %v", name, got, c.last.Frame, c.ends, c.gaps)
		}
	}
}
