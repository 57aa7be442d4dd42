package record

import (
	"fmt"
	"io"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Sealer makes the records of one direction, under one set of keys. It is
// not safe for use by several goroutines.
type Sealer struct {
	version    wire.Version
	protection sealing
	splits     bool // application data goes out as 1 byte and the rest
	random     io.Reader
	sequence   sequence
	err        error // once set, nothing is sealed again
}

// A sealing protects fragments. dst begins with the bytes that already wait,
// its capacity holds the result, and payload does not overlap it.
type sealing interface {
	seal(random io.Reader, seq uint64, t wire.ContentType, dst, payload []byte) ([]byte, error)
	sealedLen(n int) int
	overhead() int
}

// PlainSealer makes records before the first ChangeCipherSpec. v is what their
// headers say.
func PlainSealer(v wire.Version) *Sealer {
	return &Sealer{version: v, protection: plain{}}
}

// NewSealer makes records protected under v and s. For CBC from TLS 1.1 on
// SetRandom must follow. The error is about parameters that do not fit
// together.
func NewSealer(v wire.Version, s *suite.Suite, mac, key, iv []byte) (*Sealer, error) {
	if err := checkParameters(v, s, mac, key, iv); err != nil {
		return nil, err
	}
	p, err := newSealing(v, s, mac, key, iv)
	if err != nil {
		return nil, err
	}
	// The IV of a TLS 1.0 record is the last ciphertext, known to whoever
	// chooses the next plaintext (CVE-2011-3389). One byte and its MAC go first
	// and make it unknown.
	return &Sealer{version: v, protection: p, splits: s.IsCBC() && !explicitIV(v)}, nil
}

func newSealing(v wire.Version, s *suite.Suite, mac, key, iv []byte) (sealing, error) {
	switch {
	case s.IsAEAD():
		return newAEAD(v, s, key, iv)
	case s.IsCBC():
		return newCBCSealing(v, s, mac, key, iv)
	default:
		return newStream(v, s, mac, key)
	}
}

// SetRandom gives the source of explicit CBC IVs (TLS 1.1 and 1.2). Nothing
// else here needs chance.
func (s *Sealer) SetRandom(r io.Reader) { s.random = r }

// SealedLen is how much Seal appends for n bytes of application data: for other
// content it is never less than what Seal appends.
func (s *Sealer) SealedLen(n int) int {
	total := 0
	if s.splits && n > 1 {
		total, n = s.recordLen(1), n-1
	}
	whole, rest := n/wire.MaxPlaintext, n%wire.MaxPlaintext
	total += whole * s.recordLen(wire.MaxPlaintext)
	if rest > 0 || n == 0 {
		total += s.recordLen(rest)
	}
	return total
}

func (s *Sealer) recordLen(n int) int {
	return wire.RecordHeaderLen + s.protection.sealedLen(n)
}

// Seal appends payload to dst as records of type t, as many as it takes, and
// one empty record for an empty payload. It allocates only when dst has no room
// for SealedLen(len(payload)) more bytes. payload must not overlap dst's spare
// capacity.
//
// When it cannot seal it returns dst as it was, and Err says why, for good.
func (s *Sealer) Seal(dst []byte, t wire.ContentType, payload []byte) []byte {
	if s.err != nil {
		return dst
	}
	start := len(dst)
	dst = slices.Grow(dst, s.SealedLen(len(payload)))
	if s.splits && t == wire.TypeApplicationData && len(payload) > 1 {
		dst = s.sealOne(dst, t, payload[:1])
		payload = payload[1:]
	}
	for {
		n := min(len(payload), wire.MaxPlaintext)
		dst = s.sealOne(dst, t, payload[:n])
		payload = payload[n:]
		if s.err != nil {
			return dst[:start]
		}
		if len(payload) == 0 {
			return dst
		}
	}
}

// sealOne appends one record, or sets err.
func (s *Sealer) sealOne(dst []byte, t wire.ContentType, payload []byte) []byte {
	if s.err != nil {
		return dst
	}
	seq, ok := s.sequence.take()
	if !ok {
		s.err = sequenceSpent()
		return dst
	}
	h := wire.RecordHeader{Type: t, Version: s.version, Length: s.protection.sealedLen(len(payload))}
	dst, s.err = s.protection.seal(s.random, seq, t, h.Append(dst), payload)
	return dst
}

// Err says why Seal stopped: a *wire.Fault when the sequence numbers are used
// up, else what the random source said.
func (s *Sealer) Err() error { return s.err }

// Overhead is the most that protection adds to a fragment, the record's header
// not counted.
func (s *Sealer) Overhead() int { return s.protection.overhead() }

// Sequence is the number that the next record has.
func (s *Sealer) Sequence() uint64 { return s.sequence.next }

// Format shows nothing of the keys, whatever the verb. fmt cannot ask it to from
// inside an unexported field: there, keep a pointer.
func (s Sealer) Format(f fmt.State, _ rune) { hidden(f, "sealer") }
