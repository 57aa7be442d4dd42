package record

import (
	"crypto/rc4"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Trial opens the records of one direction of a captured connection, where a
// record that does not open must leave everything as it was: another guess may
// be right. The engine has no use for one.
type Trial struct {
	version wire.Version
	opener  *Opener // a tool: what moves is kept below, and put into it before each use
	next    uint64
	iv      []byte      // CBC before TLS 1.1: the block before the next record; nil there: not known
	stream  *rc4.Cipher // RC4: where its stream stands
}

// NewTrial opens records protected under v and s, as NewOpener does.
func NewTrial(v wire.Version, s *suite.Suite, mac, key, iv []byte) (*Trial, error) {
	o, err := NewOpener(v, s, mac, key, iv)
	if err != nil {
		return nil, err
	}
	t := &Trial{version: v, opener: o}
	switch p := o.protection.(type) {
	case *stream:
		t.stream = p.cipher
	case *cbcOpening:
		if p.ivLen == 0 {
			t.iv = append([]byte(nil), iv...)
		}
	}
	return t, nil
}

// Sequence is the number that the next record has.
func (t *Trial) Sequence() uint64 { return t.next }

// Open opens rec, one whole record, which it leaves as it is; the plaintext lies
// in room, which must be as long. The negotiated version is tried, and then that
// of the header; as is the one that its MAC or additional data were made with.
// Where neither is, nothing has changed.
func (t *Trial) Open(rec, room []byte) (plaintext []byte, as wire.Version, ok bool) {
	header, whole := wire.ParseRecordHeader(rec)
	if !whole {
		return nil, 0, false
	}
	for _, v := range t.versions(header.Version) {
		if plaintext, ok = t.open(rec, room, v); ok {
			return plaintext, v, true
		}
	}
	return nil, 0, false
}

// versions are those worth trying. SSL 3.0 has none in its MAC.
func (t *Trial) versions(header wire.Version) []wire.Version {
	if header == t.version || t.version == wire.VersionSSL30 || header < wire.VersionSSL30 || header > wire.VersionTLS12 {
		return []wire.Version{t.version}
	}
	return []wire.Version{t.version, header}
}

func (t *Trial) open(rec, room []byte, v wire.Version) ([]byte, bool) {
	t.opener.fault = nil
	t.opener.sequence = sequence{next: t.next}
	var moved *rc4.Cipher
	switch p := t.opener.protection.(type) {
	case *aead:
		p.version = v
	case *stream:
		copied := *t.stream
		moved, p.cipher, p.mac.version = &copied, &copied, v
	case *cbcOpening:
		p.mac.version = v
		if p.ivLen == 0 {
			if t.iv == nil {
				return nil, false
			}
			p.mode.SetIV(t.iv)
		}
	}
	plaintext, err := t.opener.Open(room[:copy(room, rec)])
	if err != nil {
		return nil, false
	}
	t.next, t.stream = t.next+1, moved
	t.chain(rec)
	return plaintext, true
}

// chain keeps the last block of a record, which is the next one's IV.
func (t *Trial) chain(tail []byte) {
	p, isCBC := t.opener.protection.(*cbcOpening)
	switch {
	case !isCBC || p.ivLen > 0:
	case len(tail) < p.block:
		t.iv = nil
	default:
		t.iv = append(t.iv[:0:0], tail[len(tail)-p.block:]...)
	}
}

// Ahead gives a Trial that stands behind records that were not seen: how many,
// how many bytes their fragments had together, and the last bytes of them, as far
// as they are known. The one it is made from stays where it is.
func (t *Trial) Ahead(records uint64, bytes int64, tail []byte) *Trial {
	ahead := *t
	ahead.next += records
	if records > 0 {
		ahead.chain(tail)
	}
	if t.stream != nil {
		moved := *t.stream
		var nothing [512]byte
		for ; bytes > 0; bytes -= int64(len(nothing)) {
			part := nothing[:min(bytes, int64(len(nothing)))]
			moved.XORKeyStream(part, part)
		}
		ahead.stream = &moved
	}
	return &ahead
}
