package capturetest

import (
	"errors"
	"io"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
)

// Read reads a whole capture into the sinks that open makes of its connections.
// Whatever cannot be read fails the test.
func Read(t testing.TB, from io.Reader, o capture.Options, open func(capture.Connection) capture.Sink) {
	t.Helper()
	r, err := capture.NewReader(from, o)
	if err != nil {
		t.Fatal(err)
	}
	streams := capture.NewAssembler(open, capture.Limits{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		streams.Add(p)
	}
	streams.Finish()
}
