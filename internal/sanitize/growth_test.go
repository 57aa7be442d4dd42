package sanitize_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/trace"
)

// unmeasured is a shape without lengths and places of bytes.
func unmeasured(all []*trace.Conversation) string {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "connection %d: %s, frames %d to %d\n", c.Number, c.Protocol, c.First, c.Last)
		for _, e := range c.Events {
			switch d := e.Detail.(type) {
			case trace.DataDetail:
				d.FromClient, d.ToClient = min(d.FromClient, 1), min(d.ToClient, 1)
				e.Detail = d
			case trace.SecondHelloDetail:
				d.FromClient, d.ToClient = 0, 0
				e.Detail = d
			case trace.RecordDetail:
				d.Length = 0
				e.Detail = d
			case trace.GapDetail:
				if d.Why != trace.GapChanged {
					d.Bytes = 0
				}
				e.Detail = d
			}
			fmt.Fprintf(&b, "%v %d-%d %v %v epoch %d %s: %s\n", e.At, e.Place.Frame, e.Place.Last, e.Name, e.From, e.Epoch, e.Finding, detail(e.Detail))
		}
		for _, f := range diagnose.Diagnose(c).Findings {
			fmt.Fprintf(&b, "finding %s %v %v %v %v\n", f.ID, f.Level, f.Culprit, f.Confidence, f.Frames)
		}
	}
	return b.String()
}

// Where records of application data are made longer, all the rest stays: the numbers of
// both streams move with them.
func TestWhatIsFoundStaysWhereRecordsGrow(t *testing.T) {
	for _, name := range all(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			whole, secrets := frames(t, read(t, name))
			for round := range 8 {
				list := whole
				if round > 1 {
					list = harm(whole, rand.New(rand.NewPCG(uint64(round), 13)))
				}
				file := list.Pcapng(t, capture.WriterOptions{Link: list[0].Link}, secrets...)
				withKey := round%2 == 0
				made := sanitized(t, file, sanitize.Options{Keys: ring(t, withKey), Growths: &memory{}})
				was, is := unmeasured(told(t, file, ring(t, withKey), true)), unmeasured(told(t, made, dissect.NewKeyring(), true))
				if was != is {
					t.Errorf("round %d, key %v: %s", round, withKey, difference(was, is))
				}
			}
		})
	}
}

// With a key log, records hold one of a few amounts.
func TestRecordsGrowToAFewSizes(t *testing.T) {
	file := read(t, captures+"rig/parley-none-tls1_2-ECDHE-RSA-AES256-GCM-SHA384.pcapng")
	made := sanitized(t, file, sanitize.Options{Keys: ring(t, false), Growths: &memory{}})
	sizes := map[int]int{}
	keys := dissect.NewKeyring()
	r, err := capture.NewReader(bytes.NewReader(made), capture.Options{Secrets: func(b capture.SecretsBlock) { _ = keys.AddSecrets(b) }})
	if err != nil {
		t.Fatal(err)
	}
	streams := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: keys, Record: func(r dissect.Record) {
			if r.Type == 23 && !r.Sealed {
				sizes[len(r.Content)]++
			}
		}})
	}, capture.Limits{})
	for p, err := r.Next(); err == nil; p, err = r.Next() {
		streams.Add(p)
	}
	streams.Finish()
	if len(sizes) == 0 {
		t.Error("no record of application data opens")
	}
	for n := range sizes {
		if n != 256 && n != 1024 && n != 4096 && n != 16384 {
			t.Errorf("a record of %d bytes", n)
		}
	}
}

// The packets of streams that grew are as a network would have them.
func TestChecksumsAndLengthsAreRightWhereRecordsGrow(t *testing.T) {
	file := read(t, captures+"rig/parley-reset-tls1_2-ECDHE-RSA-AES256-GCM-SHA384.pcapng")
	list, _ := frames(t, sanitized(t, file, sanitize.Options{Keys: ring(t, false), Growths: &memory{}}))
	longer := 0
	was, _ := frames(t, file)
	for i, p := range list {
		ip := p.Data[14:]
		total := int(ip[2])<<8 | int(ip[3])
		segment := ip[20:total]
		if sum(ip[:20]) != 0xffff {
			t.Errorf("frame %d: the checksum of its IP header is wrong", i+1)
		}
		pseudo := append(append([]byte{}, ip[12:20]...), 0, 6, byte(len(segment)>>8), byte(len(segment)))
		if sum(append(pseudo, segment...)) != 0xffff {
			t.Errorf("frame %d: the checksum of its segment is wrong", i+1)
		}
		if p.Length != len(p.Data) {
			t.Errorf("frame %d has %d bytes, and says %d", i+1, len(p.Data), p.Length)
		}
		if len(p.Data) > len(was[i].Data) {
			longer++
		}
	}
	if longer == 0 {
		t.Error("no packet grew")
	}
}

// sum is RFC 1071's.
func sum(b []byte) uint16 {
	total := uint32(0)
	for i, c := range b {
		total += uint32(c) << (8 * (1 - i%2))
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return uint16(total)
}
