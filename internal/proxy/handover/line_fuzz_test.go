package handover

import (
	"bytes"
	"net"
	"testing"
)

// said is a line whose other end has said all that it says.
type said struct {
	net.Conn
	*bytes.Reader
}

func (s said) Read(b []byte) (int, error) { return s.Reader.Read(b) }
func (said) Close() error                 { return nil }

// Whatever the other process says, it is heard to its end, and does nothing but
// what the words mean.
func FuzzLine(f *testing.F) {
	f.Add([]byte("ready\npassed\n"))
	f.Add([]byte("failed parley.yaml:4: no such key\n"))
	f.Add([]byte("left 250\nleft -1\nleft 9999999999999999999\n"))
	f.Add(bytes.Repeat([]byte("x"), 2*maxWord))
	f.Fuzz(func(t *testing.T, text []byte) {
		(&Predecessor{said{Reader: bytes.NewReader(text)}}).Follow(func(n int) {
			if n < 0 {
				t.Errorf("%d are left", n)
			}
		})
		first, s := make(chan string, 1), new(Successor)
		listen(bytes.NewReader(text), s.hear(first))
		select {
		case word := <-first:
			if len(word) >= maxWord {
				t.Errorf("a word of %d bytes is heard", len(word))
			}
		default:
		}
		if s.passed.Load() && !bytes.Contains(text, []byte(wordPassed)) {
			t.Error("it is thought to have a successor")
		}
	})
}
