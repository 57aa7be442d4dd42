package flight

import (
	"time"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// names are the events that a live connection has, by the number under which they
// are kept.
var names = [...]trace.EventName{
	trace.Opened, trace.Message, trace.Keys, trace.HandshakeBegun, trace.HandshakeDone, trace.HandshakeFailed, trace.SecondHello, trace.Answered, trace.Held,
	trace.Released, trace.Crossed, trace.Isolated, trace.AlertEvent, trace.Data, trace.HelloRequest, trace.Rationed, trace.Closed,
}

// event writes or reads an event. Hello is the number of the hello in it, from 1;
// 0: none.
func (c *codec) event(e *trace.Event, hello *int) {
	name := nameNumber(e.Name)
	number(c, &name)
	number(c, &e.From)
	at := uint64(e.At / time.Microsecond)
	number(c, &at)
	number(c, &e.Epoch)
	number(c, &e.Handshake)
	number(c, hello)
	c.text(&e.Finding)
	if c.reading {
		if int(name) >= len(names) {
			return
		}
		e.Name, e.At = names[name], time.Duration(at)*time.Microsecond
	}
	c.detail(e)
}

func nameNumber(n trace.EventName) uint8 {
	for i, name := range names {
		if name == n {
			return uint8(i)
		}
	}
	return uint8(len(names))
}

// detail writes or reads what the event's name calls for.
func (c *codec) detail(e *trace.Event) {
	switch e.Name {
	case trace.Message:
		detail(c, e, c.message)
	case trace.Keys:
		detail(c, e, c.keys)
	case trace.HandshakeDone:
		detail(c, e, c.handshake)
	case trace.HandshakeFailed, trace.Closed:
		detail(c, e, func(d *trace.FailureDetail) {
			c.text(&d.Finding)
			c.text(&d.Reason)
		})
	case trace.SecondHello:
		detail(c, e, c.second)
	case trace.Answered:
		detail(c, e, c.answered)
	case trace.AlertEvent:
		detail(c, e, func(d *trace.AlertDetail) {
			number(c, &d.Level)
			number(c, &d.Alert)
		})
	case trace.Data, trace.Crossed:
		detail(c, e, func(d *trace.DataDetail) {
			number(c, &d.FromClient)
			number(c, &d.ToClient)
		})
	case trace.Rationed:
		detail(c, e, func(d *trace.RationedDetail) { number(c, (*int64)(&d.Wait)) })
	}
}

// detail has a detail of a type written or read. What is none of that type counts
// as empty.
func detail[T any](c *codec, e *trace.Event, fields func(*T)) {
	d, _ := e.Detail.(T)
	fields(&d)
	if c.reading {
		e.Detail = d
	}
}

func (c *codec) message(d *trace.MessageDetail) {
	number(c, &d.Type)
	number(c, &d.Length)
	c.text(&d.Fault)
}

func (c *codec) keys(d *trace.KeysDetail) {
	number(c, &d.Version)
	c.suite(&d.Suite, &d.SuiteID)
}

// suite is kept as its number. One of TLS 1.3's, of which the table has none, is
// told as the library tells it.
func (c *codec) suite(s **suite.Suite, id *wire.SuiteID) {
	number(c, id)
	if !c.reading || *id == 0 {
		return
	}
	if *s = suite.ByID(*id); *s == nil {
		*s = &suite.Suite{ID: *id}
	}
}

func (c *codec) handshake(d *trace.HandshakeDetail) {
	number(c, &d.Version)
	c.suite(&d.Suite, &d.SuiteID)
	number(c, &d.Group)
	number(c, &d.Terms)
	c.flags(&d.Resumed, &d.ExtendedMasterSecret, &d.ClientCertificate, &d.SecureRenegotiation)
	c.text(&d.ServerName)
	c.text(&d.ALPN)
}

func (c *codec) second(d *trace.SecondHelloDetail) {
	number(c, &d.Kind)
	c.texts(&d.Proof)
	c.flags(&d.Resumes, &d.Asked)
	c.text(&d.WhyNotResumed)
	number(c, &d.Count)
	number(c, &d.FromClient)
	number(c, &d.ToClient)
	number(c, &d.HeaderVersion)
}

func (c *codec) answered(d *trace.AnsweredDetail) {
	number(c, &d.Kind)
	number(c, &d.Answer)
	number(c, &d.Terms)
	c.text(&d.Bound)
	c.text(&d.Reason)
}
