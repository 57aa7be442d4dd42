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

// patched is a packet with other bytes in some places.
func patched(p capture.Packet, bytes map[int]byte) capture.Packet {
	p.Data = slices.Clone(p.Data)
	for at, b := range bytes {
		p.Data[at] = b
	}
	return p
}

// one gives the likeness of a packet.
func one(t *testing.T, p capture.Packet) []byte {
	t.Helper()
	out, fate := rewriter(t, disguise.Options{}).Rewrite(p, nil)
	if fate != packets.Written {
		t.Fatalf("%d", fate)
	}
	return slices.Clone(out.Data)
}

func TestBitsWithoutAMeaningAreZero(t *testing.T) {
	const ip, tcp = 14, 14 + 20
	in := patched(segment(t, layers.TCP{ACK: true, PSH: true}), map[int]byte{
		ip + 1: 0xb9, ip + 6: 0xc0, ip + 8: 77,
		tcp + 12: 0x5f, tcp + 13: 0xd8, tcp + 18: 0xca, tcp + 19: 0xfe,
	})
	out := one(t, in)
	if out[ip+1] != 0xb9 || out[ip+6] != 0x40 || out[ip+8] != 77 {
		t.Errorf("IP: %x", out[ip:tcp])
	}
	if out[tcp+12] != 0x51 || out[tcp+13] != 0xd8 || out[tcp+18] != 0 || out[tcp+19] != 0 {
		t.Errorf("TCP: %x", out[tcp:])
	}
	in.Data[tcp+13] |= 0x20 // URG
	if out := one(t, in); out[tcp+18] != 0xca || out[tcp+19] != 0xfe {
		t.Errorf("TCP: %x", out[tcp:])
	}
	in.Data[tcp+13] &^= 0x10 // no ACK
	binary.BigEndian.PutUint32(in.Data[tcp+8:], 0xcafebabe)
	if out := one(t, in); !bytes.Equal(out[tcp+8:tcp+12], make([]byte, 4)) {
		t.Errorf("TCP: %x", out[tcp:])
	}
}

func TestIdentificationsMoveTogetherAndNoneStaysNone(t *testing.T) {
	const id = 14 + 4
	r := rewriter(t, disguise.Options{})
	in := segment(t, layers.TCP{ACK: true})
	var made []uint16
	for _, n := range []uint16{1, 2, 65535, 0} {
		binary.BigEndian.PutUint16(in.Data[id:], n)
		out, _ := r.Rewrite(in, nil)
		made = append(made, binary.BigEndian.Uint16(out.Data[id:]))
	}
	if made[0] == 1 || made[1] != made[0]%65535+1 || made[0] != made[2]%65535+1 || made[3] != 0 {
		t.Errorf("%v", made)
	}
}

func TestFlowLabelsAreReplacedAndClassesStay(t *testing.T) {
	const ip = 14
	in := capturetest.Record(t, client6, server6, capture.RecorderOptions{}, func(r *capture.Recorder) { r.Open(noon) })[0]
	if out := one(t, in); binary.BigEndian.Uint32(out[ip:]) != 0x60000000 {
		t.Errorf("%x", out[ip:ip+4])
	}
	out := one(t, patched(in, map[int]byte{ip: 0x6b, ip + 1: 0x8a, ip + 2: 0xbc, ip + 3: 0xde}))
	if n := binary.BigEndian.Uint32(out[ip:]); n>>20 != 0x6b8 || n&0xfffff == 0xabcde || n&0xfffff == 0 {
		t.Errorf("%x", out[ip:ip+4])
	}
}

func TestNumbersOfLinksAreReplaced(t *testing.T) {
	frames := talk(t, client, server, capture.RecorderOptions{})[:1]
	out := one(t, frames.Tag(0xa064)[0])
	if n := binary.BigEndian.Uint16(out[14:]); n>>12 != 0xa || n&0xfff == 0x064 {
		t.Errorf("VLAN: %x", out[12:18])
	}
	out = one(t, patched(frames.On(layers.LinkTypeEthernet, capturetest.PPPoE)[0], map[int]byte{14 + 2: 0xca, 14 + 3: 0xfe}))
	if bytes.Equal(out[14+2:14+4], []byte{0xca, 0xfe}) {
		t.Errorf("session: %x", out[14:20])
	}
	out = one(t, patched(frames.On(layers.LinkTypeLinuxSLL2, capturetest.Cooked2)[0], map[int]byte{2: 9, 4: 0xca, 5: 0xfe, 10: 99, 18: 7, 19: 7}))
	if out[2] != 0 || bytes.Equal(out[4:6], []byte{0xca, 0xfe}) || out[10] != 0 || out[18] != 0 || out[19] != 0 {
		t.Errorf("cooked, 2: %x", out[:20])
	}
	out = one(t, patched(frames.On(layers.LinkTypeLinuxSLL, capturetest.Cooked)[0], map[int]byte{1: 99, 12: 7, 13: 7}))
	if out[1] != 0 || out[12] != 0 || out[13] != 0 {
		t.Errorf("cooked: %x", out[:16])
	}
	out = one(t, patched(frames.On(layers.LinkTypeNull, capturetest.Loopback(binary.BigEndian))[0], map[int]byte{3: 99}))
	if !bytes.Equal(out[:4], []byte{0, 0, 0, 2}) {
		t.Errorf("loopback: %x", out[:4])
	}
}

func TestAddressesOfOtherCardsAreNoise(t *testing.T) {
	frames := talk(t, client, server, capture.RecorderOptions{})[:1]
	in := patched(frames.On(layers.LinkTypeLinuxSLL, capturetest.Cooked)[0], map[int]byte{5: 8})
	copy(in.Data[6:14], "infinite")
	if out := one(t, in); bytes.Contains(out, []byte("infinite")) || bytes.Contains(out, make([]byte, 8)) && bytes.Equal(out[6:14], make([]byte, 8)) {
		t.Errorf("%x", out[:16])
	}
}

func TestLengthsOfPPPoEFollowTheDatagram(t *testing.T) {
	whole := talk(t, client, server, capture.RecorderOptions{})
	for name, frames := range map[string]capturetest.Frames{
		"Ethernet":        whole.Fragment(8).On(layers.LinkTypeEthernet, capturetest.PPPoE),
		"Linux cooked, 2": overCooked2(whole.Fragment(8).On(layers.LinkTypeEthernet, capturetest.PPPoE)),
	} {
		out := rewrite(t, rewriter(t, disguise.Options{}), frames)
		if len(out) != len(whole) {
			t.Fatalf("%s: %d of %d", name, len(out), len(whole))
		}
		for _, p := range out[3:5] {
			at := 14
			if p.Link == layers.LinkTypeLinuxSLL2 {
				at = 20
			}
			if got := int(binary.BigEndian.Uint16(p.Data[at+4:])); got != len(p.Data)-at-6 {
				t.Errorf("%s: %d of %d", name, got, len(p.Data)-at-6)
			}
		}
	}
}

// overCooked2 puts what Ethernet frames carry behind the header of Linux's "any" device.
func overCooked2(frames capturetest.Frames) capturetest.Frames {
	frames = slices.Clone(frames)
	for i := range frames {
		data := frames[i].Data
		header := slices.Concat(data[12:14], []byte{0, 0, 0, 0, 0, 3, 0, 1, 0, 6}, data[6:12], []byte{0, 0})
		frames[i].Link, frames[i].Data = layers.LinkTypeLinuxSLL2, append(header, data[14:]...)
		frames[i].Length = len(frames[i].Data)
	}
	return frames
}
