// Package record is the TLS record layer: it finds records in bytes, opens and
// seals them in the buffers it is given, and joins handshake fragments into
// messages.
//
// It reads no network, no clock and no randomness of its own. The version that
// a record's header claims is never used in a computation: MAC and AEAD
// additional data always take the negotiated one (renegotiating clients have
// been measured to send headers that disagree with it).
package record

import (
	"fmt"
	"math"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// Next looks at the front of buf. With ok, rec is the first record, header and
// fragment, inside buf. Without, more bytes are needed; h is known as soon as
// five bytes are there. The error is a *wire.Fault when the header announces
// more than any record may hold. Next judges neither type nor version.
func Next(buf []byte) (h wire.RecordHeader, rec []byte, ok bool, err error) {
	h, ok = wire.ParseRecordHeader(buf)
	if !ok {
		return h, nil, false, nil
	}
	// RFC 5246, section 6.2.3: the length must not exceed 2^14 + 2048.
	if h.Length > wire.MaxCiphertext {
		return h, nil, false, &wire.Fault{
			Alert:  wire.AlertRecordOverflow,
			Reason: fmt.Sprintf("a record of %d bytes is longer than any may be", h.Length),
		}
	}
	end := wire.RecordHeaderLen + h.Length
	if len(buf) < end {
		return h, nil, false, nil
	}
	return h, buf[:end:end], true, nil
}

// HandshakeAhead reports whether a handshake record begins in buf, whole or
// cut short. It reads headers only, which are public; buf begins with one.
func HandshakeAhead(buf []byte) bool {
	for len(buf) > 0 {
		if wire.ContentType(buf[0]) == wire.TypeHandshake {
			return true
		}
		_, rec, ok, _ := Next(buf)
		if !ok {
			return false
		}
		buf = buf[len(rec):]
	}
	return false
}

// A sequence numbers the records of one direction under one key.
type sequence struct {
	next  uint64
	spent bool
}

// take gives the next number, or false when none is left: RFC 5246, section
// 6.1, forbids it to wrap.
func (s *sequence) take() (n uint64, ok bool) {
	if s.spent {
		return 0, false
	}
	n = s.next
	if n == math.MaxUint64 {
		s.spent = true
	} else {
		s.next++
	}
	return n, true
}

// sequenceSpent is the fault of one record too many under one key.
func sequenceSpent() *wire.Fault {
	return &wire.Fault{
		Alert:  wire.AlertInternalError,
		Reason: "every sequence number under these keys is used",
	}
}

// checkParameters refuses keys that do not fit the suite and version.
func checkParameters(v wire.Version, s *suite.Suite, mac, key, iv []byte) error {
	if v < wire.VersionSSL30 || v > wire.VersionTLS12 {
		return fmt.Errorf("record: no record protection for %v", v)
	}
	if v < s.MinVersion {
		return fmt.Errorf("record: %v is not defined for %v", s.ID, v)
	}
	if len(mac) != s.MACLen() {
		return fmt.Errorf("record: %v takes a MAC key of %d bytes, not %d", s.ID, s.MACLen(), len(mac))
	}
	if len(key) != s.KeyLen() {
		return fmt.Errorf("record: %v takes a key of %d bytes, not %d", s.ID, s.KeyLen(), len(key))
	}
	if want := ivNeeded(v, s); want != 0 && len(iv) != want {
		return fmt.Errorf("record: %v takes an IV of %d bytes, not %d", s.ID, want, len(iv))
	}
	return nil
}

// hidden is what printing an Opener or a Sealer shows: nothing of its keys.
func hidden(f fmt.State, name string) { _, _ = fmt.Fprintf(f, "[%s]", name) }

// ivNeeded is how many bytes of IV the key block must give. From TLS 1.1 on
// every CBC record brings its own (RFC 4346, section 6.2.3.2), and what is
// given is ignored.
func ivNeeded(v wire.Version, s *suite.Suite) int {
	if s.IsCBC() && explicitIV(v) {
		return 0
	}
	return s.IVLen()
}

// explicitIV reports whether CBC records of this version begin with their IV.
func explicitIV(v wire.Version) bool { return v >= wire.VersionTLS11 }
