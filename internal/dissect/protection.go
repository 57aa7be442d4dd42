package dissect

import (
	"sync"

	"github.com/parley-tls/parley/internal/wire"
)

// A protection is what the records of one direction are under: nothing, keys
// that are known, or keys that are not.
type protection struct {
	clear    bool
	opener   opener    // nil: the keys are not known
	why      string    // why they are not, or no longer
	unproved bool      // no record was opened with these keys yet
	hole     *hole     // nil: no record was missed
	inflater *inflater // nil: records are not compressed
	keys     *TapKeys  // what the opener was made of, where somebody taps
}

// A hole is what was missed between two records.
type hole struct {
	bytes int64 // from the end of the record before it; where exact
	exact bool
	tail  []byte // the last bytes before the record that comes next
	tries int    // records that did not open since
	seen  bool   // nothing is missing: a record came, and did not open
}

// An opener opens records and leaves alone what it cannot open.
type opener interface {
	// Open gives the plaintext in room, and the version that the record was made with.
	Open(rec, room []byte) (plaintext []byte, as wire.Version, ok bool)
	// ahead is the opener behind records that were not seen.
	ahead(records uint64, bytes int64, tail []byte) opener
}

func inClear() protection { return protection{clear: true} }

func locked(why string) protection { return protection{why: why} }

// gap says that bytes are missing, and that with them the place of the next
// record is lost.
func (p *protection) gap(n int64, exact bool) {
	if p.opener == nil {
		return
	}
	if p.hole == nil {
		p.hole = &hole{exact: true}
	}
	p.hole.seen = false
	p.hole.bytes += n
	p.hole.exact = p.hole.exact && exact
	p.hole.tail = nil
}

// passOver says that n bytes were passed over to find the next record.
func (p *protection) passOver(n int) {
	if p.hole != nil {
		p.hole.bytes += int64(n)
	}
}

// miss says that one record is known by its header alone.
func (p *protection) miss(size int, tail []byte) {
	if p.opener != nil {
		p.opener = p.opener.ahead(1, int64(size), tail)
	}
	if p.inflater != nil && p.hole == nil {
		p.hole = &hole{}
	}
}

const whyMissing = "records before it are missing from the capture"

func (p *protection) whyClosed() string {
	switch {
	case p.hole != nil && !p.hole.seen:
		return whyMissing
	case p.unproved:
		return "it does not open under the keys of this handshake"
	}
	return "it does not open under the keys in use, which opened the records before it"
}

// open opens a record, if need be behind a hole.
func (p *protection) open(rec, room []byte) (plaintext []byte, as wire.Version, ok bool) {
	switch {
	case p.hole != nil && p.inflater != nil:
		return nil, 0, false // it may refer to what is missing
	case p.hole != nil:
		plaintext, as, ok = p.openBehind(rec, room)
	default:
		plaintext, as, ok = p.opener.Open(rec, room)
	}
	p.unproved = p.unproved && !ok
	return plaintext, as, ok
}

// inflate decompresses what a record held, if it is compressed.
func (p *protection) inflate(content []byte) ([]byte, bool) {
	if p.inflater == nil {
		return content, true
	}
	return p.inflater.inflate(content)
}

const (
	maxAhead  = 256     // records that may be missing
	maxMoved  = 8 << 20 // bytes that the guesses may move a stream cipher by, together
	maxBehind = 2       // records behind a hole that need not open
)

// openBehind opens a record behind a hole: it guesses how many records are in it.
func (p *protection) openBehind(rec, room []byte) ([]byte, wire.Version, bool) {
	moved := int64(0)
	for n := p.hole.fewest(); n < p.hole.fewest()+maxAhead; n++ {
		bytes := p.hole.bytes - int64(n)*wire.RecordHeaderLen
		if bytes < 0 && p.hole.exact || moved > maxMoved {
			return nil, 0, false
		}
		moved += bytes
		o := p.opener.ahead(uint64(n), bytes, p.hole.tail)
		if plaintext, as, ok := o.Open(rec, room); ok {
			p.opener, p.hole = o, nil
			return plaintext, as, true
		}
	}
	return nil, 0, false
}

// fewest is the least number of records that so many bytes can be.
func (h *hole) fewest() int {
	const most = wire.RecordHeaderLen + wire.MaxCiphertext
	if !h.exact {
		return 0
	}
	return int((h.bytes + most - 1) / most)
}

// stays reports whether a record may stay closed without an end to the keys. The
// first one behind a hole does where a cipher chains from record to record; and
// one that was changed on its way does, if those behind it open.
func (p *protection) stays(rec []byte) bool {
	if p.hole == nil {
		if p.unproved {
			return false
		}
		p.hole = &hole{exact: true, seen: true}
	}
	if p.hole.tries == maxBehind {
		return false
	}
	p.hole.tries++
	p.hole.bytes += int64(len(rec))
	p.hole.tail = append([]byte(nil), rec[max(wire.RecordHeaderLen, len(rec)-maxTail):]...)
	return true
}

// rooms are where records are opened.
var rooms = sync.Pool{New: func() any {
	room := make([]byte, wire.RecordHeaderLen+wire.MaxCiphertext)
	return &room
}}
