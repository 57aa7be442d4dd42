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
func (d *Dissector) readLost(f *flow) bool {
	at, ok := findRecord(f.buf, d.version)
	if !ok {
		if len(f.buf) > maxSearch {
			f.passOver(len(f.buf) - maxSearch/2)
		}
		f.own(0)
		return false
	}
	f.passOver(at)
	f.reading = readingRecords
	return true
}

// passOver drops bytes that nobody can read.
func (f *flow) passOver(n int) {
	f.drop(n)
	f.protection.passOver(n)
}

// findRecord gives the first offset at which a run of records begins.
func findRecord(b []byte, negotiated wire.Version) (at int, ok bool) {
	for at = range b {
		h, whole := wire.ParseRecordHeader(b[at:])
		if !whole {
			return 0, false
		}
		if likely(h) && mayFollow(h, negotiated) && runs(b[at:], negotiated) {
			return at, true
		}
	}
	return 0, false
}

// runs reports whether records follow one another from here: to the very end, or
// so that a second header can be seen.
func runs(b []byte, negotiated wire.Version) bool {
	h, _ := wire.ParseRecordHeader(b)
	end := wire.RecordHeaderLen + h.Length
	if end >= len(b) {
		return end == len(b)
	}
	next, ok := wire.ParseRecordHeader(b[end:])
	return ok && likely(next) && mayFollow(next, negotiated)
}

// mayFollow holds a header to the version of the connection, hellos apart.
func mayFollow(h wire.RecordHeader, negotiated wire.Version) bool {
	return negotiated == 0 || h.Version == min(negotiated, wire.VersionTLS12) || h.Type == wire.TypeHandshake
}
