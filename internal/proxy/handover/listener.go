package handover

import (
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// A Listener is a socket that can leave this process without its clients
// noticing.
type Listener struct {
	net.Listener
	name    string // that it is handed on under
	path    string // of a Unix socket of ours: it goes when the socket does; empty: none
	given   bool   // it was not opened here
	settle  func(*net.TCPConn)
	sockets *Sockets
	begun   <-chan struct{} // nil: Accept need not wait

	accepted atomic.Uint64
	once     sync.Once
	retired  chan struct{} // closed when another process accepts its clients
	shut     sync.Once
	closed   chan struct{}
}

func newListener(l net.Listener, name string, w Want, ours bool) *Listener {
	x := &Listener{Listener: l, name: name, retired: make(chan struct{}), closed: make(chan struct{})}
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)                       // Close knows whether it may
		if ours && !strings.HasPrefix(w.Address, "@") { // an abstract one has no file
			x.path = w.Address
		}
	}
	return x
}

// Accept gives the next client. Of a socket that was retired there is none: it
// waits for Close, so that whoever accepts finishes what it has begun.
func (l *Listener) Accept() (net.Conn, error) {
	if !l.mayAccept() {
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
		if tcp, ok := conn.(*net.TCPConn); ok && l.settle != nil {
			l.settle(tcp)
		}
		return conn, nil
	}
	if l.isRetired() {
		<-l.closed
		return nil, net.ErrClosed
	}
	return nil, err
}

// mayAccept waits until clients may be accepted; false: it was closed before.
func (l *Listener) mayAccept() bool {
	if l.begun == nil {
		return true
	}
	select {
	case <-l.begun:
		return true
	case <-l.closed:
		return false
	}
}

func (l *Listener) isRetired() bool {
	select {
	case <-l.retired:
		return true
	default:
		return false
	}
}

// Retire ends the accepting here. The socket and its queue are another process'
// by now: neither its file nor its place in the store is touched.
func (l *Listener) Retire() (err error) {
	l.once.Do(func() {
		close(l.retired)
		err = l.Listener.Close()
	})
	return err
}

// Close ends the listening for good, unless the socket was retired.
func (l *Listener) Close() (err error) {
	l.shut.Do(func() {
		close(l.closed)
		if l.isRetired() {
			return
		}
		l.sockets.remove(l)
		if l.path != "" {
			if err = os.Remove(l.path); errors.Is(err, os.ErrNotExist) {
				err = nil // somebody was faster
			}
		}
		err = errors.Join(err, l.Listener.Close())
	})
	return err
}

// control calls f with the descriptor.
func (l *Listener) control(f func(fd uintptr) error) error {
	raw, err := l.Listener.(syscall.Conn).SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { inner = f(fd) })
	return errors.Join(err, inner)
}

// keep puts a socket that was opened here into the store. A Unix socket's file
// goes with the process, so that its next start opens another. The caller holds
// sockets.mu.
func (l *Listener) keep() {
	store := l.sockets.store
	if _, ok := l.Listener.(*net.TCPListener); !ok || l.given || store == nil {
		return
	}
	// Without it, a restart refuses clients for a moment: no reason to end.
	_ = l.control(func(fd uintptr) error { return store.Keep(l.name, fd) })
}

// forget takes a socket of ours out of the store. The caller holds sockets.mu.
func (l *Listener) forget() {
	if store := l.sockets.store; store != nil && isOurs(l.name) {
		_ = store.Forget(l.name) // a supervisor that is gone has no store
	}
}

// Accepted counts the clients that were accepted.
func (l *Listener) Accepted() uint64 { return l.accepted.Load() }
