package proxy

import (
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-tls/parley/internal/proxy/passage"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// headerTimeout bounds the wait for a PROXY header, which a balancer sends at
// once.
const headerTimeout = 5 * time.Second

// arriving bounds the connections that are under way through a gate. Others wait
// in the socket's own queue.
const arriving = 1024

// A gate stands before what accepts the clients. It hears from balancers whose
// connection it is, and turns away those whose source has more than its share.
// That costs no handshake.
type gate struct {
	server     *Server
	arrivals   chan arrival
	places     chan struct{} // one for each connection whose header is awaited
	entering   atomic.Int64  // connections between the door and Accept
	open       context.Context
	shut       context.CancelFunc
	patience   time.Duration // with a header
	turnedAway map[telemetry.Limit]*seldom
	nameless   seldom
	hellos     *passage.Lookout
	glances    chan struct{} // one for each connection that is looked at, or was and waits to be passed through

	mu      sync.Mutex // guards what follows
	door    *door      // nil: it has none any more
	address net.Addr   // of the last one that it had
}

// An arrival is what Accept gives.
type arrival struct {
	conn net.Conn
	err  error
}

func newGate(s *Server) *gate {
	g := &gate{
		server: s, arrivals: make(chan arrival), places: make(chan struct{}, arriving), patience: headerTimeout, hellos: passage.NewLookout(), glances: make(chan struct{}, mostAwaited+arriving),
		turnedAway: map[telemetry.Limit]*seldom{telemetry.LimitPerSource: {}, telemetry.LimitHandshakes: {}},
	}
	g.open, g.shut = context.WithCancel(context.Background())
	return g
}

// have gives the gate a door; nil: none. The one that it had is somebody else's to
// shut.
func (g *gate) have(d *door) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.door = d; d != nil {
		g.address = d.Addr()
		d.leadTo(g)
	}
}

// leads is the gate's door; nil: it has none any more.
func (g *gate) leads() *door {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.door
}

// Addr is where clients come in, or did.
func (g *gate) Addr() net.Addr {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.address
}

// Accept gives the next client that is let in.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case a := <-g.arrivals:
		return a.conn, a.err
	case <-g.open.Done():
		return nil, net.ErrClosed
	}
}

// Close ends those who are under way, too.
func (g *gate) Close() error {
	g.shut()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.door == nil {
		return nil
	}
	return g.door.shut()
}

// receive brings a client in, or ends it. For a balancer's header it waits
// elsewhere: others come behind.
func (g *gate) receive(conn net.Conn) {
	settings := g.server.current.Load().settings
	if settings.KeepAlive != defaultKeepAlive { // that is its socket's
		askForLife(conn, settings.KeepAlive)
	}
	g.entering.Add(1)
	if !settings.Balancers.has(conn.RemoteAddr()) {
		defer g.entering.Add(-1)
		g.pass(conn)
		return
	}
	select {
	case g.places <- struct{}{}:
	case <-g.open.Done():
		g.entering.Add(-1)
		reset(conn)
		return
	}
	go func() {
		defer g.entering.Add(-1)
		defer func() { <-g.places }()
		client, err := g.whose(conn)
		if err != nil {
			g.tellNameless(conn, err)
			reset(conn)
			return
		}
		g.pass(client)
	}()
}

// pass brings a connection to Accept, or ends it. Where some are passed through, it
// looks at the hello elsewhere: others come behind.
func (g *gate) pass(client net.Conn) {
	switch {
	case !g.admits(client):
		reset(client)
	case g.server.current.Load().settings.passes():
		g.glanceAside(client)
	case !g.give(arrival{conn: client}):
		reset(client)
	}
}

// give waits until Accept takes it; false: the gate is closed.
func (g *gate) give(a arrival) bool {
	select {
	case g.arrivals <- a:
		return true
	case <-g.open.Done():
		return false
	}
}

// whose reads the header that a balancer sends before its client's bytes.
func (g *gate) whose(conn net.Conn) (net.Conn, error) {
	keep := context.AfterFunc(g.open, func() { _ = conn.Close() }) // there is nothing else to do with it
	defer keep()
	if err := conn.SetReadDeadline(time.Now().Add(g.patience)); err != nil {
		return nil, err
	}
	h, err := readHeader(conn)
	if err != nil {
		return nil, err
	}
	return name(conn, h), conn.SetReadDeadline(time.Time{})
}

// tellNameless tells of a balancer that did not say whose connection it is. One
// that only looks whether the port is open is told to nobody.
func (g *gate) tellNameless(conn net.Conn, err error) {
	if errors.Is(err, errNothingCame) || g.open.Err() != nil {
		return
	}
	g.server.telemetry.ProxyHeaderFailed()
	g.nameless.tell(time.Now(), func(more int) {
		g.server.log.Warn("a connection from a balancer had no PROXY header and was ended", "source", conn.RemoteAddr().String(), "error", err, "more_since", more,
			"do", "have the balancer send the header (HAProxy: send-proxy-v2; nginx: proxy_protocol on), or take its address out of accept-proxy")
	})
}

// admits says whether a client may come in, and counts it with its source.
func (g *gate) admits(conn net.Conn) bool {
	key, ok := sourceOf(conn.RemoteAddr())
	if !ok {
		return true
	}
	limit, ok := g.server.sources.enter(key, time.Now())
	if ok {
		return true
	}
	g.server.telemetry.Limited(limit)
	g.turnedAway[limit].tell(time.Now(), func(more int) {
		g.server.log.Warn("clients are turned away: their source has as much as "+string(limit)+" allows", "source", key.String(), "more_since", more,
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
