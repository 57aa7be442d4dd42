package parley_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// both runs f with TLS 1.2, which Parley serves, and 1.3, which crypto/tls does.
func both(t *testing.T, f func(t *testing.T, with *tls.Config)) {
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		t.Run(name, func(t *testing.T) { f(t, client(func(c *tls.Config) { c.MaxVersion = version })) })
	}
}

func TestReadDeadlineLosesNothing(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		s, c := pair(t, server(), with)
		s.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := s.Read(make([]byte, 1))
		var timeout net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("Read gives %v", err)
		}
		s.SetReadDeadline(time.Time{})
		sends(t, c, "still there")
		receives(t, s, "still there")
	})
}

func TestADeadlineInThePastWakesRead(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		s, _ := pair(t, server(), with)
		woken := make(chan error, 1)
		go func() {
			_, err := s.Read(make([]byte, 1))
			woken <- err
		}()
		time.Sleep(10 * time.Millisecond) // so that Read is likely to wait already
		s.SetReadDeadline(time.Unix(1, 0))
		if err := <-woken; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read gives %v", err)
		}
	})
}

func TestCloseWakesReadAndWrite(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		s, _ := pair(t, server(), with)
		var running sync.WaitGroup
		running.Go(func() {
			if _, err := s.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
				t.Errorf("Read gives %v", err)
			}
		})
		running.Go(func() {
			if _, err := s.Write(make([]byte, 64<<20)); err == nil {
				t.Error("Write went well")
			}
		})
		time.Sleep(20 * time.Millisecond) // so that both are likely to wait already
		s.Close()
		running.Wait()
		if err := s.Close(); !errors.Is(err, net.ErrClosed) {
			t.Errorf("the second Close: %v", err)
		}
	})
}

func TestWriteDeadlineInMidRecordIsNotFatal(t *testing.T) {
	s, c := pair(t, server(), client())
	out := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	n := 0
	for range 3 {
		s.SetWriteDeadline(time.Now().Add(20 * time.Millisecond))
		m, err := s.Write(out[n:])
		n += m
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("Write gives %d, %v", m, err)
		}
	}
	read := make(chan []byte, 1)
	go func() {
		in, _ := io.ReadAll(c)
		read <- in
	}()
	s.SetWriteDeadline(time.Time{})
	m, err := s.Write(out[n:])
	if n += m; err != nil || n != len(out) {
		t.Fatalf("Write gives %d of %d bytes, %v", n, len(out), err)
	}
	s.Close()
	if in := <-read; !bytes.Equal(in, out) {
		t.Errorf("the client read %d bytes of %d, or others", len(in), len(out))
	}
}

func TestHalfCloseGoesBothWays(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		s, c := pair(t, server(), with)
		sends(t, c, "request")
		c.CloseWrite()
		if in, err := io.ReadAll(s); err != nil || string(in) != "request" {
			t.Errorf("the server read %q, %v", in, err)
		}
		sends(t, s, "answer")
		if err := s.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Write([]byte("more")); err == nil {
			t.Error("Write after CloseWrite went well")
		}
		if in, err := io.ReadAll(c); err != nil || string(in) != "answer" {
			t.Errorf("the client read %q, %v", in, err)
		}
	})
}

func TestABareTCPEndIsNotEOF(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		s, c := pair(t, server(), with)
		sends(t, c, "half")
		c.NetConn().Close()
		in, err := io.ReadAll(s)
		var why *parley.Error
		if string(in) != "half" || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &why) || why.Finding != "truncated" {
			t.Errorf("the server read %q, %v", in, err)
		}
	})
}

func TestTheClientsAlertIsNamed(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		l := listen(t, server(func(c *parley.Config) { c.ForClient = nil }))
		inner, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer inner.Close()
		go func() {
			with.RootCAs = nil // nobody it trusts
			if c, err := tls.Dial("tcp", inner.Addr().String(), with); err == nil {
				c.Close()
			}
		}()
		conn, err := inner.Accept()
		if err != nil {
			t.Fatal(err)
		}
		s := parley.Server(conn, server())
		defer s.Close()
		err = s.HandshakeContext(t.Context())
		var why *parley.Error
		if !errors.As(err, &why) || why.Sent || why.Alert != 42 && why.Alert != 48 && why.Alert != 46 {
			t.Errorf("the handshake ended with %#v", err)
		}
		l.Close()
	})
}

func TestHandshakeContextGoesOnWhereItStopped(t *testing.T) {
	there, here := net.Pipe()
	s := parley.Server(here, server())
	defer s.Close()
	defer there.Close() // first, for nobody reads close_notify
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.HandshakeContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("HandshakeContext gives %v", err)
	}
	c := tls.Client(there, client())
	shaken := make(chan error, 1)
	go func() { shaken <- c.Handshake() }()
	if err := s.HandshakeContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	if s.ConnectionState().Version != tls.VersionTLS12 {
		t.Errorf("state: %+v", s.State())
	}
}

func TestAPipeIsServed(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		there, here := net.Pipe()
		s := parley.Server(here, server())
		go echo(s)
		c := tls.Client(there, with)
		echoes(t, c, 300_000)
		c.Close()
	})
}

func TestAHandshakeThatStallsEndsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		there, here := net.Pipe()
		defer there.Close()
		s := parley.Server(here, server())
		begun := time.Now()
		go there.Write([]byte{22, 3, 1}) // the beginning of a record
		go io.Copy(io.Discard, there)
		err := s.HandshakeContext(context.Background())
		var why *parley.Error
		if !errors.As(err, &why) || why.Finding != "handshake-timeout" {
			t.Errorf("the handshake ended with %v", err)
		}
		if d := time.Since(begun); d != 10*time.Second {
			t.Errorf("after %s", d)
		}
		s.Close()
	})
}

func TestAHelloThatNeverEndsDoesNotHoldAWriteForEver(t *testing.T) {
	l := listen(t, server(func(c *parley.Config) { c.RenegotiateTimeout = 300 * time.Millisecond }))
	c := legacy(t, l, legacyclient.Options{})
	s := accept(t, l)
	sends(t, c, "data")
	if err := c.WriteRaw([]byte{22, 3, 3, 1, 0, 1, 2, 3}); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	if _, err := s.Read(b); err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	var why *parley.Error
	for {
		// The first one may leave before the hello's first bytes are read.
		if _, err := s.Write([]byte("answer")); err != nil {
			if !errors.As(err, &why) || why.Finding != "handshake-timeout" {
				t.Errorf("Write gives %v", err)
			}
			break
		}
		s.SetReadDeadline(time.Now().Add(time.Second))
		s.Read(make([]byte, 100))
	}
}

func TestWrongConfigsAreToldByEveryMethod(t *testing.T) {
	_, here := net.Pipe()
	s := parley.Server(here, &parley.Config{})
	if _, err := s.Read(nil); err == nil {
		t.Error("Read went well")
	}
	if _, err := s.Write(nil); err == nil {
		t.Error("Write went well")
	}
	if err := s.HandshakeContext(t.Context()); err == nil {
		t.Error("HandshakeContext went well")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestWriteToAndReadFromMoveEverything(t *testing.T) {
	both(t, func(t *testing.T, with *tls.Config) {
		s, c := pair(t, server(), with)
		done := make(chan error, 1)
		go func() {
			_, err := io.Copy(struct{ io.Writer }{s}, s) // WriteTo
			s.CloseWrite()
			done <- err
		}()
		echoes(t, c, 3_000_000)
		c.CloseWrite()
		if err := <-done; err != nil {
			t.Error(err)
		}

		s, c = pair(t, server(), with)
		there, here := tcpPair(t)
		go func() {
			_, err := s.ReadFrom(here)
			s.CloseWrite()
			done <- err
		}()
		out := bytes.Repeat([]byte("parley!"), 300_000)
		go func() {
			there.Write(out)
			there.Close()
		}()
		if in, err := io.ReadAll(c); err != nil || !bytes.Equal(in, out) {
			t.Errorf("%d of %d bytes arrived, %v", len(in), len(out), err)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

// tcpPair gives both ends of a TCP connection.
func tcpPair(t testing.TB) (a, b net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if a, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close(); b.Close() })
	return a, b
}
