// Package handover passes listening sockets from process to process: from
// systemd or another supervisor to this one, and from this one to the next
// version of itself. While a socket has an owner its queue goes on, and no
// client is refused.
//
// The protocol is that of systemd's socket activation, sd_listen_fds(3): the
// sockets are descriptors from 3 on, LISTEN_FDS counts them, LISTEN_FDNAMES
// names them. What a process tells its supervisor goes the way of sd_notify(3).
package handover

import (
	"errors"
	"net"
	"slices"
	"sync"
)

// A Want is a listening socket that a setting asks for.
type Want struct {
	Network string // tcp, unix, or fd: one that was given, whatever its address
	Address string // as net.Listen takes it; of fd the name that it was given under
	Open    func() (net.Listener, error)
	// Settle has a connection of a TCP socket that was given be as those of
	// Open's are; nil: it does nothing.
	Settle func(*net.TCPConn)
}

// Sockets are the listening sockets of a process. The methods of nil open, and
// remember nothing.
type Sockets struct {
	begun chan struct{} // closed when clients may be accepted
	store Store         // nil: there is none

	mu       sync.Mutex // guards what follows
	started  bool       // begun is closed
	stopping bool       // what is closed from now on stays in the store
	given    []*gift
	open     []*Listener
}

// A Store keeps descriptors for the next start of the service, as systemd does.
type Store interface {
	Keep(name string, fd uintptr) error
	Forget(name string) error
}

// NewSockets takes over what this process was given. Nobody is accepted before
// Begin.
func NewSockets(given []Given, store Store) *Sockets {
	s := &Sockets{begun: make(chan struct{}), store: store}
	for _, g := range given {
		s.given = append(s.given, unwrap(g))
	}
	return s
}

// Listen gives the socket that was given for w, or opens one.
func (s *Sockets) Listen(w Want) (*Listener, error) {
	if g := s.claim(w); g != nil {
		l := newListener(g.listener, g.name, w, isOurs(g.name))
		l.given, l.settle = true, w.Settle
		return s.add(l), nil
	}
	if w.Network == "fd" {
		return nil, &NotGivenError{Name: w.Address, Given: s.names()}
	}
	l, err := w.Open()
	if err != nil {
		return nil, err
	}
	return s.add(newListener(l, nameOf(w), w, true)), nil
}

// add makes l one of the open sockets.
func (s *Sockets) add(l *Listener) *Listener {
	if s == nil {
		return l
	}
	l.sockets, l.begun = s, s.begun
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = append(s.open, l)
	if s.started {
		l.keep()
	}
	return l
}

// remove is what closing l has to do.
func (s *Sockets) remove(l *Listener) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = slices.DeleteFunc(s.open, func(x *Listener) bool { return x == l })
	if !s.stopping {
		l.forget()
	}
}

// claim takes what was given for w out of what was given: by the name that a
// predecessor gave it, or else by its address.
func (s *Sockets) claim(w Want) *gift {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, fits := range []func(*gift) bool{
		func(g *gift) bool { return g.name == nameOf(w) },
		func(g *gift) bool { return listensOn(g.listener.Addr(), w) },
	} {
		for i, g := range s.given {
			if g.listener != nil && fits(g) {
				s.given = slices.Delete(s.given, i, i+1)
				return g
			}
		}
	}
	return nil
}

// Begin has clients accepted, now and from sockets that are opened later. What
// no setting wanted is closed, and told.
func (s *Sockets) Begin(unwanted func(name, address string, why error)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.started {
		return
	}
	s.started = true
	close(s.begun)
	for _, l := range s.open {
		l.keep()
	}
	for _, g := range s.given {
		unwanted(g.name, g.address(), g.wrong)
		g.close()
		if s.store != nil && isOurs(g.name) {
			_ = s.store.Forget(g.name) // a supervisor that is gone has no store
		}
	}
	s.given = nil
}

// Stopping says that the process ends: sockets that it closes are kept for the
// next start.
func (s *Sockets) Stopping() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopping = true
}

// Retire ends the accepting here: another process has the sockets.
func (s *Sockets) Retire() error {
	var errs []error
	for _, l := range s.all() {
		errs = append(errs, l.Retire())
	}
	return errors.Join(errs...)
}

// names are those of the sockets that were given and not claimed.
func (s *Sockets) names() (names []string) {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.given {
		names = append(names, g.name)
	}
	return names
}

// all are the open sockets.
func (s *Sockets) all() []*Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.open)
}
