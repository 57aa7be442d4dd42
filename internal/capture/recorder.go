package capture

import (
	"net/netip"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// A PacketWriter takes packets, as a Writer does.
type PacketWriter interface {
	Packet(Packet) error
}

// RecorderOptions are the manners of the two machines that a Recorder plays.
type RecorderOptions struct {
	MSS     int       // the largest segment's payload; 0: 1460
	TTL     [2]byte   // of each side's packets; 0: 64
	Initial [2]uint32 // sequence numbers of the SYNs
}

// A Recorder makes a TCP connection of what its two sides said: SYNs, data segments,
// acknowledgements, and FINs, in Ethernet frames with right checksums. Nothing is lost
// on its way. A is the side that opens.
type Recorder struct {
	out     PacketWriter
	options RecorderOptions
	ends    [2]netip.AddrPort
	next    [2]uint32 // sequence numbers
	id      [2]uint16 // of IPv4 datagrams
	buffer  gopacket.SerializeBuffer
	err     error
}

// NewRecorder makes a recorder of a connection from a to b, which are both of one IP version.
func NewRecorder(out PacketWriter, a, b netip.AddrPort, o RecorderOptions) *Recorder {
	if o.MSS == 0 {
		o.MSS = 1460
	}
	for d, ttl := range o.TTL {
		if ttl == 0 {
			o.TTL[d] = 64
		}
	}
	return &Recorder{
		out:     out,
		options: o,
		ends:    [2]netip.AddrPort{a, b},
		next:    o.Initial,
		buffer:  gopacket.NewSerializeBuffer(),
	}
}

// Open records the three steps that open the connection.
func (r *Recorder) Open(at time.Time) {
	r.say(AtoB, at, layers.TCP{SYN: true}, nil)
	r.next[AtoB]++
	r.say(BtoA, at, layers.TCP{SYN: true, ACK: true}, nil)
	r.next[BtoA]++
	r.say(AtoB, at, layers.TCP{ACK: true}, nil)
}

// Send records what one side sends at once, in segments, and the other's acknowledgement.
func (r *Recorder) Send(d Direction, at time.Time, b []byte) {
	if len(b) == 0 {
		return
	}
	for len(b) > 0 {
		n := min(len(b), r.options.MSS)
		r.say(d, at, layers.TCP{ACK: true, PSH: n == len(b)}, b[:n])
		r.next[d] += uint32(n)
		b = b[n:]
	}
	r.say(1-d, at, layers.TCP{ACK: true}, nil)
}

// Close records one side's FIN and the other's acknowledgement.
func (r *Recorder) Close(d Direction, at time.Time) {
	r.say(d, at, layers.TCP{FIN: true, ACK: true}, nil)
	r.next[d]++
	r.say(1-d, at, layers.TCP{ACK: true}, nil)
}

// Reset records one side's RST.
func (r *Recorder) Reset(d Direction, at time.Time) {
	r.say(d, at, layers.TCP{RST: true, ACK: true}, nil)
}

// Err gives the first error of the writer.
func (r *Recorder) Err() error { return r.err }

// Next is the sequence number of the next byte of a side.
func (r *Recorder) Next(d Direction) uint32 { return r.next[d] }

// say records one segment with the numbers that it must have.
func (r *Recorder) say(d Direction, at time.Time, tcp layers.TCP, payload []byte) {
	tcp.Seq = r.next[d]
	if tcp.ACK {
		tcp.Ack = r.next[1-d]
	}
	r.Segment(d, at, tcp, payload)
}

// Segment records one segment with whatever numbers and flags it is given. The recorder does
// not take account of it.
func (r *Recorder) Segment(d Direction, at time.Time, tcp layers.TCP, payload []byte) {
	if r.err != nil {
		return
	}
	tcp.SrcPort, tcp.DstPort = layers.TCPPort(r.ends[d].Port()), layers.TCPPort(r.ends[1-d].Port())
	tcp.Window = 65535
	ethernet := layers.Ethernet{SrcMAC: hardware(d), DstMAC: hardware(1 - d)}
	var network gopacket.NetworkLayer
	if r.ends[d].Addr().Is4() {
		ethernet.EthernetType = layers.EthernetTypeIPv4
		network = r.header4(d)
	} else {
		ethernet.EthernetType = layers.EthernetTypeIPv6
		network = r.header6(d)
	}
	if r.err = tcp.SetNetworkLayerForChecksum(network); r.err != nil {
		return
	}
	r.err = gopacket.SerializeLayers(r.buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&ethernet, network.(gopacket.SerializableLayer), &tcp, gopacket.Payload(payload))
	if r.err != nil {
		return
	}
	frame := r.buffer.Bytes()
	r.err = r.out.Packet(Packet{Time: at, Link: layers.LinkTypeEthernet, Data: frame, Length: len(frame)})
}

func (r *Recorder) header4(d Direction) *layers.IPv4 {
	r.id[d]++
	return &layers.IPv4{
		Version:  4,
		TTL:      r.options.TTL[d],
		Id:       r.id[d],
		Flags:    layers.IPv4DontFragment,
		Protocol: layers.IPProtocolTCP,
		SrcIP:    r.ends[d].Addr().AsSlice(),
		DstIP:    r.ends[1-d].Addr().AsSlice(),
	}
}

func (r *Recorder) header6(d Direction) *layers.IPv6 {
	return &layers.IPv6{
		Version:    6,
		HopLimit:   r.options.TTL[d],
		NextHeader: layers.IPProtocolTCP,
		SrcIP:      r.ends[d].Addr().AsSlice(),
		DstIP:      r.ends[1-d].Addr().AsSlice(),
	}
}

// hardware is a side's Ethernet address: locally administered, and nobody's.
func hardware(d Direction) []byte { return []byte{0x02, 0, 0, 0, 0, byte(d) + 1} }
