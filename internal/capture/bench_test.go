package capture_test

import (
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/trace"
)

// A crowd is a pcap file, made while it is read: connections that all go on at once, each
// with segments of 1,400 bytes from one side. They never end.
type crowd struct {
	connections int
	segments    int // of each connection
	lose        int // every so many segments one is not there; 0: all are

	head  []byte // of the file
	frame []byte // a record with a segment in it, of which numbers are changed
	made  int    // segments
	rest  []byte // of the record that is being read
}

const crowdSegment = 1400

func newCrowd(t testing.TB, connections, segments, lose int) *crowd {
	one := capturetest.Record(t, "10.0.0.1:1", server, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Segment(A, noon, layers.TCP{SYN: true}, nil)
		r.Segment(A, noon, layers.TCP{ACK: true}, unlike(crowdSegment, 7))
	})
	file := one[1:].Pcap(binary.LittleEndian, false)
	const header = 24
	return &crowd{
		connections: connections, segments: segments, lose: lose,
		head: file[:header], rest: file[:header], frame: file[header:],
	}
}

func (c *crowd) size() int64 {
	return int64(len(c.head)) + int64(c.connections)*int64(c.segments)*int64(len(c.frame))
}

func (c *crowd) Read(b []byte) (int, error) {
	if len(c.rest) == 0 {
		if c.made == c.connections*c.segments {
			return 0, io.EOF
		}
		c.next()
	}
	n := copy(b, c.rest)
	c.rest = c.rest[n:]
	return n, nil
}

// next makes the next segment: one of each connection in turn, some twice in the place of
// one that is lost.
func (c *crowd) next() {
	which, round := c.made%c.connections, c.made/c.connections
	c.made++
	if c.lose > 0 && round > 0 && c.made%c.lose == 0 {
		round--
	}
	const (
		record = 16
		ip     = record + 14
		tcp    = ip + 20
	)
	binary.LittleEndian.PutUint32(c.frame, uint32(noon.Unix())+uint32(c.made/10000))
	binary.BigEndian.PutUint16(c.frame[ip+12+1:], uint16(which>>8))
	binary.BigEndian.PutUint16(c.frame[tcp:], uint16(which)|0x100)
	binary.BigEndian.PutUint32(c.frame[tcp+4:], uint32(round*crowdSegment))
	c.rest = c.frame
}

// A counter is a Sink that counts.
type counter struct{ bytes, missing int64 }

func (c *counter) Bytes(_ capture.Direction, _ capture.Mark, b []byte) { c.bytes += int64(len(b)) }
func (c *counter) Gap(_ capture.Direction, _ capture.Mark, n int64, _ trace.GapReason) {
	c.missing += n
}
func (c *counter) End(capture.Direction, capture.Mark, trace.End, string) {}
func (c *counter) Finish(capture.Mark)                                    {}

// swallow reads a file and gives the largest heap on its way.
func swallow(t testing.TB, file io.Reader, sink capture.Sink) (heap uint64) {
	r, err := capture.NewReader(file, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a := capture.NewAssembler(func(capture.Connection) capture.Sink { return sink }, capture.Limits{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if p.Frame%50000 == 0 {
			heap = max(heap, heapInUse())
		}
		a.Add(p)
	}
	heap = max(heap, heapInUse())
	a.Finish()
	return heap
}

func heapInUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse
}

func TestManyConnectionsWithHolesStayInBounds(t *testing.T) {
	const connections, segments = 10_000, 12
	sink := new(counter)
	heap := swallow(t, newCrowd(t, connections, segments, 7), sink)
	const enough = 256 << 20 // the whole program has 512 MiB
	if heap > enough {
		t.Errorf("%d MiB of heap", heap>>20)
	}
	if all := sink.bytes + sink.missing; all < connections*(segments-1)*crowdSegment || all > connections*segments*crowdSegment {
		t.Errorf("%d bytes and %d missing", sink.bytes, sink.missing)
	}
}

func benchmarkCrowd(b *testing.B, connections, segments, lose int) {
	var heap uint64
	for b.Loop() {
		crowd := newCrowd(b, connections, segments, lose)
		b.SetBytes(crowd.size())
		heap = max(heap, swallow(b, crowd, new(counter)))
	}
	b.ReportMetric(float64(heap>>20), "MiB-heap")
}

// The throughput of reading and putting together: 10,000 connections at once, in 280 MiB.
func BenchmarkTenThousandConnections(b *testing.B) { benchmarkCrowd(b, 10_000, 20, 0) }

// The same with every 101st packet lost.
func BenchmarkTenThousandConnectionsWithLoss(b *testing.B) { benchmarkCrowd(b, 10_000, 20, 101) }

// One connection, in 140 MiB.
func BenchmarkOneConnection(b *testing.B) { benchmarkCrowd(b, 1, 100_000, 0) }
