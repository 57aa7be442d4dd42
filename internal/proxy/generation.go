package proxy

import (
	"crypto/sha256"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/clientcert"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// A generation is what the clients of a time are served by. A connection keeps
// the one that it was accepted by.
type generation struct {
	settings *Settings
	config   *parley.Config
	pools    map[*upstream.Backend]*upstream.Pool
	guard    *clientcert.Guard
	trier    *trier                       // nil: nothing is tried
	files    map[string][sha256.Size]byte // what the files held that it was made of

	mu     sync.Mutex // guards what follows
	open   int        // connections
	past   bool       // there is a newer one
	over   bool       // its connections are to be over, too
	keyLog *os.File   // nil: none, or closed
}

// A birth is when a connection was accepted, and by what.
type birth struct {
	generation *generation
	at         time.Time
}

// conceive makes a generation. It shares sessions and rations with a Config.
func (s *Server) conceive(settings *Settings, like *parley.Config) (*generation, error) {
	g := &generation{settings: settings, files: map[string][sha256.Size]byte{}}
	for _, name := range filesOf([]*Settings{settings}) {
		if !slices.Contains(settings.TicketKeyFiles, name) { // those are the process'
			g.files[name] = sumOf([]string{name})
		}
	}
	var err error
	if g.config, g.guard, err = s.config(settings, like); err != nil {
		return nil, err
	}
	if g.pools, err = s.poolsOf(settings); err != nil {
		return nil, err
	}
	g.config.KeyLog = s.keyLog
	if settings.KeyLog != "" {
		if g.keyLog, err = openKeyLog(settings.KeyLog); err != nil {
			return nil, err
		}
		g.config.KeyLog = g.keyLog
		if s.keyLog != nil {
			g.config.KeyLog = io.MultiWriter(g.keyLog, s.keyLog)
		}
	}
	g.trier = newTrier(settings, g.config)
	s.bear(g)
	return g, nil
}

// bear has each connection that opens be of a generation.
func (s *Server) bear(g *generation) {
	g.config.Events = func(e parley.Event) {
		if e.Name == parley.EventOpened {
			s.born.Store(e.Conn, birth{g, time.Now()})
			s.open.Add(1)
			g.enter()
		}
		s.events(e)
		if e.Name == parley.EventClosed {
			s.born.Delete(e.Conn)
			g.leave()
			s.closed()
		}
	}
}

// birthOf is that of a connection. One that is closed already has no use for it.
func (s *Server) birthOf(conn uint64) birth {
	if b, ok := s.born.Load(conn); ok {
		return b.(birth)
	}
	return birth{s.current.Load(), time.Now()}
}

// hold has the backends of the newest generation checked, and no others.
func (s *Server) hold() {
	s.commons.pools.Hold(s, slices.Collect(maps.Values(s.current.Load().pools))...)
	s.holdStore()
}

func (g *generation) enter() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open++
}

func (g *generation) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open--; g.open == 0 && g.past {
		_ = g.closeKeyLog() // every line of it is written
	}
}

// isOver says whether its connections are to be over, too.
func (g *generation) isOver() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.over
}

// pass says that there is a newer generation.
func (g *generation) pass() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.past = true; g.open == 0 {
		_ = g.closeKeyLog() // likewise
	}
}

// close ends what a generation has open.
func (g *generation) close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.closeKeyLog()
}

// closeKeyLog is close with g.mu held.
func (g *generation) closeKeyLog() error {
	if g.keyLog == nil {
		return nil
	}
	err := g.keyLog.Close()
	g.keyLog = nil
	if errors.Is(err, os.ErrClosed) {
		return nil
	}
	return err
}
