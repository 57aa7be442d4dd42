package parley_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// A scriptedListener gives what its channel gives.
type scriptedListener struct {
	next   chan any // net.Conn or error
	closed chan struct{}
	once   sync.Once
}

func newScriptedListener() *scriptedListener {
	return &scriptedListener{next: make(chan any, 10), closed: make(chan struct{})}
}

func (l *scriptedListener) Accept() (net.Conn, error) {
	select {
	case v := <-l.next:
		if err, ok := v.(error); ok {
			return nil, err
		}
		return v.(net.Conn), nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *scriptedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *scriptedListener) Addr() net.Addr { return &net.TCPAddr{} }

func TestErrorsOfTheInnerListenerPassAndItGoesOn(t *testing.T) {
	inner := newScriptedListener()
	l, err := parley.NewListener(inner, server())
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	inner.next <- syscall.EMFILE
	inner.next <- syscall.EMFILE
	there, here := net.Pipe()
	inner.next <- here
	for range 2 {
		if _, err := l.Accept(); !errors.Is(err, syscall.EMFILE) {
			t.Errorf("Accept gives %v", err)
		}
	}
	c := tls.Client(there, client())
	go c.Handshake()
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(io.Discard, c)
	s.Close()
	inner.Close()
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after its end Accept gives %v", err)
	}
}

func TestFailedAndStalledHandshakesDoNotReachAccept(t *testing.T) {
	failed := make(chan parley.Event, 10)
	l := listen(t, server(func(c *parley.Config) {
		c.Events = func(e parley.Event) {
			if e.Name == parley.EventHandshakeFailed {
				failed <- e
			}
		}
	}))
	stalled, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	plain, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	sends(t, plain, "GET / HTTP/1.0\r\n\r\n")
	if e := <-failed; e.Finding != "not-tls-http" {
		t.Errorf("plain HTTP is %q", e.Finding)
	}
	answer, err := io.ReadAll(plain)
	if err != nil || len(answer) != 7 || answer[0] != 21 {
		t.Errorf("the plain client read % x, %v; want an alert and an end", answer, err)
	}
	c := dial(t, l, client())
	s := accept(t, l)
	if s.RemoteAddr().String() != c.LocalAddr().String() {
		t.Error("another connection was accepted")
	}
}

func TestMaxHandshakesBoundsThem(t *testing.T) {
	l := listen(t, server(func(c *parley.Config) { c.MaxHandshakes, c.HandshakeTimeout = 2, 200*time.Millisecond }))
	serveEcho(t, l)
	for range 2 {
		stalled, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer stalled.Close()
	}
	time.Sleep(20 * time.Millisecond) // for both to be accepted
	// This one waits until the stalled ones are given up.
	echoes(t, dial(t, l, client()), 100)
}

func TestCloseEndsHandshakesAndKeepsConns(t *testing.T) {
	l := listen(t, server())
	c := dial(t, l, client())
	s := accept(t, l)
	stalled, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer stalled.Close()
	notAccepted := dial(t, l, client())
	time.Sleep(20 * time.Millisecond) // for both to have come so far
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept gives %v", err)
	}
	for name, conn := range map[string]net.Conn{"the unfinished": stalled, "the not accepted": notAccepted} {
		conn.SetDeadline(time.Now().Add(5 * time.Second))
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, syscall.ETIMEDOUT) {
			t.Errorf("%s connection: %v", name, err)
		}
	}
	go echo(s)
	echoes(t, c, 1000)
	c.Close()
}

func TestSetConfigIsForLaterConnections(t *testing.T) {
	l := listen(t, server(func(c *parley.Config) { c.ALPN = []string{"one"} }))
	serveEcho(t, l)
	offering := client(func(c *tls.Config) { c.NextProtos = []string{"one", "two"} })
	first := dial(t, l, offering)
	if err := l.SetConfig(&parley.Config{}); err == nil || !strings.Contains(err.Error(), "Certificates") {
		t.Errorf("a Config without a certificate: %v", err)
	}
	if err := l.SetConfig(server(func(c *parley.Config) { c.ALPN = []string{"two"} })); err != nil {
		t.Fatal(err)
	}
	second := dial(t, l, offering)
	if a, b := first.ConnectionState().NegotiatedProtocol, second.ConnectionState().NegotiatedProtocol; a != "one" || b != "two" {
		t.Errorf("negotiated %q, then %q", a, b)
	}
	echoes(t, first, 10)
	echoes(t, second, 10)
}

func TestUnixSocketsAreServed(t *testing.T) {
	l, err := parley.Listen("unix", t.TempDir()+"/socket", server())
	if err != nil {
		t.Fatal(err)
	}
	serveEcho(t, l)
	conn, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := legacyclient.New(conn, legacyclient.Options{})
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	echoes(t, c, 100_000)
	if err := misbehaviour(t, "reset").Run(c); err != nil {
		t.Error(err)
	}
	echoes(t, c, 100)
	c.Close()
}

func TestManyConnectionsAtOnce(t *testing.T) {
	l := listen(t, server())
	serveEcho(t, l)
	var running sync.WaitGroup
	for i := range 20 {
		running.Go(func() {
			name := []string{"reset", "proper"}[i%2]
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			c := legacyclient.New(conn, legacyclient.Options{Version: versions[i%3]})
			if err := c.Handshake(); err != nil {
				t.Error(err)
				return
			}
			m, _ := legacyclient.Named(name)
			for range 3 {
				if err := c.Echo([]byte(strings.Repeat("parley ", 5000))); err != nil {
					t.Error(err)
				}
				if err := m.Run(c); err != nil {
					t.Error(err)
				}
			}
		})
	}
	running.Wait()
}
