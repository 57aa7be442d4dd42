package dissect

import (
	"fmt"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A connection is what both directions have made so far.
type connection struct {
	version    wire.Version      // negotiated; zero: not yet
	first      *wire.ClientHello // the hello that began the stream, veiled
	fromClient int64             // application bytes; of sealed records those of their fragments
	toClient   int64
	hellos     int  // second ones
	made       int  // handshakes that were done
	asked      bool // a HelloRequest is outstanding
	keyed      bool // a side has keys
	shown      int  // bytes of messages that are kept to be shown

	established
	handshake *handshake // nil: none is under way
	second    *second    // nil: no second hello waits for its answer
	hidden    *hidden    // nil: no handshake goes on that cannot be read
}

// established is what the last handshake left. Until there was one, complete is false.
type established struct {
	complete         bool
	epoch            int
	signalled        bool // the client signalled RFC 5746
	clientVerifyData []byte
	serverVerifyData []byte
	session          renego.SessionInUse
	suite            *suite.Suite
	master           keys.Secret // empty: not known
	opened           string      // what gave it
}

// turn makes the client the server. What was concluded of the one does not hold of
// the other.
func (c *connection) turn() {
	c.fromClient, c.toClient = c.toClient, c.fromClient
	c.hidden = nil
}

// crosses reports whether data that comes now crosses a second hello, or comes in
// the middle of a later handshake.
func (c *connection) crosses() bool {
	return c.second != nil || c.hidden != nil || c.handshake != nil && c.handshake.number > 0
}

// damaged says that bytes of a flow are not there: what is under way cannot be
// checked any more.
func (d *Dissector) damaged(f *flow) {
	if d.handshake != nil {
		d.handshake.broken = true
	}
	f.joiner.reset()
}

// keysUnseen says that a flow is under keys though no ChangeCipherSpec was seen.
func (d *Dissector) keysUnseen(f *flow, place trace.Place) {
	switch h := d.handshake; {
	case f.forgotten != nil:
		f.protection, f.forgotten = *f.forgotten, nil
		return
	case h != nil && h.broken && h.server != nil && !h.keyed[d.side(f)]:
		// It was among what is missing, with who knows how many records.
		d.newKeys(f, place)
		f.protection.gap(0, false)
		return
	}
	f.protection = locked("what made its keys is not in the capture")
	d.keyed = true
}

// forget has a flow be in clear: whoever sends there forgot the keys. That it was
// somebody else, who put a hello in, is known if the keys are used again.
func (f *flow) forget() {
	old := f.protection
	f.protection, f.forgotten = inClear(), &old
	f.joiner.reset()
}

// endedBy ends what a fatal alert ends.
func (d *Dissector) endedBy(f *flow, a trace.AlertDetail, place trace.Place) {
	if a.Level != wire.LevelFatal {
		return
	}
	d.fail(fmt.Sprintf("the %s sent the fatal alert %s", d.side(f), a.Alert), place)
}

// fail ends the handshake under way.
func (d *Dissector) fail(reason string, place trace.Place) {
	under := d.handshake
	d.handshake, d.second, d.hidden = nil, nil, nil
	if under != nil && under.begun {
		d.emit(trace.Event{Name: trace.HandshakeFailed, Place: place, Detail: trace.FailureDetail{Reason: reason}})
	}
}

// abandon ends it because a side's stream ended.
func (d *Dissector) abandon(f *flow, how trace.End, place trace.Place) {
	switch how {
	case trace.EndFIN:
		d.fail(fmt.Sprintf("the %s ended the connection before the handshake was done", d.side(f)), place)
	case trace.EndReset:
		d.fail(fmt.Sprintf("the %s reset the connection before the handshake was done", d.side(f)), place)
	}
}
