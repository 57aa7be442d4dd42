package diagnose

import (
	"sort"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// facts gathers what a line about the connection says.
func facts(s *story) Facts {
	f := Facts{Opened: s.opened, Locked: s.locked, Sealed: s.dataSealed}
	for _, d := range s.data {
		f.FromClient += d.FromClient
		f.ToClient += d.ToClient
	}
	if v := s.version(); v != 0 {
		f.Version = v.String()
	}
	if id, _ := s.cipher(); id != 0 {
		f.Suite, f.KeyExchange = id.String(), keyExchange(id)
	}
	if h := s.first(); h != nil {
		f.ofFirst(h)
	}
	f.Library, f.LibraryGrounds = library(s)
	f.SecondHellos = s.secondHelloTimes()
	return f
}

func (f *Facts) ofFirst(h *handshake) {
	if h.hello != nil {
		f.ServerName = serverName(h.hello)
		_, f.JA3 = h.hello.JA3()
		f.JA4 = h.hello.JA4()
	}
	if h.serverHello != nil {
		protocol, _ := h.serverHello.ALPN()
		f.ALPN = wire.Printable(protocol)
		f.ExtendedMasterSecret = h.serverHello.ExtendedMasterSecret()
	}
	if h.keyExchange != nil && h.keyExchange.Group != 0 {
		f.Group = h.keyExchange.Group.String()
	}
	if h.done != nil {
		f.ofDone(h.done)
	}
}

func (f *Facts) ofDone(d *trace.HandshakeDetail) {
	f.Resumed = d.Resumed
	f.ExtendedMasterSecret = f.ExtendedMasterSecret || d.ExtendedMasterSecret
	if d.Group != 0 {
		f.Group = d.Group.String()
	}
	if f.ALPN == "" {
		f.ALPN = wire.Printable(d.ALPN)
	}
	if f.ServerName == "" {
		f.ServerName = wire.Printable(d.ServerName)
	}
}

func serverName(h *wire.ClientHello) string {
	name, _ := h.ServerName()
	return wire.Printable(name)
}

// keyExchange is the part of a suite's name that says how keys are exchanged.
func keyExchange(id wire.SuiteID) string {
	name, _, ok := strings.Cut(strings.TrimPrefix(id.String(), "TLS_"), "_WITH_")
	if !ok {
		return "" // of TLS 1.3, whose suites do not say
	}
	kx, _, _ := strings.Cut(name, "_")
	return kx
}

// secondHelloTimes says when second hellos came, sealed ones too.
func (s *story) secondHelloTimes() []SecondHello {
	var list []SecondHello
	for _, h := range s.handshakes {
		if h.second != nil {
			list = append(list, s.timeOf(h.secondAt, h.second.Kind.String(), h.second.Asked || s.askedBefore(h.secondAt)))
		}
	}
	for _, h := range s.sealed {
		if !s.view(h).first() {
			list = append(list, s.timeOf(h.hello.moment, "unknown", h.asked != nil && s.asks(*h.asked)))
		}
	}
	return list
}

func (s *story) timeOf(e moment, kind string, asked bool) SecondHello {
	since := s.lastDone(e)
	h := SecondHello{Kind: kind, At: e.At, SinceLast: max(0, e.At-since.At), Asked: asked, Frame: e.Place.Frame}
	h.FromClient, h.ToClient = s.dataBetween(since, e)
	h.Idle = max(0, e.At-max(since.At, s.lastData(e)))
	return h
}

// lastDone is when the last handshake before e was done.
func (s *story) lastDone(e moment) moment {
	var last moment
	for _, h := range s.handshakes {
		if h.done != nil && e.after(h.doneAt) && h.doneAt.after(last) {
			last = h.doneAt
		}
	}
	for _, h := range s.sealed {
		if h.done() && e.after(h.doneAt) && h.doneAt.after(last) {
			last = h.doneAt
		}
	}
	return last
}

// lastData is when the last application data before e came.
func (s *story) lastData(e moment) time.Duration {
	before := sort.Search(len(s.data), func(i int) bool { return !e.after(s.data[i].moment) })
	if before == 0 {
		return 0
	}
	return until(s.data[before-1].moment)
}

// askedBefore reports whether a HelloRequest came between the handshake before e
// and e.
func (s *story) askedBefore(e moment) bool {
	since := s.lastDone(e)
	for _, ask := range s.asked {
		if e.after(ask) && ask.after(since) {
			return true
		}
	}
	return false
}
