// Package tape records live connections, with the keys to them, in a capture
// file.
package tape

import (
	"errors"
	"io"
	"os"
	"sync"

	"github.com/parley-tls/parley/internal/capture"
)

// A Tape is a capture file that is being written. It is safe for concurrent use,
// and nil: then nothing is recorded.
type Tape struct {
	mu     sync.Mutex // guards what follows
	file   *os.File
	writer *capture.Writer
	err    error // the first of writing
}

// Create makes the file, for its owner alone, since its keys open what it holds.
// What an earlier run recorded is never overwritten: the error is os.ErrExist.
func Create(name string, o capture.WriterOptions) (*Tape, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	w, err := capture.NewWriter(f, o)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &Tape{file: f, writer: w}, nil
}

// Close writes what is left, and says whether all was written.
func (t *Tape) Close() error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return errors.Join(t.err, t.writer.Flush(), t.file.Close())
}

// KeyLog takes lines of a key log; nil where the tape is.
func (t *Tape) KeyLog() io.Writer {
	if t == nil {
		return nil
	}
	return keyLines{t}
}

type keyLines struct{ t *Tape }

// Write puts lines into a decryption secrets block. The connection they belong
// to does not end if they cannot be written.
func (k keyLines) Write(b []byte) (int, error) {
	k.t.do(func(w *capture.Writer) error {
		return w.Secrets(capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: b})
	})
	return len(b), nil
}

// Packet is a Track's.
func (t *Tape) Packet(p capture.Packet) error {
	t.do(func(w *capture.Writer) error { return w.Packet(p) })
	return nil // Close tells what went wrong
}

// Flush brings the file up to date: somebody may be reading it.
func (t *Tape) Flush() { t.do((*capture.Writer).Flush) }

// do writes, unless that has failed before.
func (t *Tape) do(write func(*capture.Writer) error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err == nil {
		t.err = write(t.writer)
	}
}
