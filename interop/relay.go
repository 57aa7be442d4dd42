package interop

import (
	"errors"
	"io"
	"net"
	"sync"
	"syscall"
)

// A Tap is told what passes on one connection, in the order in which it does.
type Tap interface {
	Sent(fromClient bool, b []byte)
	Ended(fromClient, reset bool)
}

// A Relay passes connections on to a server and has taps told what passes: a
// capture of loopback without a packet socket.
type Relay struct {
	Address string // where clients connect

	listener net.Listener
	server   string
	tap      func(client, server net.Addr) Tap
	running  sync.WaitGroup
}

// StartRelay listens on a free port of 127.0.0.1.
func StartRelay(server string, tap func(client, server net.Addr) Tap) (*Relay, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &Relay{Address: l.Addr().String(), listener: l, server: server, tap: tap}
	r.running.Go(r.accept)
	return r, nil
}

// Close waits for the connections to end and stops.
func (r *Relay) Close() error {
	err := r.listener.Close()
	r.running.Wait()
	return err
}

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return // the listener was closed
		}
		server, err := net.Dial("tcp", r.server)
		if err != nil {
			_ = client.Close()
			continue
		}
		p := &relayed{tap: r.tap(client.RemoteAddr(), client.LocalAddr())}
		var both sync.WaitGroup
		both.Go(func() { p.pass(client.(*net.TCPConn), server.(*net.TCPConn), true) })
		both.Go(func() { p.pass(server.(*net.TCPConn), client.(*net.TCPConn), false) })
		r.running.Go(func() {
			both.Wait()
			_ = client.Close()
			_ = server.Close()
		})
	}
}

// A relayed is one connection that passes.
type relayed struct {
	mu  sync.Mutex // guards tap: what is told first has passed first
	tap Tap
}

// pass passes one direction on until it ends, and its end with it. What is
// passed on is told before: so the answer to it cannot be told earlier.
func (p *relayed) pass(from, to *net.TCPConn, fromClient bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := from.Read(buf)
		if n > 0 {
			p.mu.Lock()
			p.tap.Sent(fromClient, buf[:n])
			p.mu.Unlock()
			if _, failed := to.Write(buf[:n]); failed != nil {
				// The other side is gone, and its own direction says how.
				_, _ = io.Copy(io.Discard, from)
				return
			}
		}
		if err != nil {
			p.end(to, fromClient, errors.Is(err, syscall.ECONNRESET))
			return
		}
	}
}

func (p *relayed) end(to *net.TCPConn, fromClient, reset bool) {
	p.mu.Lock()
	p.tap.Ended(fromClient, reset)
	p.mu.Unlock()
	if reset {
		_ = to.SetLinger(0)
		_ = to.Close()
		return
	}
	_ = to.CloseWrite()
}
