package capture_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/trace"
)

// A guard is a Sink that holds an Assembler to what it promises of any packets.
type guard struct {
	t        *testing.T
	ended    [2]bool
	orders   [2]int
	last     int
	finished bool
}

func (g *guard) check(d capture.Direction, at capture.Mark) {
	if g.finished || g.ended[d] {
		g.t.Fatal("told something behind the end")
	}
	g.orders[d] = max(g.orders[d], at.Frame)
	if g.orders[d] < g.last {
		g.t.Fatalf("frame %d is told behind frame %d", g.orders[d], g.last)
	}
	g.last = g.orders[d]
}

func (g *guard) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	g.check(d, at)
	if len(b) == 0 {
		g.t.Fatal("no bytes")
	}
}

func (g *guard) Gap(d capture.Direction, at capture.Mark, n int64, why trace.GapReason) {
	g.check(d, at)
	if n < 0 || n == 0 && why != trace.GapLate && why != trace.GapLost && why != trace.GapLimit {
		g.t.Fatalf("a gap of %d, %s", n, why)
	}
}

func (g *guard) End(d capture.Direction, at capture.Mark, how trace.End, _ string) {
	if how == trace.EndFIN || how == trace.EndReset {
		g.check(d, at)
	} else if g.finished || g.ended[d] {
		g.t.Fatal("ends behind the end")
	}
	g.ended[d] = true
}

func (g *guard) Finish(capture.Mark) {
	if g.finished {
		g.t.Fatal("finished twice")
	}
	g.finished = true
}

// feed gives packets to an assembler with narrow limits.
func feed(t *testing.T, frames capturetest.Frames) {
	var guards []*guard
	a := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		if c.Number != len(guards)+1 {
			t.Fatalf("connection %d is the %dth", c.Number, len(guards)+1)
		}
		guards = append(guards, &guard{t: t})
		return guards[len(guards)-1]
	}, capture.Limits{Connections: 8, HeldByOne: 4 << 10, Held: 8 << 10, History: 8 << 10})
	for _, p := range frames {
		a.Add(p)
	}
	a.Finish()
	for _, g := range guards {
		if !g.finished {
			t.Fatal("not finished")
		}
	}
	if n := a.Counts(); n.Packets != len(frames) || n.Packets < n.TCP+n.Other+n.UnknownLink+n.Malformed {
		t.Fatalf("%+v of %d", n, len(frames))
	}
}

func FuzzFilesDoNoHarm(f *testing.F) {
	captures, err := filepath.Glob("../../testdata/captures/*.pcap")
	if err != nil || len(captures) == 0 {
		f.Fatal("no captures", err)
	}
	for _, name := range captures {
		file, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file[:min(len(file), 700)])
	}
	frames := capturetest.Record(f, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("hello"))
		r.Close(A, noon)
	})
	f.Add(frames.Pcap(binary.BigEndian, true))
	f.Add(frames.Pcapng(f, capture.WriterOptions{Comment: capture.Sanitized}))
	f.Add(bigEndian(frames))
	f.Add(obsolete(frames))
	f.Add(capturetest.Gzip(f, bigEndian(frames)))
	f.Fuzz(func(t *testing.T, file []byte) {
		frames, r, err := read(bytes.NewReader(file), capture.Options{Secrets: func(capture.SecretsBlock) {}})
		if r == nil {
			if err == nil {
				t.Fatal("neither a reader nor an error")
			}
			return
		}
		last := 0
		for _, p := range frames {
			if p.Frame <= last || p.Length < len(p.Data) {
				t.Fatalf("frame %d behind %d, %d of %d bytes", p.Frame, last, len(p.Data), p.Length)
			}
			last = p.Frame
		}
		feed(t, frames)
	})
}

func FuzzSecretsBlock(f *testing.F) {
	f.Add(uint32(capture.SecretsTLSKeyLog), uint32(4), []byte("abcd"))
	f.Add(uint32(0), uint32(9), []byte("abcd"))
	f.Fuzz(func(t *testing.T, kind, length uint32, body []byte) {
		b := &pcapngBuilder{order: binary.BigEndian}
		b.section()
		b.block(10, b.u32(kind), b.u32(length), body)
		padded := (len(body) + 3) &^ 3
		met := 0
		_, _, err := read(bytes.NewReader(b.file), capture.Options{Secrets: func(s capture.SecretsBlock) {
			met++
			if s.Type != kind || len(s.Data) != int(length) || !bytes.Equal(s.Data[:min(len(s.Data), len(body))], body[:min(len(s.Data), len(body))]) {
				t.Fatalf("%x: %q", s.Type, s.Data)
			}
		}})
		if fits := uint64(length) <= uint64(padded); fits != (err == nil) || fits != (met == 1) {
			t.Fatalf("%d of %d bytes: met %d, %v", length, padded, met, err)
		}
	})
}

// Frames of any content, on any link.
func FuzzLinks(f *testing.F) {
	links := []layers.LinkType{
		layers.LinkTypeEthernet, layers.LinkTypeNull, layers.LinkTypeLoop, layers.LinkTypeRaw, layers.LinkTypePPP,
		layers.LinkTypePPP_HDLC, layers.LinkTypePPPEthernet, layers.LinkTypeLinuxSLL, layers.LinkTypeLinuxSLL2,
	}
	one := capturetest.Record(f, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) { r.Send(A, noon, []byte("hello")) })
	six := capturetest.Record(f, client6, server6, capture.RecorderOptions{}, func(r *capture.Recorder) { r.Send(A, noon, []byte("hello")) })
	f.Add(uint8(0), 0, one[0].Data)
	f.Add(uint8(0), 0, six[0].Data)
	f.Add(uint8(0), 0, one.Tag(1, 2)[0].Data)
	f.Add(uint8(0), 0, one.Fragment(8)[0].Data)
	f.Add(uint8(0), 0, six.Fragment(8)[1].Data)
	f.Add(uint8(7), 10, one.On(layers.LinkTypeLinuxSLL, capturetest.Cooked)[0].Data)
	f.Add(uint8(4), 0, one.On(layers.LinkTypePPP, capturetest.PPP)[0].Data)
	f.Fuzz(func(t *testing.T, link uint8, missing int, frame []byte) {
		p := capture.Packet{
			Time:   noon,
			Link:   links[int(link)%len(links)],
			Data:   frame,
			Length: len(frame) + min(max(missing, 0), 1<<16),
		}
		var frames capturetest.Frames
		for i := range 3 {
			p.Frame = i + 1
			frames = append(frames, p)
		}
		feed(t, frames)
	})
}

// TCP segments with any numbers and flags, at any time, on one tuple and both ways: six bytes each.
func FuzzSegments(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x12\x80\x00\x00\x00\x00\x10\x00\x01\x08\x01\x00\x10\x80\x01\x08\x01\x00\x11\x00\x09\x00\x01\x00\x04\x80\x09\x00\x01\x00"))
	f.Fuzz(func(t *testing.T, script []byte) {
		at := noon
		frames := capturetest.Record(t, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) {
			for step := range slices.Chunk(script, 6) {
				if len(step) < 6 {
					return
				}
				flags := step[0]
				d := capture.Direction(step[1] >> 7)
				at = at.Add(time.Duration(step[5]) * 10 * time.Millisecond)
				r.Segment(d, at, layers.TCP{
					FIN: flags&1 != 0, SYN: flags&2 != 0, RST: flags&4 != 0, ACK: flags&16 != 0,
					Seq: far(step[2]), Ack: far(step[4]),
				}, make([]byte, int(step[3])*int(step[1]&7)))
			}
		})
		for i := range frames {
			frames[i].Frame = i + 1
			frames[i].Data = frames[i].Data[:len(frames[i].Data)-min(int(script[i*6])>>5, len(frames[i].Data))]
		}
		feed(t, frames)
	})
}

// far makes a sequence number of a byte: most are near each other, some are not.
func far(b byte) uint32 {
	if b < 0xf0 {
		return uint32(b) * 4
	}
	return uint32(b&0xf) << 28
}
