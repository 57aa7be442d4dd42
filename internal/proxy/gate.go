package proxy

import (
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// A gate stands before what accepts the clients, and turns away those whose
// source has more than its share. That costs no handshake.
type gate struct {
	net.Listener
	sources   *sources
	telemetry *telemetry.Telemetry
	told      map[telemetry.Limit]*seldom
	log       *slog.Logger
}

// gate gives the listener that the settings ask for.
func (s *Server) gate(inner net.Listener) net.Listener {
	if s.sources == nil {
		return inner
	}
	return &gate{
		Listener: inner, sources: s.sources, telemetry: s.telemetry, log: s.log,
		told: map[telemetry.Limit]*seldom{telemetry.LimitPerSource: {}, telemetry.LimitHandshakes: {}},
	}
}

// Accept gives the next client that is let in.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil || g.admits(conn) {
			return conn, err
		}
		reset(conn)
	}
}

// admits says whether a client may come in, and counts it with its source.
func (g *gate) admits(conn net.Conn) bool {
	key, ok := sourceOf(conn.RemoteAddr())
	if !ok {
		return true
	}
	limit, ok := g.sources.enter(key, time.Now())
	if ok {
		return true
	}
	g.telemetry.Limited(limit)
	g.told[limit].tell(time.Now(), func(more int) {
		g.log.Warn("clients are turned away: their source has as much as "+string(limit)+" allows", "source", key.String(), "more_since", more,
			"do", "raise it if these are clients of yours, perhaps behind one address")
	})
	return false
}

// A seldom says something once a minute at most, and then how often it was not
// said.
type seldom struct {
	mu   sync.Mutex // guards what follows
	last time.Time
	more int
}

func (s *seldom) tell(now time.Time, say func(more int)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.last.IsZero() && now.Sub(s.last) < time.Minute {
		s.more++
		return
	}
	say(s.more)
	s.last, s.more = now, 0
}
