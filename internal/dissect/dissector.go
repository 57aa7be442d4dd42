// Package dissect makes a conversation of what the two sides of one captured TCP
// connection said, and opens what it has keys for. It names second hellos with
// renego.Classify, as the server does, and judges nothing itself.
package dissect

import (
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect/starttls"
	"github.com/parley-tls/parley/internal/trace"
)

// Options are what a connection is dissected with.
type Options struct {
	// Keys opens what it can, and keeps what connections have in common: sessions
	// that are resumed, chains of certificates. Nil: each connection for itself.
	Keys *Keyring
	// Done is given the conversation when the connection has ended.
	Done func(*trace.Conversation)
	// Epoch, where it is not nil, is told each epoch that begins and is opened. It
	// is for whoever goes on from there, as a test does with an engine.
	Epoch func(Epoch)
	// Record, where it is not nil, is told each record, before the events that it
	// makes. It is for whoever makes such a connection again.
	Record func(Record)
	// Tap, where it is not nil, sees all that is read.
	Tap Tap
	// MaxEvents bounds the events of a conversation; zero: 4096.
	MaxEvents int
}

const defaultMaxEvents = 4096

// A Dissector reads one captured connection. It is a capture.Sink.
type Dissector struct {
	options Options
	keys    *Keyring
	story   *trace.Conversation
	events  log
	now     capture.Mark
	end     time.Time // of the last packet that carried anything

	flows    [2]flow           // by capture.Direction
	client   capture.Direction // which of them is the client's
	told     bool              // by what was said in TLS
	dialogue *starttls.Dialogue
	records  bool // records of TLS were seen

	connection
}

var _ capture.Sink = (*Dissector)(nil)

// New begins to dissect a connection.
func New(c capture.Connection, o Options) *Dissector {
	if o.MaxEvents == 0 {
		o.MaxEvents = defaultMaxEvents
	}
	d := &Dissector{options: o, keys: o.Keys, now: c.Begin, end: c.Begin.Time, dialogue: starttls.New()}
	if d.keys == nil {
		d.keys = NewKeyring()
	}
	d.story = &trace.Conversation{
		Number: c.Number, Client: c.A, Server: c.B, Sided: c.Whole,
		Start: c.Begin.Time, First: c.Begin.Frame, Last: c.Begin.Frame,
	}
	d.events.bound(o.MaxEvents)
	for i := range d.flows {
		f := &d.flows[i]
		f.direction = capture.Direction(i)
		f.late = !c.Whole
		f.protection = inClear()
	}
	d.emit(trace.Event{Name: trace.Opened, Place: trace.Place{Frame: c.Begin.Frame, Last: c.Begin.Frame}})
	return d
}

// Bytes takes what one packet carried.
func (d *Dissector) Bytes(direction capture.Direction, at capture.Mark, b []byte) {
	d.at(at)
	f := &d.flows[direction&1]
	if f.reading == readingFirst {
		d.readFirst(f, at, b)
		return
	}
	f.load(at, b)
	d.read(f)
	f.settle()
}

// Gap takes the news that bytes are missing.
func (d *Dissector) Gap(direction capture.Direction, at capture.Mark, n int64, why trace.GapReason) {
	d.at(at)
	d.gap(&d.flows[direction&1], at, n, why)
}

// End takes the news that a direction ended.
func (d *Dissector) End(direction capture.Direction, at capture.Mark, how trace.End, odd string) {
	d.at(at)
	f := &d.flows[direction&1]
	if f.reading == readingLost && f.enough > 0 {
		f.enough = 0
		d.read(f)
	}
	place := trace.Place{Frame: at.Frame, Last: at.Frame, Offset: f.seen()}
	d.cutShort(f, how, place)
	d.abandon(f, how, place)
	d.emit(trace.Event{Name: trace.Closed, From: d.side(f), Place: place, Detail: trace.EndDetail{
		How: how, CloseNotify: f.closeNotify, Odd: odd,
	}})
}

// Finish ends the conversation and hands it over.
func (d *Dissector) Finish(last capture.Mark) {
	d.at(last)
	c := d.story
	c.Last = max(c.Last, last.Frame)
	c.Duration = max(0, d.end.Sub(c.Start))
	d.prelude()
	d.events.take(c)
	d.connection, d.flows = connection{}, [2]flow{}
	if d.options.Done != nil {
		d.options.Done(c)
	}
}

func (d *Dissector) at(m capture.Mark) {
	d.now = m
	d.story.Last = max(d.story.Last, m.Frame)
	if m.Time.After(d.end) {
		d.end = m.Time
	}
}

// side says whose a direction is, as far as is known.
func (d *Dissector) side(f *flow) trace.Side {
	if f.direction == d.client {
		return trace.Client
	}
	return trace.Server
}

// other gives the opposite direction.
func (d *Dissector) other(f *flow) *flow { return &d.flows[1-f.direction] }

// tell settles by what was said that a direction is the client's or the server's,
// unless that is settled.
func (d *Dissector) tell(f *flow, is trace.Side) {
	if d.told {
		return
	}
	d.told, d.story.Sided = true, true
	if d.side(f) != is {
		d.swap()
	}
}

// swap makes the client the server.
func (d *Dissector) swap() {
	d.client = 1 - d.client
	d.story.Client, d.story.Server = d.story.Server, d.story.Client
	d.connection.turn()
	d.events.turn()
}

// emit tells an event at this moment.
func (d *Dissector) emit(e trace.Event) {
	d.events.add(d.stamp(e))
}

func (d *Dissector) stamp(e trace.Event) trace.Event {
	e.Conn = uint64(max(0, d.story.Number))
	e.At = max(0, d.now.Time.Sub(d.story.Start))
	e.Epoch, e.Handshake = d.epoch, d.hellos
	return e
}
