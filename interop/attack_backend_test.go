//go:build interop

package interop

import (
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// A backend stands behind "parley serve" and writes down every byte of every
// connection. It echoes.
type backend struct {
	net.Listener
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	streams []*stream
}

// A stream is what an application read on one connection.
type stream struct {
	mu   sync.Mutex // guards what follows
	data strings.Builder
	end  error // nil: it goes on
}

func (s *stream) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.Write(b)
}

func (s *stream) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data.String()
}

func (s *stream) ended(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.end = err
}

// how says how the stream ended; empty: it goes on.
func (s *stream) how() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.end == nil {
		return ""
	}
	return s.end.Error()
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &backend{Listener: l}
	b.running.Go(b.accept)
	t.Cleanup(func() {
		l.Close()
		b.running.Wait()
	})
	return b
}

func (b *backend) accept() {
	for {
		c, err := b.Accept()
		if err != nil {
			return
		}
		s := b.begin()
		b.running.Go(func() {
			defer c.Close()
			if _, err = io.Copy(c, io.TeeReader(c, s)); err == nil {
				err = io.EOF
			}
			s.ended(err)
		})
	}
}

func (b *backend) begin() *stream {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := new(stream)
	b.streams = append(b.streams, s)
	return s
}

// with gives the streams that contain text.
func (b *backend) with(text string) []*stream {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []*stream
	for _, s := range b.streams {
		if strings.Contains(s.text(), text) {
			found = append(found, s)
		}
	}
	return found
}

// behind counts the bytes that follow a prefix in one stream.
func (b *backend) behind(prefix string) (n int) {
	for _, s := range b.with(prefix) {
		_, after, _ := strings.Cut(s.text(), prefix)
		n += len(after)
	}
	return n
}
