package packets_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/sanitize/packets"
	"github.com/parley-tls/parley/internal/trace"
)

var noon = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// The ends of connections, whose addresses are in no range for documentation.
const (
	client  = "172.16.200.31:40000"
	server  = "172.16.200.32:443"
	client6 = "[2a00:1450:77:88::31]:40000"
	server6 = "[2a00:1450:77:88::32]:443"
)

// inventor makes a Disguise with a key that is always the same.
func inventor(t testing.TB, o disguise.Options) *disguise.Disguise {
	t.Helper()
	d, err := disguise.New(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), o)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func rewriter(t testing.TB, o disguise.Options) *packets.Rewriter {
	t.Helper()
	return packets.New(inventor(t, o))
}

// talk is a connection with a few bytes each way, and its end.
func talk(t testing.TB, a, b string, o capture.RecorderOptions) capturetest.Frames {
	return capturetest.Record(t, a, b, o, func(r *capture.Recorder) {
		r.Open(noon)
		r.Send(capture.AtoB, noon, []byte("hello server, how do you do?"))
		r.Send(capture.BtoA, noon, []byte("hello client, how do you do?"))
		r.Close(capture.AtoB, noon)
		r.Close(capture.BtoA, noon)
	})
}

// streams are what an assembler makes of packets.
type streams struct {
	ends    [2]string
	bytes   [2][]byte
	frames  map[int][]byte // payloads by frame
	gaps    int
	counts  capture.Counts
	endings int
}

func (s *streams) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	s.bytes[d] = append(s.bytes[d], b...)
	s.frames[at.Frame] = append(s.frames[at.Frame], b...)
}
func (s *streams) Gap(capture.Direction, capture.Mark, int64, trace.GapReason) { s.gaps++ }
func (s *streams) End(_ capture.Direction, _ capture.Mark, how trace.End, _ string) {
	if how == trace.EndFIN {
		s.endings++
	}
}
func (s *streams) Finish(capture.Mark) {}

// assemble puts the one connection of packets together.
func assemble(frames capturetest.Frames) *streams {
	s := &streams{frames: map[int][]byte{}}
	a := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		s.ends = [2]string{c.A.String(), c.B.String()}
		return s
	}, capture.Limits{})
	for i, p := range frames {
		p.Frame = i + 1
		a.Add(p)
	}
	a.Finish()
	s.counts = a.Counts()
	return s
}

// loud is another payload of the same length.
func loud(b []byte) []byte { return bytes.ToUpper(b) }

// rewrite writes packets anew with payloads made loud.
func rewrite(t testing.TB, r *packets.Rewriter, frames capturetest.Frames) capturetest.Frames {
	t.Helper()
	payloads := assemble(frames).frames
	var out capturetest.Frames
	for i, p := range frames {
		p.Frame = i + 1
		made, fate := r.Rewrite(p, loud(payloads[p.Frame]))
		if fate != packets.Written {
			continue
		}
		if err := out.Packet(made); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// links are the ways in which datagrams are captured.
func links(frames capturetest.Frames) map[string]capturetest.Frames {
	return map[string]capturetest.Frames{
		"Ethernet":              frames,
		"VLAN":                  frames.Tag(7),
		"VLANs":                 frames.Tag(7, 8, 9),
		"Linux cooked":          frames.On(layers.LinkTypeLinuxSLL, capturetest.Cooked),
		"Linux cooked, 2":       frames.On(layers.LinkTypeLinuxSLL2, capturetest.Cooked2),
		"VLAN, Linux cooked":    tagged(frames.On(layers.LinkTypeLinuxSLL, capturetest.Cooked), 14, 16),
		"VLAN, Linux cooked, 2": tagged(frames.On(layers.LinkTypeLinuxSLL2, capturetest.Cooked2), 0, 20),
		"loopback":              frames.On(layers.LinkTypeNull, capturetest.Loopback(binary.LittleEndian)),
		"loopback of the other": frames.On(layers.LinkTypeNull, capturetest.Loopback(binary.BigEndian)),
		"loopback of OpenBSD":   frames.On(layers.LinkTypeLoop, capturetest.Loopback(binary.BigEndian)),
		"raw":                   frames.On(layers.LinkTypeRaw, capturetest.Raw),
		"raw of BSD":            frames.On(12, capturetest.Raw),
		"raw of OpenBSD":        frames.On(14, capturetest.Raw),
		"PPP":                   frames.On(layers.LinkTypePPP, capturetest.PPP),
		"PPP, short":            frames.On(layers.LinkTypePPP, capturetest.PPPShort),
		"PPP in HDLC's framing": frames.On(layers.LinkTypePPP_HDLC, capturetest.PPP),
		"PPP over Ethernet":     frames.On(layers.LinkTypeEthernet, capturetest.PPPoE),
		"802.1ad":               frames.On(layers.LinkTypeEthernet, capturetest.Tagged(0x88a8)),
	}
}

// tagged puts a VLAN's tag behind a header whose type stands at a place.
func tagged(frames capturetest.Frames, kind, header int) capturetest.Frames {
	frames = slices.Clone(frames)
	for i := range frames {
		data := frames[i].Data
		data = slices.Insert(slices.Clone(data), header, 0, 7, data[kind], data[kind+1])
		data[kind], data[kind+1] = 0x81, 0
		frames[i].Data, frames[i].Length = data, len(data)
	}
	return frames
}

func TestStreamsSurviveOnEveryLink(t *testing.T) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		for name, frames := range links(talk(t, ends[0], ends[1], capture.RecorderOptions{MSS: 10})) {
			r := rewriter(t, disguise.Options{})
			out := rewrite(t, r, frames)
			old, made := assemble(frames), assemble(out)
			if len(out) != len(frames) || made.counts.TCP != len(frames) || made.gaps != 0 || made.endings != 2 {
				t.Errorf("%s: %d of %d frames, %+v", name, len(out), len(frames), made)
			}
			for d := range made.bytes {
				if !bytes.Equal(made.bytes[d], loud(old.bytes[d])) {
					t.Errorf("%s: %q of %q", name, made.bytes[d], old.bytes[d])
				}
			}
			for i := range out {
				if len(out[i].Data) != len(frames[i].Data) || out[i].Length != frames[i].Length || !out[i].Time.Equal(frames[i].Time) {
					t.Errorf("%s: frame %d has %d of %d bytes, was %d of %d", name, i+1, len(out[i].Data), out[i].Length, len(frames[i].Data), frames[i].Length)
				}
			}
			nothingOf(t, name, out, ends)
		}
	}
}

// nothingOf checks that packets show nothing of the two ends but their ports.
func nothingOf(t *testing.T, name string, frames capturetest.Frames, ends [2]string) {
	t.Helper()
	for _, p := range frames {
		for _, end := range ends {
			if bytes.Contains(p.Data, address(end)) {
				t.Errorf("%s: an address is left in %x", name, p.Data)
			}
		}
		for _, card := range []byte{1, 2} {
			if bytes.Contains(p.Data, []byte{0x02, 0, 0, 0, 0, card}) {
				t.Errorf("%s: a card's address is left in %x", name, p.Data)
			}
		}
	}
}

func TestAddressesAreForDocumentationAndPortsStay(t *testing.T) {
	made := assemble(rewrite(t, rewriter(t, disguise.Options{}), talk(t, client, server, capture.RecorderOptions{})))
	if made.ends != [2]string{"192.0.2.1:40000", "192.0.2.2:443"} {
		t.Errorf("%v", made.ends)
	}
	made = assemble(rewrite(t, rewriter(t, disguise.Options{}), talk(t, client6, server6, capture.RecorderOptions{})))
	if made.ends != [2]string{"[2001:db8::1]:40000", "[2001:db8::2]:443"} {
		t.Errorf("%v", made.ends)
	}
}

func TestPortsAreReplacedIfAskedForButForThoseOfServices(t *testing.T) {
	made := assemble(rewrite(t, rewriter(t, disguise.Options{Ports: true}), talk(t, client, server, capture.RecorderOptions{})))
	if strings.HasSuffix(made.ends[0], ":40000") || !strings.HasSuffix(made.ends[1], ":443") {
		t.Errorf("%v", made.ends)
	}
}

func TestChecksumsAreRight(t *testing.T) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		for i, p := range rewrite(t, rewriter(t, disguise.Options{}), talk(t, ends[0], ends[1], capture.RecorderOptions{MSS: 7})) {
			right(t, i+1, p)
		}
	}
}

// right checks the checksums of an Ethernet frame by making it once more.
func right(t *testing.T, frame int, p capture.Packet) {
	t.Helper()
	decoded := gopacket.NewPacket(p.Data, layers.LayerTypeEthernet, gopacket.Default)
	tcp, ok := decoded.TransportLayer().(*layers.TCP)
	if !ok {
		t.Fatalf("frame %d: no TCP, %v", frame, decoded.ErrorLayer())
	}
	old := *tcp
	if err := tcp.SetNetworkLayerForChecksum(decoded.NetworkLayer()); err != nil {
		t.Fatal(err)
	}
	var before uint16
	ip, is4 := decoded.NetworkLayer().(*layers.IPv4)
	if is4 {
		before = ip.Checksum
	}
	buffer := gopacket.NewSerializeBuffer()
	if err := gopacket.SerializePacket(buffer, gopacket.SerializeOptions{ComputeChecksums: true}, decoded); err != nil {
		t.Fatal(err)
	}
	if tcp.Checksum != old.Checksum || is4 && ip.Checksum != before {
		t.Errorf("frame %d: the checksum is %04x, not %04x", frame, old.Checksum, tcp.Checksum)
	}
}

func TestFragmentsAreWrittenWhole(t *testing.T) {
	for _, ends := range [][2]string{{client, server}, {client6, server6}} {
		whole := talk(t, ends[0], ends[1], capture.RecorderOptions{})
		for name, frames := range map[string]capturetest.Frames{"Ethernet": whole.Fragment(8), "PPP over Ethernet": whole.Fragment(8).On(layers.LinkTypeEthernet, capturetest.PPPoE)} {
			r := rewriter(t, disguise.Options{})
			out := rewrite(t, r, frames)
			made := assemble(out)
			if len(out) != len(whole) || made.gaps != 0 || string(made.bytes[0]) != "HELLO SERVER, HOW DO YOU DO?" || string(made.bytes[1]) != "HELLO CLIENT, HOW DO YOU DO?" {
				t.Errorf("%s: %d of %d: %+v", name, len(out), len(whole), made)
			}
			if n := r.Counts(); n[packets.Joined] != len(frames)-len(whole) || n[packets.Written] != len(whole) {
				t.Errorf("%s: %v", name, n)
			}
			if name == "Ethernet" {
				for i, p := range out {
					right(t, i+1, p)
				}
			}
		}
	}
}

func TestCutPacketsStayCut(t *testing.T) {
	frames := talk(t, client, server, capture.RecorderOptions{}).Cut(60)
	for i, p := range rewrite(t, rewriter(t, disguise.Options{}), frames) {
		if len(p.Data) != len(frames[i].Data) || p.Length != frames[i].Length {
			t.Errorf("frame %d: %d of %d", i+1, len(p.Data), p.Length)
		}
	}
}

func TestWhatStandsBehindADatagramIsZero(t *testing.T) {
	frames := slices.Clone(talk(t, client, server, capture.RecorderOptions{}))
	for i := range frames {
		frames[i].Data = append(slices.Clone(frames[i].Data), "secret"...)
		frames[i].Length += 6
	}
	for i, p := range rewrite(t, rewriter(t, disguise.Options{}), frames) {
		if !bytes.HasSuffix(p.Data, make([]byte, 6)) || len(p.Data) != len(frames[i].Data) {
			t.Errorf("frame %d: %x", i+1, p.Data)
		}
	}
}

func TestOtherProtocolsAreLeftOut(t *testing.T) {
	udp := talk(t, client, server, capture.RecorderOptions{})[0]
	udp.Data = slices.Clone(udp.Data)
	udp.Data[14+9] = 17
	arp := capture.Packet{Link: layers.LinkTypeEthernet, Data: slices.Concat(make([]byte, 12), []byte{8, 6}, make([]byte, 28))}
	icmp6 := talk(t, client6, server6, capture.RecorderOptions{})[0]
	icmp6.Data = slices.Clone(icmp6.Data)
	icmp6.Data[14+6] = 58
	strange := udp
	strange.Link = 147
	for what, c := range map[string]struct {
		packet capture.Packet
		fate   packets.Fate
	}{
		"UDP":           {udp, packets.NotTCP},
		"ARP":           {arp, packets.NotTCP},
		"ICMPv6":        {icmp6, packets.NotTCP},
		"a link":        {strange, packets.UnknownLink},
		"half a header": {capture.Packet{Link: layers.LinkTypeEthernet, Data: udp.Data[:20]}, packets.Malformed},
	} {
		r := rewriter(t, disguise.Options{})
		if out, fate := r.Rewrite(c.packet, nil); fate != c.fate || out.Data != nil || r.Counts()[c.fate] != 1 {
			t.Errorf("%s: %d", what, fate)
		}
	}
}

// address is the address of an end, as packets carry it.
func address(end string) []byte { return netipOf(end).Addr().AsSlice() }
