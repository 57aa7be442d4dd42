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

func option(kind byte, data ...byte) layers.TCPOption {
	return layers.TCPOption{OptionType: layers.TCPOptionKind(kind), OptionLength: uint8(2 + len(data)), OptionData: data}
}

func TestOptionsThatIdentifyNobodyStay(t *testing.T) {
	in := segment(t, layers.TCP{SYN: true, Seq: 1, Options: []layers.TCPOption{option(2, 5, 0xb4), option(4), option(3, 7)}})
	out, _ := rewriter(t, disguise.Options{}).Rewrite(in, nil)
	if got, want := tcpOf(out)[20:], tcpOf(in)[20:]; !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

func TestOptionsThatCanIdentifyDoNothing(t *testing.T) {
	for _, kind := range []byte{19, 28, 29, 30, 34, 253, 254, 99} {
		in := segment(t, layers.TCP{SYN: true, Seq: 1, Options: []layers.TCPOption{option(2, 5, 0xb4), option(kind, 0xca, 0xfe, 0xba, 0xbe, 0xca, 0xfe)}})
		r := rewriter(t, disguise.Options{})
		out, _ := r.Rewrite(in, nil)
		if got, want := tcpOf(out)[20:], append([]byte{2, 4, 5, 0xb4}, bytes.Repeat([]byte{1}, 8)...); !bytes.Equal(got, want) || r.Options() != 1 {
			t.Errorf("%d: %x, want %x", kind, got, want)
		}
	}
}

// clock is a timestamps option.
func clock(value, echo uint32) layers.TCPOption {
	return option(8, binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, value), echo)...)
}

func TestTimestampsKeepTheirDifferences(t *testing.T) {
	frames := capturetest.Record(t, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Segment(capture.AtoB, noon, layers.TCP{SYN: true, Options: []layers.TCPOption{clock(1000, 0)}}, nil)
		r.Segment(capture.BtoA, noon, layers.TCP{SYN: true, ACK: true, Options: []layers.TCPOption{clock(70000, 1000)}}, nil)
		r.Segment(capture.AtoB, noon, layers.TCP{ACK: true, Options: []layers.TCPOption{clock(1010, 70000)}}, nil)
		r.Segment(capture.BtoA, noon, layers.TCP{ACK: true, Options: []layers.TCPOption{clock(70007, 1010)}}, nil)
	})
	var value, echo []uint32
	for _, p := range rewrite(t, rewriter(t, disguise.Options{}), frames) {
		times := tcpOf(p)[22:]
		value, echo = append(value, binary.BigEndian.Uint32(times)), append(echo, binary.BigEndian.Uint32(times[4:]))
	}
	if value[0] == 1000 || value[1] == 70000 {
		t.Errorf("a clock stayed: %v", value)
	}
	if echo[0] != 0 || echo[1] != value[0] || echo[2] != value[1] || echo[3] != value[2] || value[2]-value[0] != 10 || value[3]-value[1] != 7 {
		t.Errorf("values %v, echoes %v", value, echo)
	}
}

func TestSelectiveAcknowledgementsMoveWithTheNumbers(t *testing.T) {
	edges := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, 5100), 5200)
	in := segment(t, layers.TCP{ACK: true, Seq: 1, Ack: 5000, Options: []layers.TCPOption{option(5, edges...)}})
	out, _ := rewriter(t, disguise.Options{}).Rewrite(in, nil)
	tcp := tcpOf(out)
	ack := binary.BigEndian.Uint32(tcp[8:])
	if ack == 5000 || binary.BigEndian.Uint32(tcp[22:]) != ack+100 || binary.BigEndian.Uint32(tcp[26:]) != ack+200 {
		t.Errorf("%x", tcp)
	}
}

func TestRoutesOfIPHaveOtherAddresses(t *testing.T) {
	in := segment(t, layers.TCP{ACK: true})
	route := []byte{7, 11, 12, 172, 16, 200, 31, 172, 16, 200, 32, 0}
	in.Data = slices.Insert(slices.Clone(in.Data), 14+20, route...)
	in.Data[14] = 0x48
	binary.BigEndian.PutUint16(in.Data[14+2:], uint16(len(in.Data)-14))
	in.Length = len(in.Data)
	out, fate := rewriter(t, disguise.Options{}).Rewrite(in, nil)
	if want := []byte{7, 11, 12, 192, 0, 2, 1, 192, 0, 2, 2, 0}; fate != packets.Written || !bytes.Equal(out.Data[14+20:14+32], want) {
		t.Errorf("%d: %x, want %x", fate, out.Data[14:], want)
	}
	in.Data[14+20] = 130 // a security label
	out, _ = rewriter(t, disguise.Options{}).Rewrite(in, nil)
	if want := append(bytes.Repeat([]byte{1}, 11), 0); !bytes.Equal(out.Data[14+20:14+32], want) {
		t.Errorf("%x, want %x", out.Data[14:], want)
	}
}

func TestExtensionHeadersSayNothingMore(t *testing.T) {
	in := capturetest.Record(t, client6, server6, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Segment(capture.AtoB, noon, layers.TCP{ACK: true}, []byte("hello"))
	})[0]
	route := append([]byte{60, 2, 0, 1, 9, 9, 9, 9}, address(client6)...)
	options := append([]byte{6, 1}, "secret option!"...)
	in.Data = slices.Insert(slices.Clone(in.Data), 14+40, slices.Concat(route, options)...)
	in.Data[14+6] = 43
	binary.BigEndian.PutUint16(in.Data[14+4:], uint16(len(in.Data)-14-40))
	in.Length = len(in.Data)
	out, fate := rewriter(t, disguise.Options{}).Rewrite(in, []byte("HELLO"))
	if fate != packets.Written || len(out.Data) != len(in.Data) {
		t.Fatalf("%d", fate)
	}
	if bytes.Contains(out.Data, []byte("secret")) || bytes.Contains(out.Data, address(client6)) || bytes.Contains(out.Data, []byte{9, 9, 9, 9}) {
		t.Errorf("%x", out.Data)
	}
	if made := assemble(capturetest.Frames{out}); string(made.bytes[0]) != "HELLO" {
		t.Errorf("%+v", made)
	}
}
