package proxy

import (
	"maps"
	"net"
	"slices"
	"sync"

	"github.com/parley-tls/parley/internal/proxy/passage"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// passages are the connections that a server passes through.
type passages struct {
	observatory *passage.Observatory

	mu   sync.Mutex // guards what follows
	live map[*passed]bool
	past traffic // of those that are over
	over bool    // there come no more
}

func newPassages() *passages {
	return &passages{observatory: passage.NewObservatory(), live: map[*passed]bool{}}
}

// count is how many there are.
func (p *passages) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.live)
}

// all gives those that live.
func (p *passages) all() []*passed {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Collect(maps.Keys(p.live))
}

// cutAll cuts those that are left.
func (p *passages) cutAll(why error) { p.cutThose(why, func(*passed) bool { return true }) }

func (p *passages) cutThose(why error, which func(*passed) bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for x := range p.live {
		if which(x) {
			x.cut(why)
		}
	}
}

// traffic counts the bytes of all, those under way included.
func (p *passages) traffic() (in, out int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := p.past
	for x := range p.live {
		sum.add(x.carried())
	}
	return sum.in, sum.out
}

// pass serves a connection, which has its place, on a goroutine of its own.
func (s *Server) pass(conn net.Conn, by *generation, to *upstream.Backend, first passage.First) {
	x := newPassed(s, by, to, conn, first)
	p := s.passages
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		x.abandon()
		s.givePlace()
		return
	}
	p.live[x] = true
	s.open.Add(1)
	s.telemetry.PassageBegun()
	s.running.Go(func() {
		defer s.closed()
		defer s.givePlace()
		x.run()
		s.leave(conn)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.past.add(x.carried())
		delete(p.live, x)
	})
}

// end has no more come: who waits for those that live waits for all.
func (p *passages) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
}

// leave has a source have one connection less open. For connections whose TLS is
// ended here, their events say it.
func (s *Server) leave(conn net.Conn) {
	key, ok := sourceOf(conn.RemoteAddr())
	if !ok {
		return
	}
	s.sources.mu.Lock()
	defer s.sources.mu.Unlock()
	s.sources.leave(key)
}
