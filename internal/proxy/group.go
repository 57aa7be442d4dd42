package proxy

import (
	"context"
	"errors"
	"log/slog"
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
	servers []*Server
	uses    *usage.Book // of permissions
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
	if err := commons.openFlights(all[0], log); err != nil {
		return nil, err
	}
	g := &Group{log: log, commons: commons}
	if commons.clients, err = openInventory(all[0], log); err != nil {
		return nil, errors.Join(err, g.abandon())
	}
	for _, settings := range all {
		server, err := commons.serve(settings, logOf(settings, log))
		if err != nil {
			return nil, errors.Join(err, g.abandon())
		}
		g.servers = append(g.servers, server)
	}
	if err := g.openUses(all[0]); err != nil {
		return nil, errors.Join(err, g.abandon())
	}
	warnPermissions(log, all[0].Permissions, time.Now())
	return g, nil
}

// logOf has each line of a named server's log say whose it is.
func logOf(s *Settings, log *slog.Logger) *slog.Logger {
	if s.Name == "" {
		return log
	}
	return log.With("listener", s.Name)
}

// Serve has all servers serve, as Server.Serve does.
func (g *Group) Serve(stop, now context.Context) error {
	errs := make([]error, len(g.servers))
	var running sync.WaitGroup
	for i, server := range g.servers {
		running.Go(func() { errs[i] = server.Serve(stop, now) })
	}
	served, end := context.WithCancel(context.Background())
	var keeping sync.WaitGroup
	keeping.Go(func() { g.keepUses(served, keepUsesEvery) })
	running.Wait()
	end()
	keeping.Wait()
	g.commons.flights.Close()
	return errors.Join(append(errs, g.saveUses(), g.commons.clients.Close())...)
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
