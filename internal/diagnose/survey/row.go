package survey

import (
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A row is what is kept of one connection.
type row struct {
	number int
	start  time.Time
	client netip.Addr // whom a PROXY header names, where one does; invalid: unknown
	server netip.AddrPort

	print      name // JA3 and JA4
	serverName name
	version    name
	library    name
	findings   uint64 // a bit for each id of names.findings
	failures   uint64 // those of level failure

	offered wire.Version // the highest in the hello; 0: no hello was seen
	session bool         // the hello offered one
	done    bool         // the first handshake ended well
	resumed bool
	rsa     bool // its keys were exchanged by RSA
	keysent bool // the client sent its ClientKeyExchange

	short     bool // the server split its records
	brokeOff  bool // the client left right behind the first of them
	reset     bool
	resetFrom trace.Side
	resetBoth bool
	resetIdle bool // nothing had been said for a while
	odd       bool // the packet of the reset is unlike its sender's others
	place     [2]int64
	partial   bool // bytes of it are missing

	up, down int64 // application bytes in all
	lasted   time.Duration
	second   bool // a second hello came

	timeout, idle time.Duration // how long the server waited before it ended; 0: it did not
}

// row reads a diagnosis.
func (n *names) row(d *diagnose.Diagnosis) row {
	c := d.Conversation
	r := row{
		number: c.Number, start: c.Start, client: c.Client.Addr(), server: c.Server,
		serverName: n.of(d.Facts.ServerName), version: n.of(d.Facts.Version), library: n.of(d.Facts.Library),
		up: d.Facts.FromClient, down: d.Facts.ToClient, lasted: c.Duration, second: len(d.Facts.SecondHellos) > 0,
		resumed: d.Facts.Resumed, rsa: d.Facts.KeyExchange == "RSA",
	}
	if d.Facts.JA3 != "" || d.Facts.JA4 != "" {
		r.print = n.of(d.Facts.JA3 + " " + d.Facts.JA4)
	}
	if c.Prelude != nil && c.Prelude.Origin.IsValid() {
		r.client = c.Prelude.Origin.Addr()
	}
	for _, f := range d.Findings {
		bit := n.finding(f.ID)
		r.findings |= bit
		if f.Level == diagnose.Failure {
			r.failures |= bit
		}
	}
	read(&r, c.Events)
	return r
}

// A reader goes over a connection's events once.
type reader struct {
	*row
	last, lastClient time.Duration // when anything came, and from the client
	lastData         time.Duration
	firstShort       time.Duration // when the server's first split record came; 0: none
	afterShort       int64         // what the client sent behind it
	ends             [2]*trace.EndDetail
	ended            [2]trace.Event
}

func read(r *row, events []trace.Event) {
	x := reader{row: r, firstShort: -1}
	for _, e := range events {
		x.take(e)
	}
	for _, e := range events {
		if e.Name != trace.Closed && e.From != trace.Nobody {
			x.moved(e)
		}
	}
	x.conclude()
}

// moved notes how far a side came, and when. What was understood only when the
// server had ended, such as a record that was never whole, came earlier: nobody
// knows when, and it does not count as a sign of life.
func (x *reader) moved(e trace.Event) {
	i := index(e.From)
	x.place[i] = max(x.place[i], e.Place.Offset+int64(e.Place.Length))
	if x.ends[1] != nil && e.At > x.ended[1].At {
		return
	}
	x.last = max(x.last, until(e))
	if e.From == trace.Client {
		x.lastClient = max(x.lastClient, until(e))
	}
}

func index(s trace.Side) int {
	if s == trace.Server {
		return 1
	}
	return 0
}

// until is when the last of an event came.
func until(e trace.Event) time.Duration {
	if d, ok := e.Detail.(trace.DataDetail); ok {
		return max(e.At, d.Until)
	}
	return e.At
}

func (x *reader) take(e trace.Event) {
	switch d := e.Detail.(type) {
	case trace.MessageDetail:
		x.message(e, d)
	case trace.HandshakeDetail:
		if e.Handshake == 0 {
			x.done = true
			x.resumed = d.Resumed
			// Under TLS 1.3 the session id stands there for middleboxes.
			x.session = x.session && d.Version != wire.VersionTLS13
		}
	case trace.DataDetail:
		x.data(e, d)
	case trace.GapDetail:
		x.partial = x.partial || d.Why != trace.GapChanged
	case trace.EndDetail:
		if i := index(e.From); x.ends[i] == nil && e.From != trace.Nobody {
			x.ends[i], x.ended[i] = &d, e
		}
	}
}

func (x *reader) message(e trace.Event, d trace.MessageDetail) {
	if e.Handshake != 0 || e.From != trace.Client {
		return
	}
	switch d.Type {
	case wire.MessageClientHello:
		if d.Hello != nil && x.offered == 0 {
			x.hello(d.Hello)
		}
	case wire.MessageClientKeyExchange:
		x.keysent = true
	}
}

func (x *reader) hello(h *wire.ClientHello) {
	x.offered = h.Version
	if versions, err := h.Versions(); err == nil {
		for _, v := range versions {
			if !v.IsGREASE() {
				x.offered = max(x.offered, v)
			}
		}
	}
	ticket, _ := h.SessionTicket()
	x.session = len(h.SessionID) > 0 || len(ticket) > 0
}

func (x *reader) data(e trace.Event, d trace.DataDetail) {
	x.lastData = max(x.lastData, until(e))
	if e.From == trace.Server && d.Short > 0 && x.firstShort < 0 {
		x.firstShort, x.short = e.At, true
		return
	}
	if x.firstShort >= 0 {
		x.afterShort += d.FromClient
	}
}

// shortly is within what time a client that a record breaks is gone.
const shortly = 2 * time.Second

func (x *reader) conclude() {
	x.brokeOff = x.short && x.afterShort == 0 && x.ends[0] != nil && !x.ends[0].CloseNotify &&
		(x.ends[0].How == trace.EndReset || x.ends[0].How == trace.EndFIN) && x.ended[0].At-x.firstShort < shortly
	x.resets()
	x.waits()
}

func (x *reader) resets() {
	for i, from := range []trace.Side{trace.Client, trace.Server} {
		if d := x.ends[i]; d != nil && d.How == trace.EndReset {
			x.resetBoth = x.reset
			x.reset, x.resetFrom = true, from
			x.resetIdle = x.ended[i].At-x.last >= longEnough
			x.odd = x.odd || d.Odd != ""
		}
	}
}

// waits reads how long a server had waited when it ended the connection, if it
// was the first to end it.
func (x *reader) waits() {
	end := x.ends[1]
	if end == nil || end.How != trace.EndFIN && end.How != trace.EndReset {
		return
	}
	at := x.ended[1].At
	if x.ends[0] != nil && x.ended[0].At < at {
		return
	}
	if !x.done {
		x.timeout = max(0, at-x.lastClient)
		return
	}
	x.idle = max(0, at-x.last)
}
