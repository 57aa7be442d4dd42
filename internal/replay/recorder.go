package replay

import (
	"bytes"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What is kept of one connection while a capture is read.
const (
	maxRecords = 32 << 10 // data, of more only what is none
	maxOthers  = 8 << 10  // so many of these
	maxPieces  = 512      // of one record
	maxKept    = 32 << 20 // bytes of data
	maxTalk    = 64 << 10
)

// A recorder is a dissector that also notes how each record was made.
type recorder struct {
	*dissect.Dissector
	connection capture.Connection
	keepData   bool

	offset  [2]int64
	packets [2][]packet // that hold what is no record yet
	began   [2]int64    // where TLS begins; -1: not yet
	records []directed
	talk    []said
	data    int
	spoken  int
	cut     int
}

// A packet is where in a stream one ends.
type packet struct {
	end int64
	at  capture.Mark
}

type directed struct {
	Record
	direction capture.Direction
}

type said struct {
	Spoken
	direction capture.Direction
	offset    int64
}

func newRecorder(c capture.Connection, data bool) *recorder {
	return &recorder{connection: c, keepData: data, began: [2]int64{-1, -1}}
}

// Bytes is a Sink's.
func (r *recorder) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	d &= 1
	if r.began[0] < 0 && r.began[1] < 0 && r.spoken+len(b) <= maxTalk {
		r.spoken += len(b)
		r.talk = append(r.talk, said{Spoken{At: r.since(at), Bytes: bytes.Clone(b)}, d, r.offset[d]})
	}
	r.offset[d] += int64(len(b))
	r.packets[d] = append(r.packets[d], packet{r.offset[d], at})
	if n := len(r.packets[d]); n > 2*maxPieces {
		r.packets[d] = slices.Delete(r.packets[d], 0, n-maxPieces)
	}
	r.Dissector.Bytes(d, at, b)
}

// Gap is a Sink's.
func (r *recorder) Gap(d capture.Direction, at capture.Mark, n int64, why trace.GapReason) {
	if why != trace.GapChanged {
		r.offset[d&1] += n
	}
	r.Dissector.Gap(d, at, n, why)
}

func (r *recorder) since(at capture.Mark) time.Duration {
	return max(0, at.Time.Sub(r.connection.Begin.Time))
}

// record is told each record.
func (r *recorder) record(x dissect.Record) {
	d := x.Direction
	if r.began[d] < 0 {
		r.began[d] = x.Place.Offset
	}
	out := directed{Record{
		Type: x.Type, Header: x.Header, Length: x.Length, Offset: x.Place.Offset,
		Protected: x.Protected, Sealed: x.Sealed, Content: len(x.Content), Pieces: r.pieces(d, x.Place, x.At),
	}, d}
	switch {
	case len(r.records) >= maxRecords && x.Type == wire.TypeApplicationData, len(r.records) == maxRecords+maxOthers:
		r.cut++
		return
	case x.Sealed:
		out.Content = -1
	case x.Type == wire.TypeAlert:
		copy(out.Alert[:], x.Content)
	case x.Type == wire.TypeApplicationData && r.keepData && r.data+len(x.Content) <= maxKept:
		r.data += len(x.Content)
		out.Data = bytes.Clone(x.Content)
	}
	r.records = append(r.records, out)
}

// pieces says in which packets a record came, and is done with those before it.
func (r *recorder) pieces(d capture.Direction, place trace.Place, last capture.Mark) []Piece {
	var list []Piece
	from, end := place.Offset, place.Offset+int64(place.Length)
	gone := 0
	for _, p := range r.packets[d] {
		if p.end <= place.Offset {
			gone++
			continue
		}
		n := min(p.end, end) - from
		if n <= 0 {
			break
		}
		if len(list) == maxPieces {
			list[len(list)-1].Length += int(n)
		} else {
			list = append(list, Piece{Length: int(n), At: r.since(p.at), Frame: p.at.Frame})
		}
		from += n
	}
	r.packets[d] = slices.Delete(r.packets[d], 0, gone)
	if len(list) == 0 { // part of it was never seen
		list = []Piece{{Length: place.Length, At: r.since(last), Frame: last.Frame}}
	}
	return list
}

// captured is what was noted, once it is known who is the client.
func (r *recorder) captured(c *trace.Conversation) *Captured {
	out := &Captured{Diagnosis: diagnose.Diagnose(c), Cut: r.cut}
	side := func(d capture.Direction) trace.Side {
		if (d == capture.AtoB) == (c.Client == r.connection.A) {
			return trace.Client
		}
		return trace.Server
	}
	for _, x := range r.records {
		x.From = side(x.direction)
		out.Records = append(out.Records, x.Record)
	}
	for _, s := range r.talk {
		s.From = side(s.direction)
		if at := r.began[s.direction]; at >= 0 {
			s.Bytes = s.Bytes[:min(max(0, at-s.offset), int64(len(s.Bytes)))]
		}
		if len(s.Bytes) > 0 {
			out.Talk = append(out.Talk, s.Spoken)
		}
	}
	return out
}
