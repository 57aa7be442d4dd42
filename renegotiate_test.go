package parley_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// legacy connects a legacy client and completes its first handshake.
func legacy(t testing.TB, l net.Listener, o legacyclient.Options) *legacyclient.Client {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	c := legacyclient.New(conn, o)
	if err := c.Handshake(); err != nil {
		t.Fatalf("the first handshake: %v", err)
	}
	return c
}

func misbehaviour(t testing.TB, name string) legacyclient.Misbehaviour {
	t.Helper()
	m, ok := legacyclient.Named(name)
	if !ok {
		t.Fatalf("no misbehaviour %q", name)
	}
	return m
}

var versions = []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12}

func TestEchoOnOneGoroutineOutlivesRenegotiations(t *testing.T) {
	l := listen(t, server())
	serveEcho(t, l)
	for _, name := range []string{"reset", "proper"} {
		for _, v := range versions {
			for _, tickets := range []bool{false, true} {
				t.Run(name+" "+v.String(), func(t *testing.T) {
					c := legacy(t, l, legacyclient.Options{Version: v, SessionTickets: tickets})
					m := misbehaviour(t, name)
					for range 5 {
						echoes(t, c, 100)
						if err := m.Run(c); err != nil {
							t.Fatal(err)
						}
						echoes(t, c, 100_000)
					}
				})
			}
		}
	}
}

func TestIOCopyWithDataWovenIntoTheHandshake(t *testing.T) {
	l := listen(t, server())
	var running sync.WaitGroup
	t.Cleanup(running.Wait)
	t.Cleanup(func() { l.Close() })
	running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				io.Copy(c, c)
			})
		}
	})
	for _, m := range legacyclient.Misbehaviours() {
		if len(m.Name) < 8 || m.Name[:8] != "crossing" {
			continue
		}
		t.Run(m.Name, func(t *testing.T) {
			c := legacy(t, l, m.Options(legacyclient.Options{TakesData: true}))
			if err := m.Run(c); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestRenegotiateWithAndWithoutAReader(t *testing.T) {
	for _, reads := range []bool{false, true} {
		s, c := pair(t, server(), client(func(c *tls.Config) { c.Renegotiation = tls.RenegotiateFreelyAsClient }))
		var running sync.WaitGroup
		running.Go(func() { io.Copy(c, c) }) // the client renegotiates as it reads
		if reads {
			running.Go(func() { io.Copy(io.Discard, s) })
		}
		for range 3 {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			if err := s.Renegotiate(ctx); err != nil {
				t.Fatalf("reader %v: %v", reads, err)
			}
			cancel()
		}
		if got := s.State(); got.Epoch != 3 || got.Kind != parley.KindSecure {
			t.Errorf("after three renegotiations: %+v", got)
		}
		if !reads {
			echoes(t, s, 1000)
		}
		s.Close()
		c.Close()
		running.Wait()
	}
}

func TestARefusedHelloRequestIsErrRefused(t *testing.T) {
	l := listen(t, server())
	c := legacy(t, l, legacyclient.Options{HelloRequest: legacyclient.ReactDecline})
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var running sync.WaitGroup
	running.Go(func() { io.Copy(c, c) })
	if err := s.(*parley.Conn).Renegotiate(t.Context()); !errors.Is(err, parley.ErrRefused) {
		t.Errorf("Renegotiate: %v", err)
	}
	echoes(t, s, 1000)
	s.Close()
	running.Wait()
}

func TestAWriteSeesTheHelloThatCameSinceTheLastRead(t *testing.T) {
	l := listen(t, server())
	c := legacy(t, l, legacyclient.Options{}) // which cannot take data that crosses its hello
	s := accept(t, l)
	sends(t, c, "request")
	receives(t, s, "request")
	done := make(chan error, 1)
	begun := make(chan error, 1)
	go func() {
		begun <- c.Begin(legacyclient.Hello{Kind: legacyclient.HelloReset})
		done <- c.Finish()
	}()
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	sends(t, s, "answer")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	receives(t, c, "answer")
}
