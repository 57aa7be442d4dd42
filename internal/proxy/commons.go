package proxy

import (
	"log/slog"
	"net"
	"time"

	"github.com/parley-tls/parley/internal/proxy/flight"
	"github.com/parley-tls/parley/internal/proxy/handover"
	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/proxy/tickets"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/proxy/valkey"
)

// A commons is what the servers of a process have in common.
type commons struct {
	tickets *tickets.Ring     // keys of sessions
	stores  *valkey.Stores    // of sessions that other nodes have too
	spare   *Spare            // certificates for who has none
	pools   *upstream.Pools   // of backends
	places  *places           // for the connections of all
	clients *inventory.Book   // nil: nobody keeps one
	sockets *handover.Sockets // that the process was given, and those that it has open; nil: nobody asks for them
	flights *flight.Keeper    // nil: none are kept
}

// newCommons reads the files that the settings of a process name.
func newCommons(settings *Settings, log *slog.Logger) (*commons, error) {
	keys, err := settings.ticketKeys()
	if err != nil {
		return nil, err
	}
	c := &commons{spare: new(Spare), tickets: tickets.NewRing(time.Now), stores: valkey.NewStores(log), pools: upstream.NewPools(log), places: newPlaces(settings.MaxInAll)}
	c.tickets.Use(keys)
	return c, nil
}

// ticketKeys reads the keys that sessions are sealed by; nil: no file has them.
func (s *Settings) ticketKeys() ([]tickets.Key, error) {
	keys, err := tickets.Read(s.TicketKeyFiles, time.Now())
	if err != nil {
		return nil, &SettingError{Name: "ticket-key-file", Problem: err.Error()}
	}
	return keys, nil
}

// TicketKeys are the random keys that sessions are sealed by where no file has
// them. A process that takes this one's place goes on with them.
func (g *Group) TicketKeys() *tickets.Ring { return g.commons.tickets }

// scope is what a listener is called where sessions are sealed. It is the same on
// every node: the name that the operator gave, or the port. A process with one
// listener needs neither.
func (s *Settings) scope() string {
	if s.Name != s.Listen.String() || s.sharesScope {
		return s.Name
	}
	if _, port, err := net.SplitHostPort(s.Name); err == nil {
		return port
	}
	return s.Name
}

// tellScopesApart has listeners that would have one scope, such as those on one port
// of several addresses, be called by their whole addresses.
func tellScopesApart(all []*Settings) {
	called := map[string]int{}
	for _, s := range all {
		s.sharesScope = false
		called[s.scope()]++
	}
	for _, s := range all {
		s.sharesScope = called[s.scope()] > 1
	}
}
