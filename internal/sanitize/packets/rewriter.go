// Package packets writes a captured packet anew: its headers, field by field, with what
// identifies somebody replaced, around a payload that is handed in. What is no TCP is left
// out, and what is not understood is not copied.
package packets

import (
	"encoding/binary"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// A Fate is what becomes of a packet.
type Fate uint8

// The fates.
const (
	Written     Fate = iota
	Joined           // a fragment: the whole datagram is written in the place of the last that comes
	NotTCP           // of another protocol
	UnknownLink      // of a link whose packets are not read
	Malformed        // its headers make no sense, or are cut off
	fates
)

// Counts tell how many packets met each fate.
type Counts [fates]int

// A Rewriter writes packets anew. It is not safe for concurrent use.
type Rewriter struct {
	disguise  *disguise.Disguise
	fragments capture.Fragments
	counts    Counts
	options   int
	flows     map[flowID]flow

	out    []byte
	packet capture.Packet // the one at hand
	pppoe  int            // where in out a length of PPPoE stands; 0: there is none
	ends   []byte         // of the datagram at hand, both addresses as they were: source, destination
	whole  bool           // the datagram at hand was in fragments
	places places         // of what was written last
}

// New makes a Rewriter.
func New(d *disguise.Disguise) *Rewriter { return &Rewriter{disguise: d, flows: map[flowID]flow{}} }

// Counts tells what became of the packets so far.
func (r *Rewriter) Counts() Counts { return r.counts }

// Options counts options of TCP and IP that were taken out, as they can identify somebody.
func (r *Rewriter) Options() int { return r.options }

// Rewrite gives a packet's likeness, around as much of the payload as it carried itself; if
// the payload is less, zeros follow. The result is valid until the next call. Only what is
// Written is to be written.
func (r *Rewriter) Rewrite(p capture.Packet, payload []byte) (capture.Packet, Fate) {
	p.Length = max(p.Length, len(p.Data))
	r.out, r.packet, r.pppoe, r.whole = r.out[:0], p, 0, false
	fate := r.link(payload)
	r.counts[fate]++
	if fate != Written {
		return capture.Packet{}, fate
	}
	length := p.Length
	if r.whole {
		length = len(r.out)
	}
	if r.pppoe != 0 {
		r.setPPPoE(length)
	}
	return capture.Packet{Frame: p.Frame, Time: p.Time, Link: p.Link, Data: r.out, Length: length}, Written
}

// setPPPoE writes the length behind a PPPoE header where that of the datagram changed.
func (r *Rewriter) setPPPoE(length int) {
	if r.whole {
		binary.BigEndian.PutUint16(r.out[r.pppoe:], uint16(length-r.pppoe-2))
	}
}

// link writes the header of the link and what is in it.
func (r *Rewriter) link(payload []byte) Fate {
	frame := r.packet.Data
	switch r.packet.Link {
	case layers.LinkTypeEthernet:
		return r.ethernet(frame, payload)
	case layers.LinkTypeLinuxSLL:
		return r.cooked(frame, payload)
	case layers.LinkTypeLinuxSLL2:
		return r.cooked2(frame, payload)
	case layers.LinkTypeNull, layers.LinkTypeLoop:
		return r.loopback(frame, payload)
	case layers.LinkTypeRaw, rawBSD, rawOpenBSD, layers.LinkTypeIPv4, layers.LinkTypeIPv6:
		return r.network(frame, payload)
	case layers.LinkTypePPP, layers.LinkTypePPP_HDLC:
		return r.ppp(frame, payload)
	case layers.LinkTypePPPEthernet:
		return r.overEthernet(frame, payload)
	}
	return UnknownLink
}

// wire is how long what begins with b was on the wire.
func (r *Rewriter) wire(b []byte) int { return len(b) + r.packet.Length - len(r.packet.Data) }

// number16 adds a number of two bytes.
func (r *Rewriter) number16(n uint16) { r.out = binary.BigEndian.AppendUint16(r.out, n) }

// number32 adds a number of four bytes.
func (r *Rewriter) number32(n uint32) { r.out = binary.BigEndian.AppendUint32(r.out, n) }

// zeros adds zeros.
func (r *Rewriter) zeros(n int) {
	for range n {
		r.out = append(r.out, 0)
	}
}
