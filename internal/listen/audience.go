package listen

import (
	"net"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/flight"
	"github.com/parley-tls/parley/internal/tape"
	"github.com/parley-tls/parley/internal/trace"
)

// An audience hears what all connections tell, and makes a conversation of each.
// It is called amid the connections' work, so it only keeps things; who reads
// heard does the rest.
type audience struct {
	most int // connections it hears; zero: all

	mu    sync.Mutex // guards what follows
	news  *sync.Cond // on mu: heard grew, or over
	taps  map[string]*tappedConn
	calls map[uint64]*call // those under way, by the library's number
	count int
	heard []any // *opening and *call, in order
	lost  int   // connections that came while too much waited to be told
	over  bool
}

// mostHeard bounds what waits to be told: a terminal may be slower than clients.
const mostHeard = 1000

// An opening is that a client connected.
type opening struct {
	number int
	client string
}

func newAudience(most int) *audience {
	a := &audience{most: most, taps: map[string]*tappedConn{}, calls: map[uint64]*call{}}
	a.news = sync.NewCond(&a.mu)
	return a
}

// accept is told of a connection before its first event is.
func (a *audience) accept(c *tappedConn) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.taps[c.RemoteAddr().String()] = c
}

// listener is proxy.Watcher's: it taps what is accepted, and records it on t.
func (a *audience) listener(t *tape.Tape) func(net.Listener) net.Listener {
	return func(l net.Listener) net.Listener {
		return tapper{l, func(c net.Conn) net.Conn {
			tapped := tapped(c, t)
			a.accept(tapped)
			return tapped
		}}
	}
}

// observe is parley.Config's Events.
func (a *audience) observe(e parley.Event) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if e.Name == parley.EventOpened {
		a.open(e)
		return
	}
	c := a.calls[e.Conn]
	if c == nil {
		return
	}
	c.Add(e)
	if e.Name == parley.EventClosed {
		a.hangUp(e.Conn, c)
	}
}

func (a *audience) open(e parley.Event) {
	client := e.Detail.(parley.OpenedDetail).Client
	tapped := a.taps[client]
	delete(a.taps, client)
	switch {
	case tapped == nil, a.over, a.most > 0 && a.count >= a.most:
		return
	case len(a.heard) >= mostHeard:
		a.lost++
		return
	}
	a.count++
	c := newCall(a.count, tapped, time.Now())
	c.Add(e)
	a.calls[e.Conn] = c
	a.tell(&opening{a.count, client})
}

// hangUp ends a call. a.mu is held.
func (a *audience) hangUp(conn uint64, c *call) {
	delete(a.calls, conn)
	c.end()
	a.tell(c)
}

// end ends the calls that are still under way, and hears nothing more.
func (a *audience) end() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for conn, c := range a.calls {
		a.hangUp(conn, c)
	}
	a.over = true
	a.news.Broadcast()
}

func (a *audience) tell(what any) {
	a.heard = append(a.heard, what)
	a.news.Broadcast()
}

// unheard counts the connections that are not told.
func (a *audience) unheard() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.lost
}

// next waits for news; nil: there are none any more.
func (a *audience) next() any {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.heard) == 0 && !a.over {
		a.news.Wait()
	}
	if len(a.heard) == 0 {
		return nil
	}
	first := a.heard[0]
	a.heard = a.heard[1:]
	return first
}

// keeping bounds what is kept of one connection: as many events as a capture's
// conversation has.
var keeping = flight.Limits{
	Early: keptEarly, Late: keptLate, EarlyBytes: 1 << 20, LateBytes: 256 << 10, Text: 512, Hellos: keptHellos,
}

const (
	keptEarly  = 3584
	keptLate   = 512
	keptHellos = 1 << 20 // bytes
)

// A call is one client's connection while it is told.
type call struct {
	*flight.Recorder
	conversation *trace.Conversation
	conn         *tappedConn
}

func newCall(number int, conn *tappedConn, now time.Time) *call {
	return &call{Recorder: flight.NewRecorder(&keeping), conn: conn, conversation: &trace.Conversation{
		Number: number, Live: true, Sided: true, Start: now,
		Client: tape.AddrPort(conn.RemoteAddr()), Server: tape.AddrPort(conn.LocalAddr()),
	}}
}

// end makes the conversation whole.
func (c *call) end() {
	c.Fill(c.conversation)
	if !c.closed() {
		c.conversation.Duration = time.Since(c.conversation.Start)
	}
	c.judgeProtocol()
}

func (c *call) closed() bool {
	events := c.conversation.Events
	return len(events) > 0 && events[len(events)-1].Name == trace.Closed
}
