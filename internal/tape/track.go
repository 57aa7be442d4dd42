package tape

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/capture"
)

// An Output takes a track's packets: a Tape does.
type Output interface {
	capture.PacketWriter
	Flush()
}

// mostWaiting bounds what waits.
const mostWaiting = 256 << 10

// A Track is one connection on a tape. What comes from the other side waits for
// this side's answer: then the keys that open it are known, and stand before it in
// the file, where readers want them.
type Track struct {
	out      Output
	recorder *capture.Recorder
	waits    capture.Direction
	waiting  []capture.Packet
	bytes    int
}

// NewTrack begins to record a connection, of which this side reads what goes in
// the direction waits. The addresses must be of IP.
func NewTrack(out Output, client, server netip.AddrPort, waits capture.Direction) *Track {
	k := &Track{out: out, waits: waits}
	// A client may use a port again: another first number says that it is another
	// connection.
	k.recorder = capture.NewRecorder(k, client, server, capture.RecorderOptions{Initial: [2]uint32{rand.Uint32(), rand.Uint32()}})
	k.recorder.Open(time.Now())
	return k
}

// Packet is the recorder's.
func (k *Track) Packet(p capture.Packet) error {
	p.Data = bytes.Clone(p.Data)
	k.waiting = append(k.waiting, p)
	if k.bytes += len(p.Data); k.bytes > mostWaiting {
		return k.flush()
	}
	return nil
}

// Flush gives up waiting: this side has read what it wants to.
func (k *Track) Flush() { _ = k.flush() }

func (k *Track) flush() error {
	waiting := k.waiting
	k.waiting, k.bytes = nil, 0
	for _, p := range waiting {
		if err := k.out.Packet(p); err != nil {
			return err
		}
	}
	return nil
}

// Passed records what was said in a direction.
func (k *Track) Passed(d capture.Direction, b []byte) {
	if d == k.waits {
		k.recorder.Send(d, time.Now(), b)
		return
	}
	_ = k.flush() // the recorder keeps a writer's error, and writes no more
	k.recorder.Send(d, time.Now(), b)
	_ = k.flush()
}

// Ended records how a direction ended.
func (k *Track) Ended(d capture.Direction, reset bool) {
	if reset {
		k.recorder.Reset(d, time.Now())
	} else {
		k.recorder.Close(d, time.Now())
	}
	_ = k.flush()
	k.out.Flush()
}
