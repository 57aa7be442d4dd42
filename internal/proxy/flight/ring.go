package flight

import "encoding/binary"

// A ring keeps the last of what is added to it, each with its length before it.
type ring struct {
	b     []byte
	count int
}

// add adds one within limits, and says how many were dropped for it.
func (r *ring) add(one []byte, most, bytes int) (dropped int) {
	var length [binary.MaxVarintLen64]byte
	head := binary.PutUvarint(length[:], uint64(len(one)))
	need := head + len(one)
	if need > bytes {
		return 1
	}
	room := 0 // that the dropped ones leave
	for r.count-dropped == most || len(r.b)-room+need > bytes {
		n, size := binary.Uvarint(r.b[room:])
		room += size + int(n)
		dropped++
	}
	r.b = r.b[:copy(r.b, r.b[room:])]
	r.b = append(append(r.b, length[:head]...), one...)
	r.count += 1 - dropped
	return dropped
}

// all are those that are there, the oldest first.
func (r *ring) all(yield func([]byte) bool) {
	for b := r.b; len(b) > 0; {
		n, size := binary.Uvarint(b)
		end := size + int(n)
		if !yield(b[size:end]) {
			return
		}
		b = b[end:]
	}
}
