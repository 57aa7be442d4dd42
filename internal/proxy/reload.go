package proxy

import "time"

// adopt has clients that come from now on be served by a generation, which the
// listener has already.
func (s *Server) adopt(g *generation) {
	old := s.current.Swap(g)
	s.stories.sparing.Set(g.settings.LogFailures)
	s.places.limit(g.settings.MaxConnections)
	s.sources.limit(g.settings.MaxPerSource, g.settings.PerSecond)
	s.uses.Know(permissionNames(g.settings.Permissions)...)
	old.pass()
}

// Reload has the process serve by other settings, listeners that come and go
// included, or changes nothing at all. Connections that are open keep what they
// had, or are drained, as the settings say.
func (g *Group) Reload(all []*Settings) error {
	_, err := g.reload(all)
	return err
}

// reload is Reload, and says in lines what it changed.
func (g *Group) reload(all []*Settings) (changes []string, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ending {
		return nil, errStopping
	}
	defer g.hold()
	p, err := g.plan(all)
	if err != nil {
		return nil, err
	}
	if err := p.adopt(); err != nil {
		_ = p.drop() // of what was opened for nothing
		return nil, err
	}
	changes = p.told()
	p.carryOut()
	return changes, nil
}

// hold has each server hold what it serves by now, whether that changed or not.
func (g *Group) hold() {
	for _, server := range g.servers {
		server.hold()
	}
}

// doors are the sockets that are open.
func (g *Group) doors() (all []*door) {
	for _, s := range g.servers {
		if d := s.gate.leads(); d != nil {
			all = append(all, d)
		}
	}
	return all
}

// retire has a server take no more clients. It is forgotten when those that it has
// are gone.
func (g *Group) retire(s *Server, by *Settings) {
	s.gate.have(nil)
	s.log.Info("no more clients are taken here: the listener is not in the settings any more", "connections", s.open.Load())
	s.retired.Store(true)
	if by.DrainOld {
		s.drainOld(s.current.Load(), by.Drain)
	}
	if s.open.Load() == 0 {
		go g.forget(s)
	}
}

// closed looks whether a connection that ended was the last of a server that was
// retired.
func (s *Server) closed() {
	if s.open.Add(-1) == 0 && s.retired.Load() && s.emptied != nil {
		go s.emptied()
	}
}

// forget ends a server that was retired, unless the settings have it again.
func (g *Group) forget(s *Server) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !s.retired.Load() || s.open.Load() > 0 {
		return
	}
	g.without(s)
	if s.end != nil {
		s.end()
	} else {
		_ = s.discard() // the group has not begun
	}
}

// drainOld has the connections of a generation end by themselves for a time, and
// then ends them.
func (s *Server) drainOld(g *generation, patience time.Duration) {
	time.AfterFunc(patience, func() {
		g.mu.Lock()
		g.over = true // for those that are in their handshake yet
		g.mu.Unlock()
		for _, x := range s.sessionsOf(g) {
			x.endInLull(errDrained, lullPatience)
		}
		s.passages.cutThose(errDrained, func(x *passed) bool { return x.by == g })
	})
}

func (s *Server) sessionsOf(g *generation) (all []*session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for x := range s.sessions {
		if x.by == g {
			all = append(all, x)
		}
	}
	return all
}
