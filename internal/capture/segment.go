package capture

import "net/netip"

// A segment is one TCP segment, as it was captured.
type segment struct {
	from, to netip.AddrPort
	at       Mark

	seq, ack            uint32
	syn, fin, rst, acks bool
	ttl                 byte

	data   []byte // in the packet's memory
	length int    // of the payload on the wire; more than len(data) where the capture cut it
}

// distance is how far b is behind a in a stream whose numbers wrap around; less than
// zero: before it.
func distance(a, b uint32) int { return int(int32(b - a)) }
