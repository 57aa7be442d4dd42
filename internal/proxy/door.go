package proxy

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// A door is a listening socket. Its clients go to the gate that it belongs to by
// then: a reload may give it to another, while its queue goes on.
type door struct {
	*handover.Listener
	address Address // as the settings name it
	leads   atomic.Pointer[gate]
	opened  sync.Once
	over    chan struct{} // closed when nobody accepts any more, or ever will
}

// openDoor opens a socket, or takes over one that the process was given.
func openDoor(sockets *handover.Sockets, a Address) (*door, error) {
	l, err := sockets.Listen(want(a))
	if err != nil {
		return nil, err
	}
	return &door{Listener: l, address: a, over: make(chan struct{})}, nil
}

// leadTo has clients go to a gate from now on.
func (d *door) leadTo(g *gate) {
	d.leads.Store(g)
	d.opened.Do(func() { go d.acceptAll() })
}

// refuseMore ends the listening, and does not wait for who is on his way through.
func (d *door) refuseMore() error { return d.Listener.Close() }

// shut ends the listening, and waits until nobody is on his way through.
func (d *door) shut() error {
	err := d.Listener.Close()
	d.opened.Do(func() { close(d.over) })
	<-d.over
	return err
}

// acceptAll ends when the door is shut. Other errors go to who accepts: he pauses.
func (d *door) acceptAll() {
	defer close(d.over)
	for {
		conn, err := d.Listener.Accept()
		g := d.leads.Load()
		switch {
		case err == nil:
			g.receive(conn)
		case errors.Is(err, net.ErrClosed):
			return
		default:
			g.give(arrival{err: err})
		}
	}
}
