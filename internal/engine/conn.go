package engine

import (
	"io"
	"time"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Conn is the server's side of one connection. It is not safe for use by
// several goroutines.
//
// Three lifetimes are in it: the connection's own fields; the stream's, which
// an isolation begins anew; the handshake, which is dropped at its end. The
// epoch is the opener, the sealer and the state.
type Conn struct {
	options Options
	now     time.Duration // when the outside last spoke to us
	phase   Phase
	ended   error // how reading ended; nil: it goes on
	output  []byte
	joiner  record.Joiner
	idle    int // empty records and warnings in a row

	streams      int // begun by isolation
	handshakes   int
	refusals     int
	bucket       renego.Bucket
	writeClosed  bool // our close_notify is sent
	closeWaits   bool // it is to be sent when data is released
	splitWaiting bool // ErrSplit is still to be told

	stream
	opener *record.Opener
	sealer *record.Sealer
	opened bool // the opener takes a protection off
	state  *State

	handshake *handshake.Server // nil: none is under way
	second    *secondHello      // the hello that led to it, or waits for an answer; nil: a first one
	begun     time.Duration     // when its first byte came
	askedAt   time.Duration
	askedFrom int64         // fromClient then
	asked     bool          // a HelloRequest is outstanding, or led to this handshake
	refusedAt time.Duration // or when data was seen to go out since; zero: no refusal is open
	refusedTo int64         // toClient then
	crossed   trace.DataDetail
	stored    *handshake.Session
	consumed  []byte // what was read before the first hello's settings were known
	told      trace.DataDetail
}

// stream is what ends with an isolation.
type stream struct {
	settings    *handshake.Settings
	certificate *handshake.CertificateReply
	first       *wire.ClientHello
	version     wire.Version // negotiated; zero: not yet
	fromClient  int64
	toClient    int64
	complete    bool
}

// New begins a connection: it waits for a first ClientHello.
func New(o Options) *Conn {
	c := &Conn{options: o}
	c.beginStream(record.PlainOpener(), record.PlainSealer(wire.VersionTLS10))
	c.emit(trace.Event{Name: trace.Opened})
	return c
}

// beginStream awaits a first hello under the opener and sealer given.
func (c *Conn) beginStream(opener *record.Opener, sealer *record.Sealer) {
	c.stream = stream{}
	c.opener, c.sealer = opener, sealer
	c.handshake = handshake.NewServer(handshake.Context{Terms: renego.TermsInitial, Rand: c.options.Rand})
}

// Phase says what may flow now.
func (c *Conn) Phase() Phase { return c.phase }

// Complete reports whether the stream's first handshake is done.
func (c *Conn) Complete() bool { return c.complete }

// Stream counts isolations.
func (c *Conn) Stream() int { return c.streams }

// State is the epoch in use; nil before the first handshake is done.
func (c *Conn) State() *State { return c.state }

// MaySend reports whether application data may be sent now.
func (c *Conn) MaySend() bool {
	return (c.phase == PhaseOpen || c.phase == PhaseAsked) && !c.writeClosed
}

// Session takes the session that the store should have; nil: none.
func (c *Conn) Session() *handshake.Session {
	s := c.stored
	c.stored = nil
	return s
}

// HandOver takes all bytes consumed, for the engine that takes over.
func (c *Conn) HandOver() []byte {
	b := c.consumed
	c.consumed = nil
	return b
}

// Question is what must be answered before anything goes on; nil: nothing.
func (c *Conn) Question() Question {
	switch {
	case c.ended != nil:
		return nil
	case c.second != nil && c.second.asks:
		return c.second.question(c)
	case c.handshake != nil:
		return c.handshakeQuestion()
	}
	return nil
}

// handshakeQuestion adds to a VerifyQuestion what a handshake cannot know.
func (c *Conn) handshakeQuestion() Question {
	q := c.handshake.Question()
	if verify, ok := q.(handshake.VerifyQuestion); ok {
		verify.Change, _ = c.continuity(verify.Outcome)
		return verify
	}
	if q == nil {
		return nil
	}
	return q
}

// Output takes the bytes to send; nil: none.
func (c *Conn) Output() []byte {
	out := c.output
	c.output = nil
	return out
}

// seal adds a record to the output.
func (c *Conn) seal(t wire.ContentType, payload []byte) error {
	if c.output == nil && c.options.Buffer != nil {
		c.output = c.options.Buffer()
	}
	c.output = c.sealer.Seal(c.output, t, payload)
	return c.sealer.Err()
}

// maxSend bounds what one Send seals, so that whoever writes looks again at the
// phase now and then.
const maxSend = 64 << 10

// Send seals up to 64 KiB of b. It takes nothing while data is held, and gives
// an error once nothing can be sent any more.
func (c *Conn) Send(b []byte) (int, error) {
	switch {
	case c.phase == PhaseClosed || c.writeClosed || c.closeWaits:
		return 0, c.sendError()
	case !c.MaySend() || len(b) == 0:
		return 0, nil
	}
	b = b[:min(len(b), maxSend)]
	if err := c.seal(wire.TypeApplicationData, b); err != nil {
		return 0, c.fail(&wire.Fault{Alert: wire.AlertInternalError, Reason: err.Error()})
	}
	c.toClient += int64(len(b))
	return len(b), nil
}

func (c *Conn) sendError() error {
	if c.ended != nil && c.ended != io.EOF {
		return c.ended
	}
	return io.ErrClosedPipe
}

// CloseWrite sends close_notify, or has it sent when data is released. Reading
// goes on.
func (c *Conn) CloseWrite() {
	switch {
	case c.MaySend():
		c.closeWaits = false
		c.writeClosed = true
		c.alert(wire.LevelWarning, wire.AlertCloseNotify)
	case c.phase == PhaseRenegotiating && !c.writeClosed:
		c.closeWaits = true
	}
}

// Fail ends the connection with our alert.
func (c *Conn) Fail(now time.Duration, f *wire.Fault) error {
	c.now = now
	if c.phase == PhaseClosed {
		return c.ended
	}
	return c.fail(f)
}

// fail is the one place where a fault becomes an alert.
func (c *Conn) fail(f *wire.Fault) error {
	if f.Finding == "" && c.second != nil {
		f.Finding = c.second.verdict.Kind.Finding()
	}
	f.Reason = wire.Printable(f.Reason)
	if !c.writeClosed {
		c.alert(wire.LevelFatal, f.Alert)
	}
	return c.end(f, trace.FailureDetail{Finding: f.Finding, Reason: f.Reason})
}

// end closes both directions.
func (c *Conn) end(err error, why trace.FailureDetail) error {
	if c.handshake != nil {
		c.emit(trace.Event{Name: trace.HandshakeFailed, From: trace.Nobody, Finding: why.Finding, Detail: why})
	}
	c.ended, c.phase = err, PhaseClosed
	c.handshake, c.second, c.splitWaiting = nil, nil, false
	c.emit(trace.Event{Name: trace.Closed, Finding: why.Finding, Detail: why})
	return err
}

// alert queues an alert of ours.
func (c *Conn) alert(level wire.AlertLevel, a wire.Alert) {
	// An error here is the sealer's, which will seal nothing else either.
	_ = c.seal(wire.TypeAlert, []byte{byte(level), byte(a)})
	c.emit(trace.Event{Name: trace.AlertEvent, From: trace.Server, Detail: trace.AlertDetail{Level: level, Alert: a}})
}

// emit tells an event, and before it the data since the last one.
func (c *Conn) emit(e trace.Event) {
	if c.options.Observe == nil {
		return
	}
	if data := (trace.DataDetail{FromClient: c.fromClient - c.told.FromClient, ToClient: c.toClient - c.told.ToClient}); data != (trace.DataDetail{}) {
		c.told = trace.DataDetail{FromClient: c.fromClient, ToClient: c.toClient}
		c.observe(trace.Event{Name: trace.Data, Detail: data})
	}
	c.observe(e)
}

func (c *Conn) observe(e trace.Event) {
	e.At, e.Handshake = c.now, c.handshakes
	if c.state != nil {
		e.Epoch = c.state.Epoch
	}
	c.options.Observe(e)
}
