package packets_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/sanitize/packets"
)

// pack joins packets of a link to an input of the fuzzer, which is free to join them otherwise.
func pack(frames capturetest.Frames) []byte {
	var out []byte
	for _, p := range frames {
		out = binary.BigEndian.AppendUint16(out, uint16(len(p.Data)))
		out = append(out, p.Data...)
	}
	return out
}

// unpack takes them apart.
func unpack(link uint8, cut uint8, in []byte) capturetest.Frames {
	var frames capturetest.Frames
	for len(in) >= 2 && len(frames) < 64 {
		n := min(int(binary.BigEndian.Uint16(in)), len(in)-2)
		frames = append(frames, capture.Packet{Frame: len(frames) + 1, Time: noon, Link: layers.LinkType(link), Data: in[2 : 2+n], Length: n + int(cut)})
		in = in[2+n:]
	}
	return frames
}

// carries counts the segments that an assembler sees in packets.
func carries(a *capture.Assembler, p capture.Packet) int {
	before := a.Counts().TCP
	a.Add(p)
	return a.Counts().TCP - before
}

func newAssembler() *capture.Assembler {
	return capture.NewAssembler(func(capture.Connection) capture.Sink { return nil }, capture.Limits{})
}

func FuzzPacketsShowNothingOfThePayload(f *testing.F) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		whole := talk(f, ends[0], ends[1], capture.RecorderOptions{})
		for _, frames := range links(whole[:5]) {
			f.Add(uint8(frames[0].Link), uint8(0), pack(frames))
		}
		f.Add(uint8(layers.LinkTypeEthernet), uint8(0), pack(whole[3:5].Fragment(8)))
		f.Add(uint8(layers.LinkTypeEthernet), uint8(9), pack(whole))
	}
	d := inventor(f, disguise.Options{})
	f.Fuzz(func(t *testing.T, link, cut uint8, in []byte) {
		r := packets.New(d)
		old, made := newAssembler(), newAssembler()
		for _, p := range unpack(link, cut, in) {
			before := slices.Clone(p.Data)
			n := carries(old, p)
			out, fate := r.Rewrite(p, nil)
			if !bytes.Equal(before, p.Data) {
				t.Fatal("the original was written to")
			}
			if fate != packets.Written {
				continue
			}
			if n != 1 {
				t.Fatalf("frame %d has %d segments, and was written: %x becomes %x", p.Frame, n, p.Data, out.Data)
			}
			if carries(made, out) != 1 {
				t.Fatalf("frame %d is no segment any more: %x becomes %x", p.Frame, p.Data, out.Data)
			}
			if out.Length < len(out.Data) {
				t.Fatalf("%d of %d bytes", len(out.Data), out.Length)
			}
		}
		if a, b := old.Counts().TCP, r.Counts()[packets.Written]; a != b {
			t.Fatalf("%d segments, %d written", a, b)
		}
	})
}
