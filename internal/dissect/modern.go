package dissect

import (
	"crypto/cipher"
	"encoding/binary"

	"github.com/parley-tls/parley/internal/wire"
)

// A modernOpener opens the records of TLS 1.3 (RFC 8446, section 5.2).
type modernOpener struct {
	aead  cipher.AEAD
	iv    [12]byte
	next  uint64
	inner wire.ContentType // of the record opened last
}

// Open opens a record, whose type is inside it.
func (o *modernOpener) Open(rec, room []byte) ([]byte, wire.Version, bool) {
	if len(rec) < wire.RecordHeaderLen+o.aead.Overhead() {
		return nil, 0, false
	}
	nonce := o.iv
	tail := nonce[4:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^o.next)
	inner, err := o.aead.Open(room[:0], nonce[:], rec[wire.RecordHeaderLen:], rec[:wire.RecordHeaderLen])
	if err != nil {
		return nil, 0, false
	}
	// Zeros pad behind the type.
	end := len(inner)
	for end > 0 && inner[end-1] == 0 {
		end--
	}
	if end == 0 {
		return nil, 0, false
	}
	o.next++
	o.inner = wire.ContentType(inner[end-1])
	return inner[:end-1], wire.VersionTLS12, true
}

func (o *modernOpener) ahead(records uint64, _ int64, _ []byte) opener {
	moved := *o
	moved.next += records
	return &moved
}
