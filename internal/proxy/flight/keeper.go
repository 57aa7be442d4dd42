package flight

import (
	"cmp"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A Counter is told what becomes of flights.
type Counter interface {
	FlightKept()
	FlightsForgotten(from string, n int)
}

// Where flights are forgotten: there is room for so many, or no time to write them.
const (
	FromMemory    = "memory"
	FromDirectory = "directory"
	FromQueue     = "queue"
	FromRation    = "ration" // it was one of many that ended alike
)

// Forgotten are all of them.
var Forgotten = [...]string{FromMemory, FromDirectory, FromQueue, FromRation}

// A Keeper keeps the flights of a process. A nil Keeper keeps none.
type Keeper struct {
	tool   string
	live   sync.Map // of connection numbers: *flying
	ration ration
	memory *store
	disk   *Directory // nil: none
}

// NewKeeper keeps flights in memory, and in a directory if there is one.
func NewKeeper(tool string, d *Directory) *Keeper {
	return &Keeper{tool: tool, memory: newStore(inMemory), disk: d}
}

// Close waits until what is kept is written.
func (k *Keeper) Close() {
	if k != nil && k.disk != nil {
		k.disk.close()
	}
}

// A Source is a server whose connections are followed.
type Source struct {
	Keeper   *Keeper
	Listener string                // its name; may be empty
	Server   func() netip.AddrPort // where it listens; invalid: not known
	Counter  Counter
}

// A flying is a connection that lives.
type flying struct {
	*Recorder
	source *Source
	number uint64
	client string
	start  time.Time
	bad    bool // it ends badly, or has a part that did
	spoke  bool // the client said something
}

// Observe is parley.Config's Events. Before it returns from a connection's end,
// Landed knows of it.
func (s *Source) Observe(e parley.Event) {
	k := s.Keeper
	if e.Name == parley.EventOpened {
		opened, _ := e.Detail.(parley.OpenedDetail)
		f := &flying{Recorder: NewRecorder(&Ordinary), source: s, number: e.Conn, client: opened.Client, start: time.Now().Add(-e.At)}
		f.Add(e)
		k.live.Store(e.Conn, f)
		return
	}
	known, ok := k.live.Load(e.Conn)
	if !ok {
		return
	}
	f := known.(*flying)
	f.Add(e)
	f.note(e)
	if e.Name == parley.EventClosed {
		k.live.Delete(e.Conn)
		if f.bad && f.spoke {
			k.land(f, e.Finding)
		}
	}
}

// note judges whether the connection ends badly, which is seldom: then only is it
// diagnosed. Who only asks whether the port is open has no flight.
func (f *flying) note(e parley.Event) {
	switch d := e.Detail.(type) {
	case parley.MessageDetail:
		f.spoke = true
	case parley.AlertDetail:
		f.bad = f.bad || d.Level == wire.LevelFatal
		f.spoke = f.spoke || e.From == parley.SideClient
	case parley.FailureDetail:
		f.bad = f.bad || e.Name == parley.EventHandshakeFailed || d.Finding != ""
		f.spoke = f.spoke || d.Finding != "" && d.Finding != abandoned
	}
}

// abandoned is the finding of those who went away in their handshake.
const abandoned = "handshake-abandoned"

// conversation makes one of what was kept so far.
func (f *flying) conversation() *trace.Conversation {
	c := &trace.Conversation{
		Number: int(f.number), Live: true, Sided: true, Server: f.source.Server(), Start: f.start.UTC().Round(0),
	}
	c.Client, _ = netip.ParseAddrPort(f.client) // of a Unix socket there is none
	c.Client = netip.AddrPortFrom(c.Client.Addr().Unmap(), c.Client.Port())
	f.Fill(c)
	c.Protocol = protocolOf(c)
	return c
}

// protocolOf is what a live server's events say of what was spoken.
func protocolOf(c *trace.Conversation) trace.Protocol {
	for _, e := range c.Events {
		switch e.Finding {
		case "not-tls-http":
			return trace.ProtocolHTTP
		case "not-tls":
			return trace.ProtocolUnknown
		}
	}
	return trace.ProtocolTLS
}

// land keeps the flight of a connection that ended.
func (k *Keeper) land(f *flying, ended string) {
	if !k.ration.take(time.Now(), ended, sourceOf(f.client)) {
		f.source.Counter.FlightsForgotten(FromRation, 1)
		return
	}
	kept := conclude(f)
	f.source.Counter.FlightKept()
	if n := k.memory.add(kept); n > 0 {
		f.source.Counter.FlightsForgotten(FromMemory, n)
	}
	if k.disk != nil {
		k.disk.write(kept, k.tool, f.source.Counter)
	}
}

// Landed tells of the flight of a connection that has ended, if there is one.
func (k *Keeper) Landed(conn uint64) (Summary, bool) {
	if k == nil {
		return Summary{}, false
	}
	return k.memory.summaryOf(conn)
}

// maxLive bounds a list of connections.
const maxLive = 10000

// Live lists the connections that are open, the newest first.
func (k *Keeper) Live() Listing {
	var open []*flying
	k.live.Range(func(_, v any) bool {
		open = append(open, v.(*flying))
		return true
	})
	slices.SortFunc(open, func(a, b *flying) int { return cmp.Compare(b.number, a.number) })
	told := open[:min(len(open), maxLive)]
	list := Listing{Flights: make([]Summary, 0, len(told)), More: len(open) - len(told)}
	for _, f := range told {
		list.Flights = append(list.Flights, f.open())
	}
	return list
}
