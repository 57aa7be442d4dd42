package flight

import (
	"net/netip"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

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
