package inspect_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"io"
	"runtime"
	"testing"

	"github.com/parley-tls/parley/internal/inspect"
)

// A small file may hold as much as it likes: it is read through, and nothing of it
// is kept.
func TestAFileThatGrowsWhenItIsUnpackedTakesNoMemory(t *testing.T) {
	const frames, length = 800, 256 << 10
	var file bytes.Buffer
	z := gzip.NewWriter(&file)
	header := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	for _, v := range []uint32{2 | 4<<16, 0, 0, length, 101} { // version 2.4, raw IP
		header = binary.LittleEndian.AppendUint32(header, v)
	}
	frame := make([]byte, 16+length)
	binary.LittleEndian.PutUint32(frame[8:], length)
	binary.LittleEndian.PutUint32(frame[12:], length)
	for _, b := range append([][]byte{header}, repeated(frame, frames)...) {
		if _, err := z.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if file.Len() > 1<<20 {
		t.Fatalf("it has %d bytes", file.Len())
	}

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := inspect.Read(context.Background(), inspect.Input{Name: "bomb", From: io.Reader(&file)}, inspect.Options{})
	runtime.ReadMemStats(&after)
	if err != nil || r.Source.Frames != frames {
		t.Errorf("%d frames, %v", r.Source.Frames, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > 32<<20 {
		t.Errorf("%d bytes were allocated for %d", n, frames*length)
	}
}

func repeated(b []byte, n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = b
	}
	return list
}
