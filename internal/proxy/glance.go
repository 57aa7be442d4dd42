package proxy

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"time"

	"github.com/parley-tls/parley/internal/proxy/passage"
)

// mostAwaited bounds the first hellos that are awaited where max-handshakes does
// not bound them lower: as many as the library has handshakes.
const mostAwaited = 1024

// passes says whether there are clients whose TLS is not ended here, so that their
// first hello must be looked at before anything is done.
func (s *Settings) passes() bool {
	for _, r := range s.Routes {
		if r.Passes {
			return true
		}
	}
	return false
}

// glanceAside looks at a client's first hello elsewhere. Those that are silent give
// way to each other, those of the source with the most first; if as many as may
// arrive wait for max-connections besides, others wait in the socket's own queue.
func (g *gate) glanceAside(client net.Conn) {
	select {
	case g.glances <- struct{}{}:
	case <-g.open.Done():
		reset(client)
		return
	}
	g.entering.Add(1)
	go func() {
		defer g.entering.Add(-1)
		defer func() { <-g.glances }()
		g.glance(client)
	}()
}

// awaited is how many hellos are awaited at a time.
func (s *Settings) awaited() int { return min(cmp.Or(s.MaxHandshakes, mostAwaited), mostAwaited) }

// glance looks at a client's first hello and brings it to Accept, or passes it
// through.
func (g *gate) glance(client net.Conn) {
	by := g.server.current.Load()
	begun := time.Now()
	keep := context.AfterFunc(g.open, func() { _ = client.Close() }) // there is nothing else to do with it
	source, _ := sourceOf(client.RemoteAddr())
	first, conn, err := g.hellos.Peek(bare(client), source, begun.Add(by.settings.Handshake), by.settings.awaited())
	keep()
	client = as(client, conn)
	if passage.IsTimeout(err) || errors.Is(err, passage.ErrCrowded) {
		g.server.unseen(client, begun, errors.Is(err, passage.ErrCrowded))
		return
	}
	// Of any other error whoever ends the TLS says what is to be said.
	r := by.settings.Routes.Match(first.ServerName(), protocolsOf(first))
	if err == nil && first.Kind == passage.TLS && r != nil && r.Passes {
		if !g.server.takePlace(g.open) {
			reset(client)
			return
		}
		g.server.pass(client, by, r.Backend, first)
		return
	}
	if !g.give(arrival{conn: client}) {
		reset(client)
	}
}

// as is a connection read by another socket, whoever a balancer says that it is.
func as(client net.Conn, conn passage.Conn) net.Conn {
	if p, ok := client.(*proxied); ok {
		return &proxied{socket: conn, from: p.from, to: p.to}
	}
	return conn
}

// protocolsOf are those that a hello offers.
func protocolsOf(first passage.First) []string {
	if first.Hello == nil || first.Hello.SSL2Format {
		return nil
	}
	protocols, _ := first.Hello.ALPN() // what cannot be read offers nothing
	return protocols
}

// unseen ends a connection whose hello did not come, with the words of whoever
// ends TLS.
func (s *Server) unseen(client net.Conn, begun time.Time, crowded bool) {
	reset(client)
	s.leave(client)
	finding, why := "handshake-timeout", "the first hello was not there in time"
	if crowded {
		finding, why = "handshake-crowded", passage.ErrCrowded.Error()
	}
	s.telemetry.HandshakeUnseen(finding)
	if !s.stories.sparing.Allows(finding, time.Now()) {
		return
	}
	s.log.LogAttrs(context.Background(), slog.LevelInfo, "handshake failed", slog.String("client", client.RemoteAddr().String()),
		slog.Any("duration", seconds(time.Since(begun))), slog.String("ended", finding), slog.String("error", why))
}
