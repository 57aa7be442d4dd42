package capturetest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
)

// Pcapng is the capture as a file, with secrets blocks before its packets.
func (f Frames) Pcapng(t testing.TB, o capture.WriterOptions, secrets ...capture.SecretsBlock) []byte {
	t.Helper()
	if len(f) > 0 {
		o.Link = f[0].Link
	}
	var file bytes.Buffer
	w, err := capture.NewWriter(&file, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range secrets {
		if err := w.Secrets(s); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range f {
		if err := w.Packet(p); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// An Order is how a machine orders bytes.
type Order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// Pcap is the capture as a file of the older format, in microseconds or nanoseconds.
func (f Frames) Pcap(order Order, nanoseconds bool) []byte {
	magic, unit := uint32(0xa1b2c3d4), 1000
	if nanoseconds {
		magic, unit = 0xa1b23c4d, 1
	}
	file := order.AppendUint32(nil, magic)
	file = order.AppendUint16(file, 2) // the version
	file = order.AppendUint16(file, 4)
	file = append(file, make([]byte, 8)...)
	file = order.AppendUint32(file, 65535)
	file = order.AppendUint32(file, uint32(f[0].Link))
	for _, p := range f {
		file = order.AppendUint32(file, uint32(p.Time.Unix()))
		file = order.AppendUint32(file, uint32(p.Time.Nanosecond()/unit))
		file = order.AppendUint32(file, uint32(len(p.Data)))
		file = order.AppendUint32(file, uint32(p.Length))
		file = append(file, p.Data...)
	}
	return file
}

// Gzip compresses a file.
func Gzip(t testing.TB, file []byte) []byte {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return zipped.Bytes()
}
