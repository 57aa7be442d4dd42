package proxy

import (
	"errors"
	"fmt"
	"maps"
	"slices"
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
	trier    *trier // nil: nothing is tried
}

// bear has each connection that opens be of a generation.
func (s *Server) bear(g *generation) {
	events := s.events
	g.config.Events = func(e parley.Event) {
		switch e.Name {
		case parley.EventOpened:
			s.born.Store(e.Conn, g)
		case parley.EventClosed:
			s.born.Delete(e.Conn)
		}
		events(e)
	}
}

// generationOf is that which a connection was accepted by. One that is closed
// already has no use for it.
func (s *Server) generationOf(conn uint64) *generation {
	if g, ok := s.born.Load(conn); ok {
		return g.(*generation)
	}
	return s.current.Load()
}

// hold has the backends of the newest generation checked, and no others.
func (s *Server) hold() {
	s.commons.pools.Hold(s, slices.Collect(maps.Values(s.current.Load().pools))...)
	s.holdStore()
}

// prepare makes the next generation. Nothing changes yet.
func (s *Server) prepare(next *Settings) (*generation, error) {
	if err := s.settings.keepsFrame(next); err != nil {
		return nil, err
	}
	config, guard, err := s.config(next, s.current.Load().config)
	if err != nil {
		return nil, err
	}
	pools, err := s.poolsOf(next)
	if err != nil {
		return nil, err
	}
	g := &generation{next, config, pools, guard, newTrier(next, config)}
	s.bear(g)
	return g, nil
}

// adopt has clients that come from now on be served by a generation.
func (s *Server) adopt(g *generation) error {
	if err := s.listener.SetConfig(g.config); err != nil {
		return err
	}
	s.current.Store(g)
	s.stories.sparing.Set(g.settings.LogFailures)
	s.places.limit(g.settings.MaxConnections)
	s.sources.limit(g.settings.MaxPerSource, g.settings.PerSecond)
	s.uses.Know(permissionNames(g.settings.Permissions)...)
	return nil
}

// keepsFrame refuses what a server that runs cannot change.
func (s *Settings) keepsFrame(next *Settings) error {
	for _, f := range []struct {
		what     string
		old, new any
	}{
		{"mode", s.modeWord(), next.modeWord()},
		{"metrics", s.Metrics.String(), next.Metrics.String()},
		{"admin", fmt.Sprint(s.Admin, s.AdminProfiles), fmt.Sprint(next.Admin, next.AdminProfiles)},
		{"permission_uses", s.PermissionUses, next.PermissionUses},
		{"inventory", fmt.Sprint(s.InventoryFile, s.InventoryKeep), fmt.Sprint(next.InventoryFile, next.InventoryKeep)},
		{"flights", fmt.Sprint(s.Flights), fmt.Sprint(next.Flights)},
		{"key_log", s.KeyLog, next.KeyLog},
		{"log format", s.LogJSON, next.LogJSON},
	} {
		if f.old != f.new {
			return fmt.Errorf("%s: %s would change, which needs a restart", s.Listen, f.what)
		}
	}
	return nil
}

// Reload has all servers serve by other settings, or none: on an error nothing
// has changed. Connections that are open keep what they had.
func (g *Group) Reload(all []*Settings) error {
	keys, err := all[0].ticketKeys()
	if err != nil {
		return err
	}
	var next []*generation
	defer g.hold()
	for _, server := range g.servers {
		settings := server.among(all)
		if settings == nil || len(all) != len(g.servers) {
			return fmt.Errorf("%s: listeners would come or go, or their names or addresses change, which needs a restart", server.settings.Listen)
		}
		generation, err := server.prepare(settings)
		if err != nil {
			return err
		}
		next = append(next, generation)
	}
	if err := g.adopt(next); err != nil {
		return err
	}
	g.commons.tickets.Use(keys)
	g.commons.places.limit(all[0].MaxInAll)
	for i, server := range g.servers {
		next[i].settings.warn(server.log, server.Certificates(), time.Now())
		next[i].guard.Warn(server.log, time.Now())
	}
	warnPermissions(g.log, all[0].Permissions, time.Now())
	return nil
}

// hold has each server hold what it serves by now, whether that changed or not.
func (g *Group) hold() {
	for _, server := range g.servers {
		server.hold()
	}
}

// among finds a server's settings by its name and its address.
func (s *Server) among(all []*Settings) *Settings {
	for _, one := range all {
		if one.Name == s.settings.Name && one.Listen == s.settings.Listen {
			return one
		}
	}
	return nil
}

// adopt has every server adopt its generation, or all go back.
func (g *Group) adopt(next []*generation) error {
	var before []*generation
	for i, server := range g.servers {
		old := server.current.Load()
		if err := server.adopt(next[i]); err != nil {
			for j, old := range before {
				err = errors.Join(err, g.servers[j].adopt(old))
			}
			return err
		}
		before = append(before, old)
	}
	return nil
}
