package capture_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
)

const (
	client6 = "[2001:db8::1]:40000"
	server6 = "[2001:db8::2]:443"
)

// greet is a connection with a few bytes each way.
func greet(t *testing.T, a, b string) capturetest.Frames {
	t.Helper()
	return capturetest.Record(t, a, b, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(A, noon, []byte("hello server, how do you do?"))
		r.Send(B, noon, []byte("hello client, how do you do?"))
	})
}

// greeted checks that it came out.
func (s *story) greeted(what string) {
	s.t.Helper()
	if len(s.bytes) != 1 || string(s.bytes[1][A]) != "hello server, how do you do?" || string(s.bytes[1][B]) != "hello client, how do you do?" {
		s.t.Errorf("%s:\n%s%+v", what, lines(s.lines), s.counts)
	}
}

func TestManyLinksCarryTCP(t *testing.T) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		frames := greet(t, ends[0], ends[1])
		for name, f := range map[string]capturetest.Frames{
			"Ethernet":               frames,
			"VLAN":                   frames.Tag(7),
			"VLANs":                  frames.Tag(7, 8, 9),
			"Linux cooked":           frames.On(layers.LinkTypeLinuxSLL, capturetest.Cooked),
			"Linux cooked, 2":        frames.On(layers.LinkTypeLinuxSLL2, capturetest.Cooked2),
			"loopback":               frames.On(layers.LinkTypeNull, capturetest.Loopback(binary.LittleEndian)),
			"loopback of the other":  frames.On(layers.LinkTypeNull, capturetest.Loopback(binary.BigEndian)),
			"loopback of OpenBSD":    frames.On(layers.LinkTypeLoop, capturetest.Loopback(binary.BigEndian)),
			"raw":                    frames.On(layers.LinkTypeRaw, capturetest.Raw),
			"raw of BSD":             frames.On(12, capturetest.Raw),
			"raw of OpenBSD":         frames.On(14, capturetest.Raw),
			"PPP":                    frames.On(layers.LinkTypePPP, capturetest.PPP),
			"PPP, short":             frames.On(layers.LinkTypePPP, capturetest.PPPShort),
			"PPP in HDLC's framing":  frames.On(layers.LinkTypePPP_HDLC, capturetest.PPP),
			"PPP over Ethernet":      frames.On(layers.LinkTypeEthernet, capturetest.PPPoE),
			"802.1ad":                frames.On(layers.LinkTypeEthernet, capturetest.Tagged(0x88a8)),
			"an old way of stacking": frames.On(layers.LinkTypeEthernet, capturetest.Tagged(0x9100)),
		} {
			assemble(t, f, capture.Limits{}).greeted(name + " from " + ends[0])
		}
	}
	frames := greet(t, client, server)
	assemble(t, frames.On(layers.LinkTypeIPv4, capturetest.Raw), capture.Limits{}).greeted("raw IPv4")
	frames = greet(t, client6, server6)
	assemble(t, frames.On(layers.LinkTypeIPv6, capturetest.Raw), capture.Limits{}).greeted("raw IPv6")
}

func TestFragmentsAreJoined(t *testing.T) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		whole := greet(t, ends[0], ends[1])
		frames := whole.Fragment(8)
		s := assemble(t, frames, capture.Limits{})
		s.greeted("fragments from " + ends[0])
		if s.counts.TCP != len(whole) || s.counts.Fragments != 0 {
			t.Errorf("%+v", s.counts)
		}
		backwards := capturetest.Frames{}
		for i := range frames {
			backwards = append(backwards, frames[len(frames)-1-i])
		}
		if s := assemble(t, backwards, capture.Limits{}); s.counts.TCP != len(whole) {
			t.Errorf("backwards from %s: %+v", ends[0], s.counts)
		}
		if s := assemble(t, frames.Drop(1, 9), capture.Limits{}); s.counts.Fragments != 2 || s.counts.TCP != len(whole)-2 {
			t.Errorf("two lost from %s: %+v", ends[0], s.counts)
		}
	}
}

func TestFragmentsWaitNoLongerThanAMinute(t *testing.T) {
	frames := greet(t, client, server).Fragment(8)
	lost := frames[:1:1]
	again := append(capturetest.Frames(nil), frames...)
	for i := range again {
		again[i].Time = again[i].Time.Add(2 * time.Minute)
	}
	// The second datagram with the same identification is not completed with the first's.
	s := assemble(t, append(lost, again...), capture.Limits{})
	s.greeted("the same identification, later")
	if s.counts.Fragments != 1 {
		t.Errorf("%+v", s.counts)
	}
}

func TestFragmentsInMemoryAreBounded(t *testing.T) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		one := capturetest.Record(t, ends[0], ends[1], capture.RecorderOptions{MSS: 60000}, func(r *capture.Recorder) {
			r.Send(A, noon, make([]byte, 60000))
		})[:1]
		var frames capturetest.Frames
		for i := range 600 { // 34 MiB, of which each lacks its end
			part := one.Fragment(60000)[0]
			part.Data = append([]byte(nil), part.Data...)
			if ends[0] == client {
				binary.BigEndian.PutUint16(part.Data[14+4:], uint16(i))
			} else {
				binary.BigEndian.PutUint32(part.Data[14+40+4:], uint32(i))
			}
			frames = append(frames, part)
		}
		a := capture.NewAssembler(func(capture.Connection) capture.Sink { return nil }, capture.Limits{})
		for _, p := range frames {
			a.Add(p)
		}
		if lost := a.Counts().Fragments; lost < 300 {
			t.Errorf("from %s: only %d given up", ends[0], lost)
		}
	}
}

func TestExtensionHeadersArePassedOver(t *testing.T) {
	frames := greet(t, client6, server6)
	for i := range frames {
		data := frames[i].Data
		const header = 14 + 40
		extensions := []byte{
			60, 0, 1, 4, 0, 0, 0, 0, // hop by hop, then
			43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // destination options, then
			6, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, // routing, then TCP
		}
		length := binary.BigEndian.Uint16(data[14+4:]) + uint16(len(extensions))
		binary.BigEndian.PutUint16(data[14+4:], length)
		data[14+6] = 0
		frames[i].Data = append(append(append([]byte(nil), data[:header]...), extensions...), data[header:]...)
		frames[i].Length = len(frames[i].Data)
	}
	assemble(t, frames, capture.Limits{}).greeted("extension headers")
}

// A machine whose network card cuts segments captures datagrams that have no length yet.
func TestDatagramsWithoutALengthAreReadToTheEndOfTheirFrame(t *testing.T) {
	for at, frames := range map[int]capturetest.Frames{14 + 2: greet(t, client, server), 14 + 4: greet(t, client6, server6)} {
		for i := range frames {
			if len(capturetest.Payload(frames[i])) > 0 {
				frames[i].Data[at], frames[i].Data[at+1] = 0, 0
			}
		}
		assemble(t, frames, capture.Limits{}).greeted("no length")
	}
}

func TestWhatIsNoTCPIsCounted(t *testing.T) {
	frames := greet(t, client, server)
	arp := capture.Packet{Link: layers.LinkTypeEthernet, Data: make([]byte, 60), Length: 60}
	udp := frames[0]
	udp.Data = append([]byte(nil), udp.Data...)
	udp.Data[14+9] = 17
	wireless := capture.Packet{Link: layers.LinkTypeIEEE802_11, Data: make([]byte, 60), Length: 60}
	short := capture.Packet{Link: layers.LinkTypeEthernet, Data: frames[0].Data[:40], Length: 60}
	s := assemble(t, append(frames, arp, udp, wireless, short), capture.Limits{})
	s.greeted("others between")
	want := capture.Counts{Packets: 11, TCP: 7, Other: 2, UnknownLink: 1, Malformed: 1}
	if s.counts != want {
		t.Errorf("%+v", s.counts)
	}
}

// With the least snap lengths the end of the TCP header is cut off.
func TestAHeaderThatIsCutInItsOptionsIsRead(t *testing.T) {
	frames := capturetest.Record(t, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Open(noon)
		timestamps := []layers.TCPOption{{OptionType: layers.TCPOptionKindTimestamps, OptionLength: 10, OptionData: make([]byte, 8)}}
		r.Segment(A, noon, layers.TCP{Seq: r.Next(A), Ack: r.Next(B), ACK: true, Options: timestamps}, []byte("data"))
	}).Cut(14 + 20 + 24)
	s := assemble(t, frames, capture.Limits{})
	s.tells(
		"1: 192.0.2.1:40000 to 192.0.2.2:443, whole, frame 1",
		"1: A gap of 4, snaplen, frame 4",
		"1: A still-open, frame 4",
		"1: B still-open, frame 4",
		"1: finished, frame 4",
	)
}

func TestHeadersThatAreCutOrMakeNoSenseAreCounted(t *testing.T) {
	frame := greet(t, client, server)[3]
	frame6 := greet(t, client6, server6)[3]
	for name, p := range map[string]capture.Packet{
		"Ethernet":          {Link: layers.LinkTypeEthernet, Data: frame.Data[:13]},
		"VLAN":              {Link: layers.LinkTypeEthernet, Data: capturetest.Frames{frame}.Tag(1)[0].Data[:16]},
		"Linux cooked":      {Link: layers.LinkTypeLinuxSLL, Data: frame.Data[:15]},
		"Linux cooked, 2":   {Link: layers.LinkTypeLinuxSLL2, Data: frame.Data[:19]},
		"loopback":          {Link: layers.LinkTypeNull, Data: frame.Data[:3]},
		"PPP":               {Link: layers.LinkTypePPP, Data: []byte{0xff, 0x03, 0x00}},
		"PPP over Ethernet": {Link: layers.LinkTypePPPEthernet, Data: make([]byte, 5)},
		"nothing":           {Link: layers.LinkTypeRaw},
		"IPv4":              {Link: layers.LinkTypeRaw, Data: frame.Data[14:33]},
		"IPv6":              {Link: layers.LinkTypeRaw, Data: frame6.Data[14:53]},
		"TCP":               {Link: layers.LinkTypeRaw, Data: frame.Data[14:53]},
		"a TCP header too short": {Link: layers.LinkTypeEthernet, Data: func() []byte {
			data := bytes.Clone(frame.Data)
			data[14+20+12] = 0x40
			return data
		}()},
		"extension headers without an end": {Link: layers.LinkTypeRaw, Data: func() []byte {
			data := append(bytes.Clone(frame6.Data[14:54]), make([]byte, 200)...)
			data[5], data[6] = 200, 60
			for i := range 25 {
				data[40+8*i] = 60
			}
			return data
		}()},
	} {
		p.Length = len(p.Data)
		if s := assemble(t, capturetest.Frames{p}, capture.Limits{}); s.counts != (capture.Counts{Packets: 1, Malformed: 1}) || len(s.lines) > 0 {
			t.Errorf("%s: %+v", name, s.counts)
		}
	}
}

func TestFragmentsThatAreCutAreIncomplete(t *testing.T) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		frames := capturetest.Record(t, ends[0], ends[1], capture.RecorderOptions{}, func(r *capture.Recorder) {
			r.Segment(A, noon, layers.TCP{ACK: true}, make([]byte, 200))
		}).Fragment(160).Cut(100)
		s := assemble(t, frames, capture.Limits{})
		if s.counts.TCP != 0 || s.counts.Fragments == 0 {
			t.Errorf("from %s: %+v", ends[0], s.counts)
		}
	}
}

func TestFragmentsThatContradictEachOtherAreIncomplete(t *testing.T) {
	frames := greet(t, client, server)[3:4].Fragment(8)
	overlapping := frames[1]
	overlapping.Data = bytes.Clone(overlapping.Data)
	binary.BigEndian.PutUint16(overlapping.Data[14+2:], 20+4) // shorter, and called the last
	binary.BigEndian.PutUint16(overlapping.Data[14+6:], 1)
	s := assemble(t, append(capturetest.Frames{frames[0], frames[2], overlapping}, frames[1:]...), capture.Limits{})
	if s.counts.TCP != 0 || s.counts.Fragments == 0 {
		t.Errorf("%+v", s.counts)
	}
}
