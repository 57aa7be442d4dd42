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
	before  int64       // bytes of the fragments before that
	iv      []byte      // CBC before TLS 1.1: the block before the next record; nil there: not known
	stream  *rc4.Cipher // RC4: where its stream stands
}

// NewTrial opens records protected under v and s, as NewOpener does.
func NewTrial(v wire.Version, s *suite.Suite, mac, key, iv []byte) (*Trial, error) {
	o, err := NewOpener(v, s, mac, key, iv)
	if err != nil {
		return nil, err
	}
	return newTrial(v, o, iv), nil
}

func newTrial(v wire.Version, o *Opener, iv []byte) *Trial {
	t := &Trial{version: v, opener: o}
	if p, ok := o.protection.(*stream); ok {
		t.stream = p.cipher
	}
	if c := t.cbc(); c != nil && c.ivLen == 0 {
		t.iv = append([]byte(nil), iv...)
	}
	return t
}

// cbc is what the protection has of CBC; nil: nothing.
func (t *Trial) cbc() *cbc {
	switch p := t.opener.protection.(type) {
	case *cbcOpening:
		return &p.cbc
	case *thenMACOpening:
		return &p.cbc
	}
	return nil
}

// Sequence is the number that the next record has.
func (t *Trial) Sequence() uint64 { return t.next }

// Position is how many bytes the fragments before the next record have together.
func (t *Trial) Position() int64 { return t.before }

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
	}
	if c := t.cbc(); c != nil {
		c.mac.version = v
		if c.ivLen == 0 && t.iv == nil {
			return nil, false
		}
		if c.ivLen == 0 {
			c.mode.SetIV(t.iv)
		}
	}
	plaintext, err := t.opener.Open(room[:copy(room, rec)])
	if err != nil {
		return nil, false
	}
	t.next, t.before, t.stream = t.next+1, t.before+int64(len(rec)-wire.RecordHeaderLen), moved
	t.chain(rec)
	return plaintext, true
}

// chain keeps the last block of a record, which is the next one's IV.
func (t *Trial) chain(tail []byte) {
	c := t.cbc()
	if c == nil || c.ivLen > 0 {
		return
	}
	if _, then := t.opener.protection.(*thenMACOpening); then {
		tail = tail[:max(0, len(tail)-c.mac.size)]
	}
	t.iv = nil
	if len(tail) >= c.block {
		t.iv = append(t.iv, tail[len(tail)-c.block:]...)
	}
}

// Ahead gives a Trial that stands behind records that were not seen: how many,
// how many bytes their fragments had together, and the last bytes of them, as far
// as they are known. The one it is made from stays where it is.
func (t *Trial) Ahead(records uint64, bytes int64, tail []byte) *Trial {
	ahead := *t
	ahead.next += records
	ahead.before += bytes
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
