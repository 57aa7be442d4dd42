package inspect_test

import (
	"context"
	"encoding/binary"
	"io"
	"net/netip"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/trace"
)

// A said is what one side of the real client's connection sent at a time.
type said struct {
	d capture.Direction
	b []byte
}

// A script is a capture.Sink that notes what was said.
type script struct{ all []said }

func (s *script) Bytes(d capture.Direction, _ capture.Mark, b []byte) {
	s.all = append(s.all, said{d, append([]byte(nil), b...)})
}
func (*script) Gap(capture.Direction, capture.Mark, int64, trace.GapReason) {}
func (*script) End(capture.Direction, capture.Mark, trace.End, string)      {}
func (*script) Finish(capture.Mark)                                         {}

// foundingScript is the founding capture as a script.
func foundingScript(tb testing.TB) []said {
	tb.Helper()
	in, closer, err := inspect.Open(filepath.Join(captures, "founding-tls12.pcap"), nil)
	if err != nil {
		tb.Fatal(err)
	}
	defer closer.Close()
	s := &script{}
	capturetest.Read(tb, in.From, capture.Options{}, func(capture.Connection) capture.Sink { return s })
	return s.all
}

// withBulk adds application data after the handshake, in records that no key opens.
func withBulk(all []said, records int) []said {
	record := make([]byte, 5+16384)
	copy(record, []byte{23, 3, 3})
	binary.BigEndian.PutUint16(record[3:], 16384)
	var out []said
	for i, s := range all {
		out = append(out, s)
		if i == 5 { // behind the first data
			for range records {
				out = append(out, said{capture.BtoA, record})
			}
		}
	}
	return out
}

// crowd writes the capture of many connections that are open at once, each saying
// its part in turn.
func crowd(w io.Writer, connections int, part []said) error {
	out, err := capture.NewWriter(w, capture.WriterOptions{})
	if err != nil {
		return err
	}
	server := netip.MustParseAddrPort("192.0.2.1:443")
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	all := make([]*capture.Recorder, connections)
	for i := range all {
		address := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		all[i] = capture.NewRecorder(out, netip.AddrPortFrom(address, 40000), server, capture.RecorderOptions{})
		all[i].Open(at)
	}
	for _, s := range part {
		at = at.Add(time.Second)
		for _, r := range all {
			r.Send(s.d, at, s.b)
		}
	}
	for _, r := range all {
		r.Close(capture.AtoB, at)
		r.Close(capture.BtoA, at)
		if err := r.Err(); err != nil {
			return err
		}
	}
	return out.Flush()
}

// benchmarkCrowd tells how fast a capture is diagnosed, and in how much memory: it is
// read as it is made, so that it stands in no memory itself.
func benchmarkCrowd(b *testing.B, connections, bulk int, withKey bool) {
	part := withBulk(foundingScript(b), bulk)
	var peak, size uint64
	for b.Loop() {
		from, into := io.Pipe()
		go func() { into.CloseWithError(crowd(into, connections, part)) }()
		var ring *dissect.Keyring
		if withKey {
			var err error
			if ring, err = inspect.LoadKeys([]string{filepath.Join(captures, "server.key")}, nil); err != nil {
				b.Fatal(err)
			}
		}
		r, err := inspect.Read(context.Background(), inspect.Input{Name: "crowd", From: from}, inspect.Options{Keys: ring, Progress: func(p inspect.Progress) {
			if p.Frames%(1<<16) == 0 {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}
		}})
		if err != nil {
			b.Fatal(err)
		}
		if r.Total.Connections != connections || r.Total.Findings["reneg-reset-hello"] != connections {
			b.Fatalf("%+v", r.Total)
		}
		size = uint64(r.Source.Bytes)
	}
	b.SetBytes(int64(size))
	b.ReportMetric(float64(peak)/(1<<20), "peak-MiB")
}

func BenchmarkDiagnoseTenThousand(b *testing.B)        { benchmarkCrowd(b, 10_000, 11, false) }
func BenchmarkDiagnoseTenThousandWithKey(b *testing.B) { benchmarkCrowd(b, 10_000, 0, true) }
func BenchmarkDiagnoseOne(b *testing.B)                { benchmarkCrowd(b, 1, 20_000, false) }

// A few connections at once, each understood as if it were alone.
func TestConnectionsAtOnceAreKeptApart(t *testing.T) {
	from, into := io.Pipe()
	go func() { into.CloseWithError(crowd(into, 50, withBulk(foundingScript(t), 3))) }()
	r, err := inspect.Read(context.Background(), inspect.Input{Name: "crowd", From: from}, inspect.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Total.Connections != 50 || r.Total.Failed != 50 || r.Total.Findings["reneg-reset-hello"] != 50 {
		t.Errorf("%+v", r.Total)
	}
}
