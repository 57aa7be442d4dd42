package proxy

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// idleSources bounds the sources that are remembered though nothing of theirs is
// open. Those with something open are bounded by descriptors.
const idleSources = 16 << 10

// burstSeconds is how many seconds' worth of new connections a source may make
// at once: devices come back together when their power does.
const burstSeconds = 10

// sources hold what each source of clients has open and how fast it comes. A
// source is an IPv4 address or an IPv6 /64.
type sources struct {
	mu              sync.Mutex // guards what follows
	most, perSecond int        // zero: no limit
	table           map[netip.Prefix]*source
	idle            *list.List              // of *source with nothing open, the longest idle first
	conns           map[uint64]netip.Prefix // of the connections that are open
}

type source struct {
	key   netip.Prefix
	open  int
	speed *rate.Limiter // nil: no limit
	place *list.Element // in idle; nil: something is open
}

func newSources(most, perSecond int) *sources {
	return &sources{most: most, perSecond: perSecond, table: map[netip.Prefix]*source{}, idle: list.New(), conns: map[uint64]netip.Prefix{}}
}

// sourceOf is the source that an address belongs to; false: it has none.
func sourceOf(a net.Addr) (netip.Prefix, bool) {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.Prefix{}, false
	}
	return sourceOfAddress(tcp.AddrPort().Addr()), true
}

func sourceOfAddress(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 32
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // it fails only if there are fewer
	return p
}

// limit says what sources may have from now on.
func (s *sources) limit(most, perSecond int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.most, s.perSecond = most, perSecond
}

// enter counts a new connection of a source, unless a limit keeps it out.
func (s *sources) enter(key netip.Prefix, now time.Time) (telemetry.Limit, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.find(key)
	x.pace(s.perSecond)
	switch {
	case s.most > 0 && x.open >= s.most:
		return telemetry.LimitPerSource, false
	case x.speed != nil && !x.speed.AllowN(now, 1):
		return telemetry.LimitHandshakes, false
	}
	x.open++
	if x.place != nil {
		s.idle.Remove(x.place)
		x.place = nil
	}
	return "", true
}

func (s *sources) find(key netip.Prefix) *source {
	x := s.table[key]
	if x == nil {
		x = &source{key: key}
		s.table[key] = x
		s.rest(x)
	} else if x.place != nil {
		s.idle.MoveToBack(x.place)
	}
	return x
}

// pace bounds how fast a source comes; zero: it is not bounded.
func (x *source) pace(perSecond int) {
	switch {
	case perSecond == 0:
		x.speed = nil
	case x.speed == nil || x.speed.Limit() != rate.Limit(perSecond):
		x.speed = rate.NewLimiter(rate.Limit(perSecond), burstSeconds*perSecond)
	}
}

// rest puts a source among those with nothing open, and forgets the one that was
// there for longest if they are too many.
func (s *sources) rest(x *source) {
	x.place = s.idle.PushBack(x)
	if s.idle.Len() > idleSources {
		oldest := s.idle.Remove(s.idle.Front()).(*source)
		delete(s.table, oldest.key)
	}
}

// observe is parley.Config's Events: it hears which connections are over. What
// entered was opened under the same address.
func (s *sources) observe(e parley.Event) {
	switch e.Name {
	case parley.EventOpened:
		address, err := netip.ParseAddrPort(e.Detail.(parley.OpenedDetail).Client)
		if err != nil {
			return // it has no source
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		s.conns[e.Conn] = sourceOfAddress(address.Addr())
	case parley.EventClosed:
		s.mu.Lock()
		defer s.mu.Unlock()
		if key, ok := s.conns[e.Conn]; ok {
			delete(s.conns, e.Conn)
			s.leave(key)
		}
	}
}

func (s *sources) leave(key netip.Prefix) {
	x := s.table[key]
	if x.open--; x.open == 0 {
		s.rest(x)
	}
}
