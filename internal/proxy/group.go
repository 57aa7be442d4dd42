package proxy

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/proxy/handover"
	"github.com/parley-tls/parley/internal/proxy/usage"
)

// A Group is the servers of a process: they start and stop together, and write
// one log.
type Group struct {
	log     *slog.Logger
	commons *commons
	uses    *usage.Book // of permissions

	mu        sync.Mutex // guards what follows, and is held for a whole reload
	servers   []*Server  // those too that were retired and have connections
	newest    *Settings  // the first of those that it serves by
	ticketSum [sha256.Size]byte
	desk      *desk           // nil: there is none
	stop, now context.Context // nil: it does not serve yet
	ending    bool
	running   sync.WaitGroup
	failed    []error
}

// NewGroup makes a server of each of the settings, or none at all. Serve must
// follow.
func NewGroup(all []*Settings, log *slog.Logger) (*Group, error) { return newGroup(all, log, nil) }

// newGroup is NewGroup in a process that may have been given its sockets.
func newGroup(all []*Settings, log *slog.Logger, sockets *handover.Sockets) (*Group, error) {
	commons, err := newCommons(all[0], log)
	if err != nil {
		return nil, err
	}
	commons.sockets = sockets
	tellScopesApart(all)
	if err := commons.openFlights(all[0], log); err != nil {
		return nil, err
	}
	g := &Group{log: log, commons: commons, newest: all[0], ticketSum: sumOf(all[0].TicketKeyFiles)}
	if commons.clients, err = openInventory(all[0], log); err != nil {
		return nil, errors.Join(err, g.abandon())
	}
	for _, settings := range all {
		server, err := commons.serve(settings, log)
		if err != nil {
			return nil, errors.Join(err, g.abandon())
		}
		g.servers = append(g.servers, server)
	}
	if err := g.openUses(all[0]); err != nil {
		return nil, errors.Join(err, g.abandon())
	}
	warnPermissions(log, all[0].Permissions, time.Now())
	all[0].SessionStore.warn(log)
	return g, nil
}

// Serve has all servers serve, as Server.Serve does, and those that come.
func (g *Group) Serve(stop, now context.Context) error {
	g.begin(stop, now)
	served, end := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() { g.keepUses(served, keepUsesEvery) })
	<-stop.Done()
	g.mu.Lock()
	g.ending = true // nobody comes any more
	g.mu.Unlock()
	g.running.Wait()
	end()
	keeping.Wait()
	g.commons.flights.Close()
	return errors.Join(append(g.failed, g.saveUses(), g.commons.clients.Close())...)
}

func (g *Group) begin(stop, now context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stop, g.now = stop, now
	for _, s := range g.servers {
		g.start(s)
	}
}

// start has a server serve, if the group does. g.mu is held.
func (g *Group) start(s *Server) {
	if g.stop == nil {
		return
	}
	stop, end := context.WithCancel(g.stop)
	s.end, s.emptied = end, func() { g.forget(s) }
	g.running.Go(func() {
		defer end()
		if err := s.Serve(stop, g.now); err != nil {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.failed = append(g.failed, err)
		}
	})
}

// all are the servers, those too that were retired and have connections.
func (g *Group) all() []*Server {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.servers)
}

// without forgets a server. g.mu is held.
func (g *Group) without(s *Server) {
	g.servers = slices.DeleteFunc(g.servers, func(one *Server) bool { return one == s })
	g.tellDesk()
}

// at has the group tell a desk whom it speaks for.
func (g *Group) at(d *desk) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.desk = d
}

// tellDesk has the desk speak for the servers of now. g.mu is held.
func (g *Group) tellDesk() {
	if g.desk != nil {
		g.desk.have(g.servers)
	}
}

// abandon stops servers that do not serve yet.
func (g *Group) abandon() error {
	var errs []error
	for _, server := range g.servers {
		errs = append(errs, server.abandon())
	}
	g.commons.flights.Close()
	return errors.Join(append(errs, g.commons.clients.Close())...)
}
