package proxy

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// dialTimeout bounds the connecting to the backend, while the client waits.
const dialTimeout = 10 * time.Second

// A session is one stream of a client and what it is forwarded to.
type session struct {
	server   *Server
	by       *generation // that its connection was accepted by
	settings *Settings   // likewise
	born     time.Time   // when that was
	client   *parley.Conn
	first    parley.State // when the stream began
	dial     context.Context
	giveUp   context.CancelFunc
	ended    atomic.Int32      // directions that ended well
	told     atomic.Bool       // the client was sent all that the backend sent, and its end
	goodbye  string            // who ended the first of them; to be read when both are over
	to       *upstream.Backend // nil: it goes nowhere
	at       upstream.Address  // of the server that took it
	watch    watch

	mu      sync.Mutex  // guards what follows
	backend net.Conn    // nil: none yet, or none at all
	cause   error       // why the session does not end well; the first is kept
	over    bool        // it was cut
	ending  *ending     // it waits to be silent; nil: it may go on
	life    *time.Timer // until it must end; nil: it need not
	// forgiven is what was put up with from the client by a permission.
	forgiven []Leniency

	counting sync.Mutex           // guards what follows
	used     map[string]partsUsed // of permissions, by name; nil: nothing
	seen     sight
	tried    tried
}

func newSession(s *Server, client *parley.Conn) *session {
	born := s.birthOf(client.Number())
	x := &session{server: s, by: born.generation, settings: born.generation.settings, born: born.at, client: client, first: client.State()}
	x.dial, x.giveUp = context.WithTimeout(context.Background(), dialTimeout)
	x.watch.idle, x.watch.moved, x.watch.cut = x.settings.Idle, x.moved, func() { x.cut(errIdle) }
	return x
}

// run forwards the stream until it ends, and tells of it.
func (x *session) run() {
	defer x.tell()
	defer x.close()
	x.countUsesNow()
	x.sight()
	x.limitLife()
	if x.settings.echoes() {
		x.echo()
		return
	}
	to := x.settings.backendFor(x.first)
	if to == nil {
		x.fail(noRoute(x.first))
		x.cutClient()
		return
	}
	x.to = to
	backend, err := x.connect()
	if err != nil {
		x.fail(backendError(err))
		x.cutClient() // an empty stream must not look whole
		return
	}
	x.splice(backend)
}

// connect gets the backend connection and says on it who the client is.
func (x *session) connect() (upstream.Conn, error) {
	defer x.giveUp()
	call := upstream.Call{ALPN: x.first.ALPN}
	var err error
	if h := x.to.Header; h != upstream.HeaderNone {
		if call.Header, err = x.proxyHeader(h); err != nil {
			return nil, err
		}
	}
	b, at, err := x.server.connect(x.dial, x.by, x.to, call)
	if err != nil {
		return nil, err
	}
	x.at = at
	if !x.adopt(b) {
		reset(b)
		return nil, errStopped
	}
	return b, nil
}

// adopt makes b the session's to close; false: the session was cut meanwhile.
func (x *session) adopt(b net.Conn) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.backend = b
	return !x.over
}

// fail notes why the session does not end well, and says whether this is the
// first that is known: what follows may follow from it.
func (x *session) fail(err error) (first bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	first = x.cause == nil
	if first {
		x.cause = err
	}
	return first
}

func (x *session) failure() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.cause
}

// cut ends the session from outside: neither side sees a clean end, but a client
// that was told that its stream is whole.
func (x *session) cut(why error) {
	x.fail(why)
	x.giveUp()
	x.mu.Lock()
	x.over = true
	b := x.backend
	x.mu.Unlock()
	if b != nil {
		reset(b)
	}
	x.cutClient()
}

// cutClient ends the client's TCP connection without close_notify. Where that was
// sent, a reset would destroy what is still on its way.
func (x *session) cutClient() {
	if x.told.Load() {
		_ = x.client.NetConn().Close() // fails only if it is over
		return
	}
	reset(x.client.NetConn())
}

// close ends what is left. It is a clean end for the client unless it was cut,
// and for a backend that was not reset.
func (x *session) close() {
	x.giveUp()
	x.watch.stop()
	x.stopEnding()
	// Errors here are of connections that are over already.
	_ = x.client.Close()
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.backend != nil {
		_ = x.backend.Close()
	}
}

// moved counts the application bytes of both directions.
func (x *session) moved() int64 {
	in, out := x.carried()
	return in + out
}

// carried counts the application bytes from and to the client.
func (x *session) carried() (in, out int64) {
	s := x.client.State()
	return s.FromClient, s.ToClient
}
