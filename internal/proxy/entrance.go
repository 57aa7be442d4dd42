package proxy

import (
	"net"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/passage"
)

// An entrance gives a server its clients: *parley.Conns, whose handshake is done,
// and others, which are passed through.
type entrance interface {
	net.Listener
	SetConfig(*parley.Config) error
}

// entranceTo stands before a listener as the settings of a generation ask for.
func entranceTo(inner net.Listener, g *generation) (entrance, error) {
	if g.settings.Observe {
		return observing{inner}, nil
	}
	return parley.NewListener(inner, g.config)
}

// An observing entrance ends nobody's TLS.
type observing struct{ net.Listener }

// SetConfig has nothing to say to anybody.
func (observing) SetConfig(*parley.Config) error { return nil }

// begin serves who came in.
func (s *Server) begin(conn net.Conn) {
	if c, ok := conn.(*parley.Conn); ok {
		s.serve(c)
		return
	}
	by := s.current.Load()
	s.pass(conn, by, by.settings.Backend, passage.First{})
}
