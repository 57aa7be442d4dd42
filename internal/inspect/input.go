package inspect

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"os"
)

// An Input is where a capture comes from.
type Input struct {
	Name string // as a person knows it
	From io.Reader
	Size int64 // 0: nobody knows
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

// A meter counts and hashes what is read through it, so that a report can say
// which file it speaks of.
type meter struct {
	name string
	from io.Reader
	size int64
	read int64
	hash hash.Hash
}

func newMeter(in Input) *meter {
	return &meter{name: in.Name, from: in.From, size: in.Size, hash: sha256.New()}
}

func (m *meter) Read(b []byte) (int, error) {
	n, err := m.from.Read(b)
	m.read += int64(n)
	m.hash.Write(b[:n])
	return n, err
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
