package proxy

import (
	"context"
	"time"
)

// lookEntering is how often a server that stops looks whether somebody is on his
// way in.
const lookEntering = 25 * time.Millisecond

// letEnter waits for those who were accepted before the stop: until they are
// served or gone, or accepted is closed. It has as long as a handshake may take,
// and of drain no more than there is.
func (s *Server) letEnter(now context.Context, accepted <-chan struct{}) {
	settings := s.current.Load().settings
	over := time.NewTimer(min(settings.Drain, settings.Handshake+headerTimeout))
	defer over.Stop()
	look := time.NewTicker(lookEntering)
	defer look.Stop()
	for s.entering() > 0 {
		select {
		case <-look.C:
		case <-over.C:
			return
		case <-accepted:
			return
		case <-now.Done():
			return
		}
	}
}

// entering counts the connections that are accepted and have no stream yet.
func (s *Server) entering() int {
	n := int(s.gate.entering.Load())
	s.mu.Lock()
	defer s.mu.Unlock()
	served := make(map[uint64]bool, len(s.sessions))
	for x := range s.sessions {
		served[x.client.Number()] = true
	}
	s.born.Range(func(conn, _ any) bool {
		if !served[conn.(uint64)] {
			n++
		}
		return true
	})
	return n
}

// refuseMore has the socket accept nobody more. Who waits at it is refused, unless
// another process has it too.
func (g *gate) refuseMore() error {
	if d := g.leads(); d != nil {
		return d.refuseMore() // it is shut later: by then nobody is on his way through it
	}
	return nil
}
