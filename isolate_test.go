package parley_test

import (
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

func isolating(c *parley.Config) {
	c.Policy.Bare, c.Policy.Restart = parley.AnswerIsolate, parley.AnswerIsolate
}

// accept gives the next Conn of a listener.
func accept(t testing.TB, l *parley.Listener) *parley.Conn {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c.(*parley.Conn)
}

// receives wants the bytes of text from r.
func receives(t testing.TB, r io.Reader, text string) {
	t.Helper()
	b := make([]byte, len(text))
	if n, err := io.ReadFull(r, b); err != nil || string(b) != text {
		t.Fatalf("received %q, %v; want %q", b[:n], err, text)
	}
}

func sends(t testing.TB, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatalf("write %q: %v", text, err)
	}
}

func TestIsolationMakesTwoConns(t *testing.T) {
	for name, finding := range map[string]string{"restart": "reneg-restart-hello", "bare": "reneg-bare-hello"} {
		t.Run(name, func(t *testing.T) {
			l := listen(t, server(isolating))
			m := misbehaviour(t, name)
			c := legacy(t, l, m.Options(legacyclient.Options{}))
			old := accept(t, l)
			sends(t, c, "the old stream")
			receives(t, old, "the old st")

			// The old half's reader drives the split.
			began := make(chan error, 1)
			go func() {
				rest, err := io.ReadAll(old)
				if string(rest) != "ream" {
					t.Errorf("the old half's rest is %q", rest)
				}
				began <- err
			}()
			if err := m.Run(c); err != nil {
				t.Fatal(err)
			}
			err := <-began
			var why *parley.Error
			if !errors.Is(err, parley.ErrRestarted) || !errors.Is(err, io.ErrUnexpectedEOF) || !errors.As(err, &why) || why.Finding != finding {
				t.Errorf("the old half ended with %v", err)
			}
			next := accept(t, l)
			if next.Number() != old.Number() {
				t.Error("the second half has another TCP connection")
			}
			if s := next.State(); s.Terms != parley.TermsIsolated || s.FromClient != 0 {
				t.Errorf("the second half begins with %+v", s)
			}
			if _, err := old.Write([]byte("to nobody")); !errors.Is(err, parley.ErrIsolated) {
				t.Errorf("the old half's Write: %v", err)
			}
			// Its deadlines and its Close are the old stream's alone.
			old.SetDeadline(time.Now().Add(-time.Second))
			if err := old.Close(); err != nil {
				t.Errorf("the old half's Close: %v", err)
			}
			if err := old.SetDeadline(time.Now()); !errors.Is(err, net.ErrClosed) {
				t.Errorf("SetDeadline after Close: %v", err)
			}
			sends(t, c, "the new stream")
			receives(t, next, "the new stream")
			sends(t, next, "answer")
			receives(t, c, "answer")
			if s := next.State(); s.FromClient != 14 || s.ToClient != 6 {
				t.Errorf("the second half counts %+v", s)
			}
			if err := next.Close(); err != nil {
				t.Error(err)
			}
			if _, err := c.Read(make([]byte, 1)); err != io.EOF {
				t.Errorf("after the new half's Close the client reads %v", err)
			}
		})
	}
}

func TestIsolationFromServerGoesToOnIsolate(t *testing.T) {
	type halves struct{ old, next *parley.Conn }
	split := make(chan halves, 1)
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	config := server(isolating, func(c *parley.Config) {
		c.OnIsolate = func(old, next *parley.Conn) { split <- halves{old, next} }
	})
	go func() {
		conn, err := inner.Accept()
		if err == nil {
			echo(parley.Server(conn, config))
		}
	}()
	m := misbehaviour(t, "restart")
	c := legacy(t, inner, m.Options(legacyclient.Options{}))
	echoes(t, c, 1000)
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	got := <-split
	if got.old.State().Epoch != 0 || got.next.State().Epoch != 1 {
		t.Errorf("the halves are of the epochs %d and %d", got.old.State().Epoch, got.next.State().Epoch)
	}
	go echo(got.next)
	echoes(t, c, 1000)
	c.Close()
}

func TestIsolationThatNobodyTakesIsAbort(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	ended := make(chan error, 1)
	go func() {
		conn, err := inner.Accept()
		if err != nil {
			return
		}
		s := parley.Server(conn, server(isolating))
		defer s.Close()
		_, err = io.Copy(s, s)
		ended <- err
	}()
	m := misbehaviour(t, "restart")
	c := legacy(t, inner, m.Options(legacyclient.Options{}))
	echoes(t, c, 1000)
	if err := m.Run(c); err == nil {
		t.Error("the restart went well")
	}
	var why *parley.Error
	if err := <-ended; !errors.As(err, &why) || why.Finding != "reneg-restart-hello" || !why.Sent {
		t.Errorf("the server's end: %v", err)
	}
}

func TestIsolationAfterTheListenerIsClosedIsAbort(t *testing.T) {
	l := listen(t, server(isolating))
	m := misbehaviour(t, "restart")
	c := legacy(t, l, m.Options(legacyclient.Options{}))
	s := accept(t, l)
	l.Close()
	go func() {
		if err := m.Run(c); err == nil {
			t.Error("the restart went well")
		}
		c.NetConn().Close()
	}()
	var why *parley.Error
	if _, err := io.ReadAll(s); !errors.As(err, &why) || why.Finding != "reneg-restart-hello" {
		t.Errorf("the server's end: %v", err)
	}
}

func TestAWriterThatIsStuckForbidsASplit(t *testing.T) {
	l := listen(t, server(isolating))
	m := misbehaviour(t, "restart")
	c := legacy(t, l, m.Options(legacyclient.Options{}))
	s := accept(t, l)
	wrote := make(chan error, 1)
	go func() {
		_, err := s.Write(make([]byte, 64<<20)) // more than the sockets hold
		wrote <- err
	}()
	time.Sleep(50 * time.Millisecond) // for the sockets to fill
	if err := c.Begin(legacyclient.Hello{Kind: legacyclient.HelloRestart}); err != nil {
		t.Fatal(err)
	}
	var why *parley.Error
	if _, err := io.ReadAll(s); !errors.As(err, &why) || why.Finding != "reneg-restart-hello" {
		t.Errorf("the server's end: %v", err)
	}
	s.Close()
	if err := <-wrote; err == nil {
		t.Error("the Write went well")
	}
}
