package proxy

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/tickets"
)

// A plan is a reload of which nothing has happened yet but what can be taken back:
// files are read, sockets are open.
type plan struct {
	group        *Group
	all          []*Settings
	steps        []*step
	leaving      map[*Server]int // those that no settings name any more, and their connections
	keys         []tickets.Key
	otherTickets bool
	desk         *deskPlan // nil: there is no desk
	opened       []*door
}

// A step is what comes to one listener of the settings.
type step struct {
	settings *Settings
	server   *Server
	comes    bool // it is a new one
	next     *generation
	changes  []string
	door     *door
}

// plan prepares a reload, or leaves no trace.
func (g *Group) plan(all []*Settings) (*plan, error) {
	p := &plan{group: g, all: all, leaving: map[*Server]int{}}
	tellScopesApart(all)
	for _, prepare := range []func() error{p.keep, p.readKeys, p.conceive, p.openDoors, p.openDesk} {
		if err := prepare(); err != nil {
			return nil, errors.Join(err, p.drop())
		}
	}
	return p, nil
}

// keep refuses what a process that runs cannot change.
func (p *plan) keep() error {
	old, next := p.group.newest, p.all[0]
	for what, same := range map[string]bool{
		"permission_uses": old.PermissionUses == next.PermissionUses,
		"inventory":       old.InventoryFile == next.InventoryFile && old.InventoryKeep == next.InventoryKeep,
		"flights":         old.Flights == next.Flights,
	} {
		if !same {
			return fmt.Errorf("%s would change, which needs an upgrade or a restart: this process keeps what it has", what)
		}
	}
	return nil
}

func (p *plan) readKeys() (err error) {
	p.otherTickets = sumOf(p.all[0].TicketKeyFiles) != p.group.ticketSum
	p.keys, err = p.all[0].ticketKeys()
	return err
}

// conceive finds the server of each listener, or makes it, and its next generation.
func (p *plan) conceive() error {
	servers := p.match()
	for i, settings := range p.all {
		x := &step{settings: settings, server: servers[i]}
		p.steps = append(p.steps, x)
		if x.server == nil {
			x.comes = true
			var err error
			if x.server, err = p.group.commons.conceive(settings, p.group.log, Watcher{}); err != nil {
				x.server = nil
				return err
			}
			x.server.uses = p.group.uses
			x.next = x.server.current.Load()
			continue
		}
		old := x.server.current.Load()
		var err error
		if x.next, err = x.server.conceive(settings, old.config); err != nil {
			return err
		}
		x.changes = changesOf(old, x.next)
	}
	for _, s := range p.group.servers {
		if !s.retired.Load() && !slices.Contains(servers, s) {
			p.leaving[s] = int(s.open.Load())
		}
	}
	return nil
}

// match finds who serves each listener already: by its name, or else by its
// address. The one listener without a name is itself wherever it goes. Another mode
// is another server.
func (p *plan) match() []*Server {
	out := make([]*Server, len(p.all))
	for _, fits := range []func(old, next *Settings) bool{
		func(old, next *Settings) bool { return next.Name != "" && next.Name == old.Name },
		func(old, next *Settings) bool { return next.Listen == old.Listen },
		func(old, next *Settings) bool { return next.Name == "" && old.Name == "" },
	} {
		for i, next := range p.all {
			for _, s := range p.group.servers {
				old := s.current.Load().settings
				if out[i] == nil && !slices.Contains(out, s) && old.Observe == next.Observe && fits(old, next) {
					out[i] = s
				}
			}
		}
	}
	return out
}

// openDoors finds each listener's socket among those that are open, or opens it.
func (p *plan) openDoors() error {
	kept := map[*door]bool{}
	for _, x := range p.steps {
		if d := x.server.gate.leads(); d != nil && d.address == x.settings.Listen {
			x.door = d
			kept[d] = true
		}
	}
	for _, x := range p.steps {
		for _, d := range p.group.doors() {
			if x.door == nil && !kept[d] && d.address == x.settings.Listen && !strings.HasSuffix(d.address.Address, ":0") {
				x.door = d
				kept[d] = true
			}
		}
		if x.door != nil {
			continue
		}
		d, err := p.openDoor(x.settings.Listen)
		if err != nil {
			return err
		}
		x.door = d
	}
	return nil
}

func (p *plan) openDoor(a Address) (*door, error) {
	for _, d := range p.group.doors() {
		if d.address != a && d.address.Overlaps(a) {
			return nil, fmt.Errorf("listen on %s: %s, which this process has until the reload is done, is in its way; make it two reloads, or a restart", a, d.address)
		}
	}
	d, err := openDoor(p.group.commons.sockets, a)
	if err != nil {
		return nil, err
	}
	p.opened = append(p.opened, d)
	return d, nil
}

func (p *plan) openDesk() (err error) {
	if p.group.desk != nil {
		p.desk, err = p.group.desk.plan(p.all[0])
	}
	return err
}

// drop takes back what was prepared.
func (p *plan) drop() error {
	var errs []error
	for _, d := range p.opened {
		errs = append(errs, d.shut())
	}
	for _, x := range p.steps {
		switch {
		case x.comes && x.server != nil:
			errs = append(errs, x.server.discard())
		case x.next != nil:
			errs = append(errs, x.next.close())
		}
	}
	if p.desk != nil {
		errs = append(errs, p.desk.drop())
	}
	return errors.Join(errs...)
}

// adopt has the servers that were there take their next generations, or all go
// back.
func (p *plan) adopt() error {
	before := map[*Server]*parley.Config{}
	for _, x := range p.steps {
		if x.comes {
			continue
		}
		old := x.server.current.Load().config
		if err := x.server.listener.SetConfig(x.next.config); err != nil {
			for s, config := range before {
				err = errors.Join(err, s.listener.SetConfig(config))
			}
			return err
		}
		before[x.server] = old
	}
	return nil
}

// carryOut makes the plan true. Nothing of it can fail but the shutting of sockets
// that nobody needs.
func (p *plan) carryOut() {
	g := p.group
	g.commons.tickets.Use(p.keys)
	g.commons.places.limit(p.all[0].MaxInAll)
	writeAs(g.log, p.all[0])
	before := g.doors()
	for _, x := range p.steps {
		p.change(x)
	}
	for s := range p.leaving {
		g.retire(s, p.all[0])
	}
	after := g.doors()
	for _, d := range before {
		if !slices.Contains(after, d) {
			_ = d.refuseMore() // an error of a socket that is no more
		}
	}
	if g.newest = p.all[0]; p.desk != nil {
		p.desk.carryOut()
	}
	g.tellDesk()
	for _, x := range p.steps {
		x.server.warn()
	}
	warnPermissions(g.log, p.all[0].Permissions, time.Now())
	p.all[0].SessionStore.warn(g.log)
	g.ticketSum = sumOf(p.all[0].TicketKeyFiles)
}

// change makes a step.
func (p *plan) change(x *step) {
	s := x.server
	old := s.current.Load()
	s.name.Store(&x.settings.Name)
	s.retired.Store(false)
	if !x.comes {
		s.adopt(x.next)
		if p.all[0].DrainOld && len(x.changes) > 0 {
			s.drainOld(old, p.all[0].Drain)
		}
	}
	moved := x.door != s.gate.leads()
	s.gate.have(x.door)
	if x.comes {
		p.group.servers = append(p.group.servers, s)
		p.group.start(s)
	}
	if moved {
		s.log.Info("listening on " + s.Addr().String())
	}
}
