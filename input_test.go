package parley

import (
	"bytes"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// A record of n bytes, and as many of them as fit are in an input.
func inputWith(record []byte, have int) *input {
	in := &input{buf: takeBuffer(have > smallBuffer)}
	in.to = copy(in.buf, record[:have])
	return in
}

func aRecord(n int) []byte {
	h := wire.RecordHeader{Type: wire.TypeApplicationData, Version: wire.VersionTLS12, Length: n}
	return append(h.Append(nil), bytes.Repeat([]byte{7}, n)...)
}

func TestAnInputHoldsABufferOnlyWhileBytesAreInIt(t *testing.T) {
	in := inputWith(aRecord(100), 105)
	in.done(105)
	in.prepare()
	if in.buf != nil {
		t.Error("it holds a buffer for nothing")
	}
}

func TestAnInputMakesRoomForTheWholeRecord(t *testing.T) {
	for _, length := range []int{1, 1000, 4091, 4092, 16384, wire.MaxCiphertext} {
		record := aRecord(length)
		for _, have := range []int{1, 4, 5, 6, min(len(record)-1, smallBuffer), len(record) - 1} {
			for _, from := range []int{0, 3000} {
				in := inputWith(record, have)
				if from+have <= len(in.buf) {
					copy(in.buf[from:], record[:have])
					in.from, in.to = from, from+have
				}
				// As fill does, byte by byte.
				for in.to-in.from < len(record) {
					in.prepare()
					if in.to == len(in.buf) {
						t.Fatalf("length %d, %d of it at %d: no room after %d bytes", length, have, from, in.to-in.from)
					}
					in.buf[in.to] = record[in.to-in.from]
					in.to++
				}
				if !bytes.Equal(in.bytes(), record) {
					t.Errorf("length %d, %d of it at %d: bytes were lost", length, have, from)
				}
				in.release()
			}
		}
	}
}

func TestAnInboxKeepsEpochsApart(t *testing.T) {
	var i inbox
	one, two := new(epoch), new(epoch)
	i.put(one, []byte("on"))
	i.put(one, []byte("e"))
	i.put(two, []byte("two"))
	b := make([]byte, 10)
	if n, e := i.take(b); string(b[:n]) != "one" || e != one {
		t.Errorf("took %q", b[:n])
	}
	if n, e := i.take(b[:2]); string(b[:n]) != "tw" || e != two || i.size != 1 {
		t.Errorf("took %q, %d are left", b[:n], i.size)
	}
	if n, _ := i.take(b); string(b[:n]) != "o" || i.size != 0 || i.parts != nil {
		t.Errorf("took %q, %d are left", b[:n], i.size)
	}
}

// Five bytes must not cost us a big buffer.
func TestALongRecordIsNotBelievedBeforeItComes(t *testing.T) {
	record := aRecord(wire.MaxCiphertext)
	for _, have := range []int{5, 100, smallBuffer - 1} {
		in := inputWith(record, have)
		if in.prepare(); len(in.buf) != smallBuffer {
			t.Errorf("after %d bytes it holds %d", have, len(in.buf))
		}
	}
	in := inputWith(record, smallBuffer)
	if in.prepare(); len(in.buf) != bigBuffer {
		t.Errorf("it holds %d when the small one is full", len(in.buf))
	}
}
