package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
	"github.com/parley-tls/parley/internal/proxy/usage"
)

// A Server accepts clients and forwards their streams.
type Server struct {
	commons  *commons
	current  atomic.Pointer[generation]
	born     sync.Map           // of connection numbers: the birth of each
	open     atomic.Int64       // connections
	events   func(parley.Event) // told by every generation
	log      *slog.Logger
	listener entrance
	stories  *stories
	keyLog   io.Writer // of every generation, beside its own; nil: none
	gate     *gate
	places   *places // of this listener; commons has those of the process
	full     seldom

	telemetry *telemetry.Telemetry
	sources   *sources
	stopping  atomic.Bool // it takes no more clients

	name    *atomic.Pointer[string] // that its lines have
	retired atomic.Bool             // no settings name it any more
	emptied func()                  // to be called when it is retired and has no connection left; nil: nobody wants to know
	end     context.CancelFunc      // has Serve end; nil: it does not serve yet

	reminder  remember
	staleTold sync.Map    // of issuers of revocation lists: the day when it was last told that theirs has expired
	uses      *usage.Book // of permissions
	trials    trialTeller

	mu       sync.Mutex // guards what follows
	sessions map[*session]bool
	past     traffic // of the sessions that are over
	running  sync.WaitGroup
	passages *passages // which take mu of their own
}

// New reads the files that the settings name and listens. Serve must follow.
func New(settings *Settings, log *slog.Logger) (*Server, error) {
	c, err := newCommons(settings, log)
	if err != nil {
		return nil, err
	}
	return c.serve(settings, log)
}

// serve is New in a process that has other servers.
func (c *commons) serve(settings *Settings, log *slog.Logger) (*Server, error) {
	s, err := c.watched(settings, log, Watcher{})
	if err != nil {
		return nil, err
	}
	s.warn()
	s.log.Info("listening on " + s.Addr().String())
	return s, nil
}

// warn says what weakens connections by the settings that it has now.
func (s *Server) warn() {
	now := s.current.Load()
	now.settings.warn(s.log, s.Certificates(), time.Now())
	now.guard.Warn(s.log, time.Now())
}

// listen makes the listener, which has no door yet.
func (s *Server) listen(settings *Settings, w Watcher) error {
	s.telemetry = telemetry.New(telemetry.Source{Address: func() string { return s.Addr().String() }, Bytes: s.traffic, Passed: s.passages.traffic, Certificates: s.leaves, Lists: s.listEnds})
	s.sightAll()
	s.sources = newSources(settings.MaxPerSource, settings.PerSecond)
	heard := &parley.Config{Events: s.recorded(settings, s.stories.observe)}
	for _, each := range []Watcher{{Events: s.telemetry.Observe}, {Events: s.sources.observe}, w} {
		each.watch(heard)
	}
	s.events, s.keyLog = heard.Events, heard.KeyLog
	first, err := s.conceive(settings, &parley.Config{})
	if err != nil {
		return err
	}
	s.current.Store(first)
	s.uses.Know(permissionNames(settings.Permissions)...)
	s.gate = newGate(s)
	inner := net.Listener(s.gate)
	if w.Listener != nil {
		inner = w.Listener(inner)
	}
	if s.listener, err = entranceTo(inner, first); err != nil {
		return errors.Join(err, first.close())
	}
	return nil
}

// discard ends a server that has not served.
func (s *Server) discard() error {
	return errors.Join(s.listener.Close(), s.current.Load().close())
}

// Certificates are those that it serves with.
func (s *Server) Certificates() []tls.Certificate { return s.current.Load().config.Certificates }

// Addr is where the server listens, its port the real one.
func (s *Server) Addr() net.Addr { return s.listener.Addr() }

// Serve accepts until stop ends. Then it accepts nobody more and lets the
// connections end by themselves, for as long as the setting drain says or until
// now ends; those that are left it cuts.
func (s *Server) Serve(stop, now context.Context) error {
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		s.acceptAll(stop)
	}()
	<-stop.Done()
	begun := time.Now()
	s.stopping.Store(true)
	err := s.gate.refuseMore()
	s.letEnter(now, accepted)
	err = errors.Join(err, s.listener.Close())
	<-accepted
	s.passages.end()
	s.drain(now, begun)
	s.commons.pools.Hold(s)
	s.commons.stores.Hold(s, nil)
	s.stories.tellRest()
	s.stories.sparing.Close()
	s.log.Info("stopped")
	return errors.Join(err, s.current.Load().close())
}

// abandon stops a server that does not serve yet.
func (s *Server) abandon() error {
	ended, end := context.WithCancel(context.Background())
	end()
	return s.Serve(ended, ended)
}

// acceptAll ends when the listener is closed. What else goes wrong passes: when
// there are no descriptors left, those that are freed come back.
func (s *Server) acceptAll(stop context.Context) {
	pause := 5 * time.Millisecond
	for {
		conn, err := s.listener.Accept()
		switch {
		case err == nil:
			pause = 5 * time.Millisecond
			if !s.takePlace(stop) {
				_ = conn.Close() // its line says that the server stopped
				return
			}
			s.begin(conn)
			continue
		case stop.Err() != nil || errors.Is(err, net.ErrClosed):
			return
		}
		s.log.Error("a connection could not be accepted; trying again", append([]any{"error", err, "pause", pause}, adviceFor(err)...)...)
		select {
		case <-time.After(pause):
		case <-stop.Done():
		}
		pause = min(2*pause, time.Second)
	}
}

// adviceFor is what helps against an error of Accept, as a log line's attribute.
func adviceFor(err error) []any {
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		return []any{"do", "raise the limit of open files (ulimit -n; LimitNOFILE in systemd), or set max-connections below half of it"}
	}
	return nil
}

// takePlace waits until one more connection may be served, here and in the
// process; false: it is time to stop.
func (s *Server) takePlace(stop context.Context) bool {
	if !s.places.take(stop, s.tellFull(telemetry.LimitConnections)) {
		return false
	}
	if !s.commons.places.take(stop, s.tellFull(telemetry.LimitInAll)) {
		s.places.give()
		return false
	}
	return true
}

// tellFull counts a client that has to wait, and says once a minute that they do.
func (s *Server) tellFull(l telemetry.Limit) func(most int) {
	return func(most int) {
		s.telemetry.Limited(l)
		s.full.tell(time.Now(), func(more int) {
			s.log.Warn("as many connections as "+string(l)+" allows are being served; new ones wait", "most", most, "more_since", more)
		})
	}
}

func (s *Server) givePlace() {
	s.commons.places.give()
	s.places.give()
}

// serve serves a stream on a goroutine of its own.
func (s *Server) serve(conn *parley.Conn) {
	session := newSession(s, conn)
	if session.by.isOver() {
		session.endInLull(errDrained, lullPatience)
	}
	s.mu.Lock()
	s.sessions[session] = true
	s.mu.Unlock()
	s.running.Go(func() {
		defer s.givePlace()
		session.run()
		s.mu.Lock()
		s.past.add(session.carried())
		delete(s.sessions, session)
		s.mu.Unlock()
	})
}

// drain waits for the connections to end, and cuts those that do not.
func (s *Server) drain(now context.Context, begun time.Time) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.running.Wait()
	}()
	patience := s.current.Load().settings.Drain
	if n := s.count() + s.passages.count(); n > 0 {
		s.log.Info("stopping: waiting for connections to end", "connections", n, "drain", patience)
	}
	timer := time.NewTimer(patience - time.Since(begun))
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-now.Done():
	}
	s.cutAll()
	<-ended
}

func (s *Server) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.sessions)
}

func (s *Server) cutAll() {
	if n := s.count() + s.passages.count(); n > 0 {
		s.log.Warn("connections are cut", "connections", n)
	}
	s.passages.cutAll(errStopped)
	s.mu.Lock()
	defer s.mu.Unlock()
	for session := range s.sessions {
		session.cut(errStopped)
	}
}
