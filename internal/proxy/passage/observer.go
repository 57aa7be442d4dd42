package passage

import (
	"bytes"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/tape"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What is held of the connections that are observed. Beyond it they are passed on
// all the same, and no longer observed.
const (
	maxEvents   = 128       // of one
	maxHeld     = 512 << 10 // bytes of one
	maxHeldAll  = 128 << 20 // of all
	maxObserved = 32 << 10  // connections at a time
)

// An Observatory observes connections that are passed through, within bounds.
type Observatory struct {
	keys     *dissect.Keyring
	held     atomic.Int64
	observed atomic.Int64
}

// NewObservatory has no key, and opens nothing.
func NewObservatory() *Observatory { return &Observatory{keys: dissect.NewKeyring()} }

// An Observer follows one connection: what is in clear, and of the rest the
// headers of its records. It is a tape.Tap; one goroutine uses it at a time.
type Observer struct {
	all       *Observatory
	dissector *dissect.Dissector // nil: it is followed no more
	told      *trace.Conversation
	why       string // why it was not followed to its end; empty: it was
	frame     int
	held      int
	over      [2]bool

	data   bool // application data came since the last hello
	second int  // handshakes that began behind data, by type of record

	agreed  Agreed
	settled func(Agreed) // nil: nobody asks, or it was told
}

// Agreed is what a first handshake came to, as far as each hello stands in one
// record.
type Agreed struct {
	Hello   *wire.ClientHello // nil: it does not
	Version wire.Version      // zero: likewise
	Suite   wire.SuiteID
}

// Observe begins to follow a connection between a client and where it connected
// to. Settled is told when application data shows that a first handshake is done;
// it must not wait.
func (a *Observatory) Observe(client, server net.Addr, settled func(Agreed)) *Observer {
	o := &Observer{all: a, settled: settled}
	if a.observed.Add(1) > maxObserved {
		o.why = fmt.Sprintf("%d others are observed already", maxObserved)
		return o
	}
	o.dissector = dissect.New(capture.Connection{Number: 1, A: tape.AddrPort(client), B: tape.AddrPort(server), Begin: o.mark(), Whole: true}, dissect.Options{
		Keys: a.keys, Done: func(c *trace.Conversation) { o.told = c }, Record: o.record, MaxEvents: maxEvents,
	})
	return o
}

// mark is what comes now. What passes at once is a frame.
func (o *Observer) mark() capture.Mark {
	o.frame++
	return capture.Mark{Frame: o.frame, Time: time.Now()}
}

// Passed takes what one side says.
func (o *Observer) Passed(d capture.Direction, b []byte) {
	if o.dissector == nil {
		return
	}
	defer o.survive()
	o.dissector.Bytes(d, o.mark(), b)
	o.weigh()
}

// Ended takes the end of what one side says.
func (o *Observer) Ended(d capture.Direction, reset bool) {
	if o.dissector == nil || o.over[d] {
		return
	}
	o.over[d] = true
	defer o.survive()
	how := trace.EndFIN
	if reset {
		how = trace.EndReset
	}
	o.dissector.End(d, o.mark(), how, "")
}

// record takes what is wanted before the end, and counts what the bounded list of
// events may leave out.
func (o *Observer) record(r dissect.Record) {
	switch {
	case !r.Protected:
		o.agreed.hear(r)
	case r.Type == wire.TypeApplicationData:
		o.data = true
		if o.settled != nil {
			o.settled(o.agreed)
			o.settled = nil
		}
	case r.Type == wire.TypeHandshake && o.data:
		o.second++
		o.data = false
	}
}

// hear takes the first hello of each side. The record's bytes are another's soon.
func (a *Agreed) hear(r dissect.Record) {
	switch {
	case r.Type != wire.TypeHandshake || len(r.Content) == 0:
	case a.Hello == nil && r.Header == wire.VersionSSL20:
		a.Hello, _ = wire.ParseSSL2ClientHello(bytes.Clone(r.Content)) // what cannot be read of it tells less
	case a.Hello == nil && wire.MessageType(r.Content[0]) == wire.MessageClientHello:
		if f, done := joined(r.Content); done {
			a.Hello = f.Hello
		}
	case a.Version == 0 && wire.MessageType(r.Content[0]) == wire.MessageServerHello:
		a.hearServer(r.Content)
	}
}

func (a *Agreed) hearServer(b []byte) {
	if len(b) < wire.MessageHeaderLen {
		return
	}
	size := wire.MessageHeaderLen + int(b[1])<<16 + int(b[2])<<8 + int(b[3])
	if len(b) < size {
		return
	}
	h, err := wire.ParseServerHello(bytes.Clone(b[:size]))
	if err != nil {
		return
	}
	if v, err := h.SelectedVersion(); err == nil {
		a.Version, a.Suite = v, h.CipherSuite
	}
}

// weigh looks after the bounds.
func (o *Observer) weigh() {
	held := o.dissector.Held()
	all := o.all.held.Add(int64(held - o.held))
	o.held = held
	switch {
	case held > maxHeld:
		o.giveUp("what would have to be held of it is too much")
	case all > maxHeldAll:
		o.giveUp("what is held of all that are observed is too much")
	}
}

// giveUp ends the following, as a capture does that was ended too soon.
func (o *Observer) giveUp(why string) {
	o.why = why
	for _, d := range []capture.Direction{capture.AtoB, capture.BtoA} {
		if !o.over[d] {
			o.dissector.Gap(d, o.mark(), 0, trace.GapLimit)
		}
	}
	o.finish()
}

func (o *Observer) finish() {
	d := o.dissector
	o.dissector = nil
	o.all.held.Add(int64(-o.held))
	o.held = 0
	d.Finish(o.mark())
}

// survive has a fault in the following end the following, and not the process
// that passes connections on.
func (o *Observer) survive() {
	if fault := recover(); fault != nil {
		o.dissector, o.why = nil, fmt.Sprintf("a fault in Parley: %v", fault)
		o.all.held.Add(int64(-o.held))
		o.held = 0
	}
}

// A Sighting is what was seen of a connection.
type Sighting struct {
	*diagnose.Diagnosis      // nil: nothing was
	Agreed                   // by the first handshake, if that was done; the hello alone if not
	Done                bool // it was
	Second              int  // handshakes that began behind another, by type of record
	Alerts              []Alert
	Why                 string // why it was not followed to its end; empty: it was
}

// An Alert is one that came in clear.
type Alert struct {
	From  trace.Side
	Level wire.AlertLevel
	Alert wire.Alert
}

// maxAlerts bounds the alerts of a sighting.
const maxAlerts = 4

// Finish says what was seen. It is the last call.
func (o *Observer) Finish() (s Sighting) {
	defer o.all.observed.Add(-1)
	defer func() { s.Why = o.why }()
	defer o.survive()
	if o.dissector != nil {
		o.finish()
	}
	if o.told == nil {
		return s
	}
	s.Diagnosis = diagnose.Diagnose(o.told)
	s.Agreed = o.agreed
	s.Second = max(o.second, len(s.Facts.SecondHellos))
	for _, e := range o.told.Events {
		s.note(e)
	}
	return s
}

func (s *Sighting) note(e trace.Event) {
	switch d := e.Detail.(type) {
	case trace.AlertDetail:
		if len(s.Alerts) < maxAlerts {
			s.Alerts = append(s.Alerts, Alert{e.From, d.Level, d.Alert})
		}
	case trace.MessageDetail:
		if d.Hello != nil && s.Hello == nil && e.From == trace.Client {
			s.Hello = d.Hello
		}
	case trace.HandshakeDetail:
		if !s.Done {
			s.Done, s.Version, s.Suite = true, d.Version, d.SuiteID
		}
	}
}
