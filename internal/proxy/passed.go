package proxy

import (
	"context"
	"net"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/proxy/passage"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/wire"
)

// A passed is a connection that goes to a backend as it came: its TLS is ended
// there.
type passed struct {
	server   *Server
	by       *generation // that it was accepted by
	to       *upstream.Backend
	client   net.Conn // as a balancer named it
	first    passage.First
	observer *passage.Observer // nil: it is not observed
	begun    time.Time
	dial     context.Context
	giveUp   context.CancelFunc
	watch    watch
	at       upstream.Address // of the server that took it

	mu      sync.Mutex       // guards what follows
	passage *passage.Passage // nil: no backend yet
	cause   error            // why it does not end well; the first is kept
	over    bool             // it was cut

	seen struct {
		sync.Mutex // guards what follows
		hello      *wire.ClientHello
		last       time.Time // when the inventory heard of the client; zero: not yet
	}
}

// newPassed takes a connection that begins so, as far as it was looked at, to a
// backend.
func newPassed(s *Server, by *generation, to *upstream.Backend, client net.Conn, first passage.First) *passed {
	x := &passed{server: s, by: by, to: to, client: client, first: first, begun: time.Now()}
	x.dial, x.giveUp = context.WithTimeout(context.Background(), dialTimeout)
	x.watch.idle, x.watch.moved, x.watch.cut = by.settings.Idle, x.moved, func() { x.cut(errIdle) }
	if by.settings.Observe {
		x.observer = s.passages.observatory.Observe(client.RemoteAddr(), client.LocalAddr(), x.settled)
	}
	return x
}

// run passes on until both sides have ended, and tells of it.
func (x *passed) run() {
	var end passage.Ending
	defer func() { x.tell(end) }()
	defer x.close()
	b, err := x.connect()
	if err != nil {
		x.fail(backendError(err))
		reset(x.client) // an empty stream must not look whole
		return
	}
	p := x.begin(b)
	if p == nil {
		reset(b)
		return
	}
	x.watch.start()
	if most := x.by.settings.Lifetime; most > 0 {
		life := time.AfterFunc(most-time.Since(x.begun), func() {
			x.server.telemetry.Limited(telemetry.LimitLifetime)
			x.cut(errLifetime)
		})
		defer life.Stop()
	}
	end = p.Run()
}

// connect gets the backend connection and says on it who the client is.
func (x *passed) connect() (upstream.Conn, error) {
	defer x.giveUp()
	var call upstream.Call
	var err error
	if v := x.to.Header.Version(); v != 0 {
		if call.Header, err = passedHeader(v, x.client, x.first.ServerName()); err != nil {
			return nil, err
		}
	}
	b, at, err := x.server.connect(x.dial, x.by, x.to, call)
	x.at = at
	return b, err
}

// begin makes the passage; nil: the connection was cut meanwhile.
func (x *passed) begin(b upstream.Conn) *passage.Passage {
	o := passage.Options{Reset: resetBehindData, HalfClosed: x.watch.halfClosed}
	if x.observer != nil {
		o.Tap = x.observer
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return nil
	}
	x.passage = passage.New(bare(x.client), b, o)
	return x.passage
}

// bare is the socket of a connection, whoever a balancer says that it is.
func bare(conn net.Conn) socket {
	if p, ok := conn.(*proxied); ok {
		return p.socket
	}
	return conn.(socket)
}

// abandon ends a connection that is not served.
func (x *passed) abandon() {
	x.giveUp()
	if x.observer != nil {
		x.observer.Finish()
	}
	reset(x.client)
}

// fail notes why the connection does not end well; the first reason is kept.
func (x *passed) fail(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.cause == nil {
		x.cause = err
	}
}

// cut ends the connection from outside: neither side sees a clean end.
func (x *passed) cut(why error) {
	x.fail(why)
	x.giveUp()
	x.mu.Lock()
	x.over = true
	p := x.passage
	x.mu.Unlock()
	if p == nil {
		reset(x.client)
		return
	}
	p.Cut()
}

func (x *passed) close() {
	x.giveUp()
	x.watch.stop()
	_ = x.client.Close() // it is over already
}

// carried counts the bytes that were passed on, from the client and to it.
func (x *passed) carried() (in, out int64) {
	x.mu.Lock()
	p := x.passage
	x.mu.Unlock()
	if p == nil {
		return 0, 0
	}
	return p.Bytes()
}

func (x *passed) moved() int64 {
	in, out := x.carried()
	return in + out
}

// offered is the highest version that a hello offers; zero: there is no hello.
func offered(h *wire.ClientHello) wire.Version {
	if h == nil {
		return 0
	}
	highest := h.Version
	versions, _ := h.Versions() // what cannot be read offers nothing
	for _, v := range versions {
		if v>>8 == 3 { // others are there to see whether servers mind (RFC 8701)
			highest = max(highest, v)
		}
	}
	return highest
}
