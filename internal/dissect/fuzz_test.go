package dissect_test

import (
	"bytes"
	"encoding/binary"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
)

// sayings are what was said in the captures of the legacy client.
func sayings(t testing.TB) [][]heard {
	t.Helper()
	files, err := filepath.Glob(captures + "*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	var all [][]heard
	for _, file := range files {
		var said []heard
		assembler := capture.NewAssembler(func(capture.Connection) capture.Sink { return listener{&said} }, capture.Limits{})
		r, err := capture.NewReader(bytes.NewReader(read(t, file)), capture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for p, err := r.Next(); err == nil; p, err = r.Next() {
			assembler.Add(p)
		}
		assembler.Finish()
		all = append(all, said)
	}
	return all
}

// A listener notes what a connection carried.
type listener struct{ said *[]heard }

func (l listener) Bytes(d capture.Direction, _ capture.Mark, b []byte) {
	*l.said = append(*l.said, heard{d, bytes.Clone(b)})
}
func (listener) Gap(capture.Direction, capture.Mark, int64, trace.GapReason) {}
func (listener) End(capture.Direction, capture.Mark, trace.End, string)      {}
func (listener) Finish(capture.Mark)                                         {}

// lines is a conversation as the fuzzers have it: packets, each behind a byte that
// says what it is and two of length.
func lines(said []heard) []byte {
	var b []byte
	for _, h := range said {
		b = append(b, byte(h.direction))
		b = binary.BigEndian.AppendUint16(b, uint16(len(h.bytes)))
		b = append(b, h.bytes...)
	}
	return b
}

// act plays such lines to a dissector, gaps and ends included.
func act(ring *dissect.Keyring, whole bool, script []byte) *trace.Conversation {
	var out *trace.Conversation
	mark := capture.Mark{Frame: 1, Time: beginning}
	d := dissect.New(capture.Connection{Number: 1, A: clientAddress, B: serverAddress, Begin: mark, Whole: whole}, dissect.Options{
		Keys: ring, Done: func(c *trace.Conversation) { out = c }, MaxEvents: 64,
	})
	for len(script) >= 3 {
		direction := capture.Direction(script[0] & 1)
		n := int(binary.BigEndian.Uint16(script[1:]))
		kind := script[0] >> 1
		script = script[3:]
		mark.Frame++
		switch kind {
		case 1:
			d.Gap(direction, mark, int64(n), trace.GapLost)
		case 2:
			d.Gap(direction, mark, 0, trace.GapLate)
		default:
			part := script[:min(n, len(script))]
			script = script[len(part):]
			d.Bytes(direction, mark, part)
		}
	}
	d.End(capture.AtoB, mark, trace.EndFIN, "")
	d.Finish(mark)
	return out
}

// sane holds a conversation to what is true of any.
func sane(t *testing.T, c *trace.Conversation) {
	t.Helper()
	if len(c.Events) > 64 {
		t.Fatalf("%d events", len(c.Events))
	}
	frame := 0
	for _, e := range c.Events {
		at := max(e.Place.Frame, e.Place.Last)
		if e.Name != trace.Data && e.Name != trace.Crossed {
			if at < frame {
				t.Fatalf("the event %s of frame %d stands behind one of frame %d", e.Name, at, frame)
			}
			frame = at
		}
		if e.Place.Length < 0 || e.Place.Offset < 0 || e.Place.Last < e.Place.Frame {
			t.Fatalf("the event %s stands at %+v", e.Name, e.Place)
		}
	}
	_ = words(c)
}

func FuzzDissector(f *testing.F) {
	for _, said := range sayings(f) {
		f.Add(lines(said), true)
		f.Add(lines(said[3:]), false)
	}
	f.Add([]byte{0, 0, 5, 22, 3, 1, 0, 0, 2, 0, 9, 1, 0, 1, 21}, false)
	ring := serverKey(f)
	f.Fuzz(func(t *testing.T, script []byte, whole bool) {
		sane(t, act(ring, whole, script))
		sane(t, act(nil, whole, script))
	})
}

// Conversations that are opened with the key, a byte of them changed and a packet
// left out.
func FuzzChangedConversation(f *testing.F) {
	all := sayings(f)
	for i := range all {
		f.Add(uint8(i), uint16(300), uint8(1), uint8(7), uint16(40))
	}
	ring := serverKey(f)
	f.Fuzz(func(t *testing.T, which uint8, at uint16, change, lost uint8, cut uint16) {
		said := all[int(which)%len(all)]
		script := slices.Clone(lines(said[:min(int(lost), len(said))]))
		if int(lost) < len(said) {
			script = append(script, lines([]heard{{said[lost].direction, said[lost].bytes[min(int(cut), len(said[lost].bytes)):]}})...)
			script = append(script, lines(said[lost+1:])...)
		}
		if len(script) > 0 {
			script[int(at)%len(script)] ^= change
		}
		sane(t, act(ring, true, script))
	})
}

func FuzzKeyLog(f *testing.F) {
	f.Add([]byte("# a comment\nCLIENT_RANDOM 00 00\n"))
	f.Add(bytes.Repeat([]byte("RSA Session-ID:00 Master-Key:11\n"), 2))
	f.Add([]byte("CLIENT_TRAFFIC_SECRET_0 " + string(bytes.Repeat([]byte("ab"), 32)) + " " + string(bytes.Repeat([]byte("cd"), 48)) + "\n"))
	f.Fuzz(func(t *testing.T, log []byte) {
		ring := dissect.NewKeyring()
		if err := ring.AddLog("keys.log", bytes.NewReader(log)); err == nil {
			sane(t, act(ring, true, []byte{0, 0, 1, 22}))
		} else if len(err.Error()) > 500 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}

func FuzzKeyFile(f *testing.F) {
	f.Add(read(f, captures+"server.key"))
	f.Add(read(f, captures+"server.crt"))
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := dissect.NewKeyring().AddKey("some.key", text); err != nil && len(err.Error()) > 600 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
