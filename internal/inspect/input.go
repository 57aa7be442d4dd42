package inspect

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
)

// An Input is where a capture comes from.
type Input struct {
	Name string // as a person knows it
	From io.Reader
	Size int64 // 0: nobody knows
	// Several: it is more than one file.
	Several bool
}

// StandardInput is what Open calls standard input.
const StandardInput = "standard input"

// Open opens a file by its name, or standard input for "-". The caller closes it.
func Open(name string, stdin io.Reader) (Input, io.Closer, error) {
	if name == "-" {
		return Input{Name: StandardInput, From: stdin}, io.NopCloser(nil), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return Input{}, nil, err
	}
	in := Input{Name: name, From: f}
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		in.Size = info.Size()
	}
	return in, f, nil
}

// OpenAll opens several files as one, each behind the one before it. That makes
// sense of flights alone.
func OpenAll(names []string, stdin io.Reader) (Input, io.Closer, error) {
	if len(names) == 1 {
		return Open(names[0], stdin)
	}
	all := Input{Name: fmt.Sprintf("%d files", len(names)), Several: true}
	var parts []io.Reader
	var open closers
	for _, name := range names {
		in, closer, err := Open(name, stdin)
		if err != nil {
			return Input{}, nil, errors.Join(err, open.Close())
		}
		open = append(open, closer)
		parts = append(parts, in.From)
		all.Size += in.Size
	}
	all.From = io.MultiReader(parts...)
	return all, open, nil
}

type closers []io.Closer

func (list closers) Close() error {
	var errs []error
	for _, c := range list {
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// A meter counts and hashes what is read through it, so that a report can say
// which file it speaks of.
type meter struct {
	name    string
	from    *bufio.Reader
	size    int64
	read    int64
	hash    hash.Hash
	several bool
}

func newMeter(in Input) *meter {
	return &meter{name: in.Name, from: bufio.NewReader(in.From), size: in.Size, hash: sha256.New(), several: in.Several}
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.from.Read(b)
	m.read += int64(n)
	m.hash.Write(b[:n])
	return n, err
}

// begin is the first byte that is no space; 0: there is none. It stays to be read.
func (m *meter) begin() (byte, error) {
	for n := 1; ; n++ {
		b, err := m.from.Peek(n)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, bufio.ErrBufferFull):
			return 0, nil // whoever reads it says what is wrong
		case err != nil:
			return 0, err
		case !bytes.ContainsAny(b[n-1:], " \t\r\n"):
			return b[n-1], nil
		}
	}
}

// sum gives the hash of the whole input. What a broken capture left unread is
// read for it, if its size is known: a pipe might never end.
func (m *meter) sum() (hexHash string, bytes int64) {
	if m.size > 0 {
		// What cannot be read now could not be read before, and Broken says so.
		_, _ = io.Copy(io.Discard, io.LimitReader(m, m.size-m.read))
	}
	if m.size > 0 && m.read != m.size {
		return "", m.read
	}
	return hex.EncodeToString(m.hash.Sum(nil)), m.read
}
