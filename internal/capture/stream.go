// Package capture reads capture files: their packets, the TCP connections that
// these make, and the secrets that a file carries along.
package capture

import (
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// A Mark is the packet in which something came.
type Mark struct {
	Frame int // counted from 1 in the file, as Wireshark does
	Time  time.Time
}

// A Direction is one of the two byte streams of a connection.
type Direction uint8

// The directions.
const (
	AtoB Direction = iota
	BtoA
)

// A Connection is one TCP connection in a capture.
type Connection struct {
	Number int // from 1, in the order of their first packets
	// A sent the SYN where one was seen (Whole), else the first packet that was seen.
	A, B  netip.AddrPort
	Begin Mark
	Whole bool // it is there from its SYN on, or from the answer to that
}

// A Sink takes what one connection carried. It is called from one goroutine, in
// the order of frames over both directions: what waits for a hole in one
// direction holds back the other, within Limits. Where a byte that was lost on its
// way comes again, it counts as coming then, and so does what had waited for it.
type Sink interface {
	// Bytes gives the next bytes of a direction, all of one packet. They are
	// valid until Bytes returns.
	Bytes(d Direction, at Mark, b []byte)
	// Gap says that n bytes are missing before the next Bytes; 0: nobody can tell.
	// For GapChanged nothing is missing: n bytes before this point came again, otherwise;
	// what came first was given.
	Gap(d Direction, at Mark, n int64, why trace.GapReason)
	// End says that a direction ended. Nothing follows on it but Finish. A direction
	// of which no packet was seen has no end, nor has one that only the other side reset,
	// or that was no longer looked at (GapLimit).
	End(d Direction, at Mark, how trace.End, odd string)
	// Finish is the last call. last is the connection's last packet.
	Finish(last Mark)
}

// A SegmentSink is a Sink that is also told where each segment stands, when it comes
// and before any of it is given.
type SegmentSink interface {
	Sink
	Segment(Direction, Segment)
}

// A Segment is what one packet carries of a connection.
type Segment struct {
	At      Mark
	Offset  int64  // where in the direction's stream it begins; less than zero: before the beginning
	Payload []byte // as far as it was captured; valid until Segment returns
	Length  int    // on the wire
	Again   bool   // all of it was given already
	Acks    bool
	Acked   int64 // where in the other direction's stream what it acknowledges ends
}
