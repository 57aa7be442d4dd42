package dissect

import (
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// maxMessage bounds a handshake message that is read. Chains of certificates are
// the longest there are.
const maxMessage = 256 << 10

// A joiner joins handshake fragments into messages and knows where these stand.
type joiner struct {
	record.Joiner
	pieces []piece
	joined int64 // bytes put in
	taken  int64 // bytes taken out as messages
}

// A piece is one record's fragment.
type piece struct {
	from, to int64 // in the joined bytes
	header   wire.Version
	whole    trace.Place // the record
	inside   func(at, n int) trace.Place
	clear    bool
}

// A joined message, and where it stands.
type joined struct {
	wire.Message
	place  trace.Place
	header wire.Version // of the record it began in
	// alone: its records held nothing else; clear: it was in clear.
	alone, clear bool
}

// add puts a fragment in. inside says where bytes of the fragment stand, where it
// is in clear; for a sealed record it is nil.
func (j *joiner) add(fragment []byte, header wire.Version, whole trace.Place, inside func(at, n int) trace.Place) error {
	j.SetLimit(maxMessage)
	if len(j.pieces) > 1 {
		j.pieces = j.pieces[:1] // what lies inside the message that is not whole yet
	}
	j.pieces = append(j.pieces, piece{
		from: j.joined, to: j.joined + int64(len(fragment)), header: header, whole: whole, inside: inside, clear: inside != nil,
	})
	j.joined += int64(len(fragment))
	return j.Add(fragment)
}

// next takes the next whole message.
func (j *joiner) next() (joined, bool) {
	m, ok := j.Next()
	if !ok {
		return joined{}, false
	}
	from, to := j.taken, j.taken+int64(len(m))
	j.taken = to
	first, last := j.pieces[0], j.pieces[0]
	n := 0
	for i, p := range j.pieces {
		if p.from < to {
			last = p
		}
		if p.to <= to {
			n = i + 1
		}
	}
	out := joined{Message: m, header: first.header, clear: first.clear}
	out.alone = first.from == from && last.to == to
	out.place = between(first.begin(from), last.finish(to))
	j.pieces = append(j.pieces[:0:0], j.pieces[n:]...)
	return out, true
}

// begin is where a message stands that begins in this piece.
func (p piece) begin(from int64) trace.Place {
	if p.inside == nil || from == p.from {
		return p.whole
	}
	return p.inside(int(from-p.from), int(p.to-from))
}

// finish is where one stands that ends in it.
func (p piece) finish(to int64) trace.Place {
	if p.inside == nil || to == p.to {
		return p.whole
	}
	return p.inside(0, int(to-p.from))
}

// between is the place from where one begins to where the other ends.
func between(first, last trace.Place) trace.Place {
	end := last.Offset + int64(last.Length)
	return trace.Place{Frame: first.Frame, Last: last.Last, Offset: first.Offset, Length: int(end - first.Offset)}
}

// reset forgets a message that will never be whole.
func (j *joiner) reset() { *j = joiner{} }
