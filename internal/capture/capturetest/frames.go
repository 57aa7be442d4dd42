// Package capturetest makes captures for tests: conversations recorded as packets, and
// what happens to packets on their way into a file.
package capturetest

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
)

// Frames are the packets of a capture. Frame n of Wireshark's is at n-1. No method changes
// the frames it is called on.
type Frames []capture.Packet

// Packet adds one, as a Recorder does.
func (f *Frames) Packet(p capture.Packet) error {
	p.Data = slices.Clone(p.Data)
	*f = append(*f, p)
	return nil
}

// Record gives the packets of a connection from a to b, which are written "192.0.2.1:40000".
func Record(t testing.TB, a, b string, o capture.RecorderOptions, talk func(*capture.Recorder)) Frames {
	t.Helper()
	var frames Frames
	r := capture.NewRecorder(&frames, netip.MustParseAddrPort(a), netip.MustParseAddrPort(b), o)
	talk(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	return frames
}

// Drop leaves frames out.
func (f Frames) Drop(numbers ...int) Frames {
	var kept Frames
	for i, p := range f {
		if !slices.Contains(numbers, i+1) {
			kept = append(kept, p)
		}
	}
	return kept
}

// Swap exchanges two frames, each in the other's place and at the other's time.
func (f Frames) Swap(m, n int) Frames {
	f = slices.Clone(f)
	a, b := &f[m-1], &f[n-1]
	*a, *b = *b, *a
	a.Time, b.Time = b.Time, a.Time
	return f
}

// Repeat puts a frame in again, behind another and at that one's time.
func (f Frames) Repeat(n, behind int) Frames {
	p := f[n-1]
	p.Time = f[behind-1].Time
	return slices.Insert(slices.Clone(f), behind, p)
}

// Change makes the last bytes of a frame's payload other ones. Its checksum is wrong then.
func (f Frames) Change(n, bytes int) Frames {
	f = slices.Clone(f)
	f[n-1].Data = slices.Clone(f[n-1].Data)
	payload := Payload(f[n-1])
	for i := range payload[len(payload)-bytes:] {
		payload[len(payload)-bytes+i] ^= 0xff
	}
	return f
}

// Payload is what the TCP segment in an Ethernet frame carries.
func Payload(p capture.Packet) []byte {
	ip := datagram(p.Data)
	tcp := ip[20:]
	if ip[0]>>4 == 6 {
		tcp = ip[40:]
	}
	return tcp[tcp[12]>>4*4:]
}

// datagram is the IP datagram in an Ethernet frame, without what fills the frame up.
func datagram(frame []byte) []byte {
	ip := frame[14:]
	if ip[0]>>4 == 6 {
		return ip[:40+int(binary.BigEndian.Uint16(ip[4:]))]
	}
	return ip[:binary.BigEndian.Uint16(ip[2:])]
}

// From begins with a frame.
func (f Frames) From(n int) Frames { return f[n-1:] }

// Cut cuts all frames at a snap length.
func (f Frames) Cut(snaplen int) Frames {
	f = slices.Clone(f)
	for i := range f {
		f[i].Data = f[i].Data[:min(snaplen, len(f[i].Data))]
	}
	return f
}

// Tag puts VLAN tags into Ethernet frames, the outermost first.
func (f Frames) Tag(vlans ...uint16) Frames {
	return f.edit(func(data []byte) []byte {
		var tags []byte
		for _, id := range vlans {
			tags = binary.BigEndian.AppendUint16(tags, 0x8100)
			tags = binary.BigEndian.AppendUint16(tags, id)
		}
		return slices.Insert(data, 12, tags...)
	})
}

// TTL makes the time-to-live of a frame another one. Its checksum is wrong then.
func (f Frames) TTL(n int, ttl byte) Frames {
	changed := f[n-1 : n].edit(func(data []byte) []byte {
		if data[14]>>4 == 4 {
			data[14+8] = ttl
		} else {
			data[14+7] = ttl
		}
		return data
	})
	f = slices.Clone(f)
	f[n-1] = changed[0]
	return f
}

// edit gives each frame other bytes.
func (f Frames) edit(change func(data []byte) []byte) Frames {
	f = slices.Clone(f)
	for i := range f {
		missing := f[i].Length - len(f[i].Data)
		f[i].Data = change(slices.Clone(f[i].Data))
		f[i].Length = len(f[i].Data) + missing
	}
	return f
}

// Merge joins captures into one, by the times of their packets.
func Merge(captures ...Frames) Frames {
	all := slices.Concat(captures...)
	slices.SortStableFunc(all, func(a, b capture.Packet) int { return a.Time.Compare(b.Time) })
	return all
}
