package parley

import (
	"container/list"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/renego"
)

// maxSources bounds the table of addresses that renegotiate.
const maxSources = 16_384

// sources holds the ration of each address that renegotiated lately. Its zero
// value is empty.
type sources struct {
	mu      sync.Mutex
	entries map[netip.Prefix]*list.Element
	recent  list.List // of *source, the most recent first
}

type source struct {
	prefix netip.Prefix
	bucket renego.Bucket
}

var processStart = time.Now()

// take spends points of an address. When the table is full the address that was
// longest quiet is forgotten: it has regained the most.
func (s *sources) take(p netip.Prefix, cost int, ration renego.Ration) time.Duration {
	now := time.Since(processStart)
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.entries[p]
	if !ok {
		if s.entries == nil {
			s.entries = map[netip.Prefix]*list.Element{}
		}
		if s.recent.Len() >= maxSources {
			delete(s.entries, s.recent.Remove(s.recent.Back()).(*source).prefix)
		}
		e = s.recent.PushFront(&source{prefix: p})
		s.entries[p] = e
	}
	s.recent.MoveToFront(e)
	return e.Value.(*source).bucket.Take(now, cost, ration.Source, ration.SourcePerSecond)
}

// sourceOf gives what shares a ration: an IPv4 address, an IPv6 /64.
func sourceOf(a net.Addr) (netip.Prefix, bool) {
	addrPort, err := netip.ParseAddrPort(a.String())
	if err != nil {
		return netip.Prefix{}, false // a Unix socket has no address to tell clients apart by
	}
	addr := addrPort.Addr().Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	return p, err == nil
}

// Take implements engine.Ration: the points of the client's address, by the
// stream's own Config.
func (t *transport) Take(cost int) time.Duration {
	p, ok := sourceOf(t.inner.RemoteAddr())
	if !ok {
		return 0
	}
	return t.rules.lineage.sources.take(p, cost, t.rules.config.Policy.Ration.OrDefault())
}
