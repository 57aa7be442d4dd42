package sanitize_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/wire"
)

// A held part of a capture must not be in what is made of it.
type held struct {
	what  string
	bytes []byte
}

// protected are the fragments of records under keys, and what they hold that is nobody's
// business.
func protected(t *testing.T, file []byte, keys *dissect.Keyring) []held {
	t.Helper()
	var all []held
	var streams [2][]byte
	assembler := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		streams = [2][]byte{}
		return &both{dissect.New(c, dissect.Options{Keys: keys, Record: func(r dissect.Record) {
			from := int(r.Place.Offset) + wire.RecordHeaderLen
			if end := from + r.Length; r.Protected && end <= len(streams[r.Direction]) {
				all = append(all, held{"fragment", bytes.Clone(streams[r.Direction][from:end])})
			}
			if r.Protected && (r.Type == wire.TypeApplicationData || r.Type == wire.TypeHandshake && len(r.Content) < 60) {
				all = append(all, held{"content", bytes.Clone(r.Content)})
			}
		}}), &streams}
	}, capture.Limits{})
	list, secrets := frames(t, file)
	for _, b := range secrets {
		_ = keys.AddSecrets(b)
	}
	for _, p := range list {
		assembler.Add(p)
	}
	assembler.Finish()
	return all
}

// Both keeps both streams beside a dissector.
type both struct {
	*dissect.Dissector
	streams *[2][]byte
}

func (b *both) Bytes(d capture.Direction, at capture.Mark, bytes []byte) {
	b.streams[d] = append(b.streams[d], bytes...)
	b.Dissector.Bytes(d, at, bytes)
}

// Whatever the disguise says that it replaced: no sixteen bytes of a record under keys, or
// of what such a record holds, are in the new file, nor in what its own secrets open.
func TestNoPartOfAProtectedRecordIsCopied(t *testing.T) {
	looked := 0
	for _, name := range all(t) {
		for _, withKey := range []bool{true, false} {
			file := read(t, name)
			made := sanitized(t, file, sanitize.Options{Keys: ring(t, withKey)})
			text := bytes.Clone(made)
			for _, h := range protected(t, made, dissect.NewKeyring()) {
				text = append(text, h.bytes...)
			}
			for _, h := range protected(t, file, ring(t, true)) {
				const width = 16
				for at := 0; at+width <= len(h.bytes); at += width / 2 {
					looked++
					if part := h.bytes[at : at+width]; bytes.Contains(text, part) {
						t.Errorf("%s, key %v: bytes %d to %d of a %s are left: %x", filepath.Base(name), withKey, at, at+width, h.what, part)
						break
					}
				}
			}
		}
	}
	if looked < 1000 {
		t.Errorf("only %d parts were looked for", looked)
	}
}
