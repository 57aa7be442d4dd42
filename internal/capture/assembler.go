package capture

import (
	"net/netip"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// Limits bound what an Assembler keeps. A zero field has a default.
type Limits struct {
	Connections int           // followed at a time; 65,536
	Held        int           // bytes that wait for others, of all connections; 32 MiB
	HeldByOne   int           // of one connection; 4 MiB
	Patience    time.Duration // by the capture's time, for bytes that nobody acknowledged; 10 s
	Grace       time.Duration // for bytes that were acknowledged, so that only the capture lacks them; 1 s
	Linger      time.Duration // after a reset, for what was under way; 1 s
	History     int           // bytes kept to compare with what comes again, of all connections; 32 MiB
}

func (l Limits) withDefaults() Limits {
	orDefault(&l.Connections, 1<<16)
	orDefault(&l.Held, 32<<20)
	orDefault(&l.HeldByOne, 4<<20)
	orDefault(&l.Patience, 10*time.Second)
	orDefault(&l.Grace, time.Second)
	orDefault(&l.Linger, time.Second)
	orDefault(&l.History, 32<<20)
	return l
}

func orDefault[T int | time.Duration](v *T, otherwise T) {
	if *v == 0 {
		*v = otherwise
	}
}

// An Assembler makes TCP connections of packets. It is not safe for concurrent use.
type Assembler struct {
	open   func(Connection) Sink
	limits Limits

	decoder decoder
	now     time.Time // the latest of the packets'
	number  int       // of the last connection

	table   map[tuple]*connection
	living  queue // followed, the latest first
	buried  queue // ended, and kept to know what is late
	alarms  alarms
	held    int // bytes, with what keeping them costs
	history int // bytes
}

// A tuple is the two ends of a connection, the lesser one first.
type tuple struct{ low, high netip.AddrPort }

func tupleOf(a, b netip.AddrPort) tuple {
	if a.Compare(b) <= 0 {
		return tuple{a, b}
	}
	return tuple{b, a}
}

// NewAssembler makes an assembler that asks open for a sink when a connection begins.
// Open may return nil for a connection that nobody wants to see.
func NewAssembler(open func(Connection) Sink, l Limits) *Assembler {
	return &Assembler{open: open, limits: l.withDefaults(), table: make(map[tuple]*connection)}
}

// Add takes the next packet. Its data is not kept.
func (a *Assembler) Add(p Packet) {
	a.Advance(p.Time)
	s, ok := a.decoder.decode(p)
	if !ok {
		return
	}
	if c, d := a.find(s); c != nil {
		c.take(d, s)
		a.settle(c)
	}
}

// Advance says how late it is, by the clock that packets are captured with. Packets say
// it too; it is for a capture that is followed live, when none comes.
func (a *Assembler) Advance(now time.Time) {
	const jump = time.Minute // interfaces whose clocks differ mix times by less
	switch {
	case now.After(a.now):
		a.now = now
		a.ring()
	case a.now.Sub(now) > jump && !now.IsZero():
		// Another capture was put behind the first, or somebody set the clock: what
		// waits for something of before has waited enough.
		a.now = a.now.Add(max(a.limits.Patience, a.limits.Grace, a.limits.Linger))
		a.ring()
		a.now = now
	}
}

// ring does what the time has come for.
func (a *Assembler) ring() {
	for {
		c := a.alarms.due(a.now)
		if c == nil {
			return
		}
		c.ring()
		a.settle(c)
	}
}

// Finish tells what still waits and ends all connections, in their order.
func (a *Assembler) Finish() {
	living := make([]*connection, 0, len(a.table))
	for c := a.living.newest; c != nil; c = c.older {
		living = append(living, c)
	}
	slices.SortFunc(living, func(x, y *connection) int { return x.Number - y.Number })
	for _, c := range living {
		c.endAll(c.last, trace.EndOfCapture)
		a.bury(c)
	}
	a.decoder.fragments.giveUp()
}

// Counts tells what became of the packets so far. Fragments are complete after Finish.
func (a *Assembler) Counts() Counts {
	counts := a.decoder.counts
	counts.Fragments = a.decoder.fragments.lost
	return counts
}

// find gives the connection that a segment belongs to, and its direction there; nil:
// none that is followed.
func (a *Assembler) find(s segment) (*connection, Direction) {
	key := tupleOf(s.from, s.to)
	c := a.table[key]
	if c != nil {
		d := c.directionOf(s)
		switch {
		case !c.replacedBy(d, s):
			c.last = s.at
			if c.sink == nil {
				a.buried.toFront(c)
				return nil, 0
			}
			a.living.toFront(c)
			return c, d
		case c.sink != nil:
			c.endAll(s.at, trace.EndReused)
			a.bury(c)
		}
		a.forget(c)
	}
	return a.begin(key, s)
}

// begin opens a connection.
func (a *Assembler) begin(key tuple, s segment) (*connection, Direction) {
	if a.living.length >= a.limits.Connections {
		idle := a.living.oldest
		idle.giveUp()
		a.bury(idle)
		a.forget(idle)
	}
	a.number++
	c := newConnection(a, key, s)
	a.table[key] = c
	a.living.push(c)
	if c.sink = a.open(c.Connection); c.sink == nil {
		a.bury(c)
		return nil, 0
	}
	return c, c.directionOf(s)
}

// settle follows a change in a connection: it is at its end, holds too much, or waits
// until another time.
func (a *Assembler) settle(c *connection) {
	for c.held > a.limits.HeldByOne || c.held > 0 && a.held > a.limits.Held || c.crowded() {
		c.skipOldest()
	}
	if c.done() {
		a.bury(c)
		return
	}
	a.alarms.set(c, c.nextAlarm())
}

// bury finishes a connection. What is left of it knows late packets for what they are.
func (a *Assembler) bury(c *connection) {
	a.living.remove(c)
	a.alarms.set(c, time.Time{})
	c.finish()
	a.buried.push(c)
	if a.buried.length > max(1, a.limits.Connections/4) {
		a.forget(a.buried.oldest)
	}
}

// forget drops what is left of a buried connection.
func (a *Assembler) forget(c *connection) {
	a.buried.remove(c)
	if a.table[c.key] == c {
		delete(a.table, c.key)
	}
}
