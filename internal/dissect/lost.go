package dissect

import (
	"github.com/parley-tls/parley/internal/wire"
)

// maxSearch bounds what is kept to find the next record in: the rest of one
// record, the whole of the next, and its follower's header.
const maxSearch = 2*(wire.RecordHeaderLen+wire.MaxCiphertext) + wire.RecordHeaderLen

// readLost looks for where a record begins, in the middle of a stream. Five bytes
// prove little: what counts is that whole records follow one another from there
// to the end of what came, or that another header follows the first.
//
// It is not looked again before there is something to find, so that a stream in
// small packets is not searched once for each.
func (d *Dissector) readLost(f *flow) bool {
	if len(f.buf) < f.enough {
		return false
	}
	at, ok := findRecord(f.buf, d.version)
	f.passOver(at)
	f.enough = 0
	if ok {
		f.reading = readingRecords
		return true
	}
	if h, whole := wire.ParseRecordHeader(f.buf); whole {
		f.enough = max(wire.RecordHeaderLen+h.Length, len(f.buf)+len(f.buf)/8)
	}
	if len(f.buf) > maxSearch {
		f.passOver(len(f.buf) - maxSearch/2)
		f.enough = 0
	}
	return false
}

// passOver drops bytes that nobody can read.
func (f *flow) passOver(n int) {
	f.drop(n)
	f.protection.passOver(n)
}

// findRecord gives the first offset at which a run of records begins; else the
// first at which one may turn out to.
func findRecord(b []byte, negotiated wire.Version) (at int, ok bool) {
	maybe := len(b)
	for at := range b {
		h, whole := wire.ParseRecordHeader(b[at:])
		if !whole {
			return min(maybe, at), false // the header may be cut
		}
		if !likely(h) || !mayFollow(h, negotiated) {
			continue
		}
		found, open := runs(b[at:], negotiated)
		switch {
		case found:
			return at, true
		case open:
			maybe = min(maybe, at)
		}
	}
	return maybe, false
}

// runs reports whether records follow one another from here: to the very end, or
// so that a second header can be seen; open, that it cannot be told yet.
func runs(b []byte, negotiated wire.Version) (found, open bool) {
	h, _ := wire.ParseRecordHeader(b)
	end := wire.RecordHeaderLen + h.Length
	if end >= len(b) {
		return end == len(b), end > len(b)
	}
	next, ok := wire.ParseRecordHeader(b[end:])
	return ok && likely(next) && mayFollow(next, negotiated), !ok
}

// mayFollow holds a header to the version of the connection, hellos apart.
func mayFollow(h wire.RecordHeader, negotiated wire.Version) bool {
	return negotiated == 0 || h.Version == min(negotiated, wire.VersionTLS12) || h.Type == wire.TypeHandshake
}
