package passage

import (
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
)

// patience bounds every wait of a test. No test hopes for less.
const patience = 20 * time.Second

// connected gives both sides of a connection.
func connected(t testing.TB, network string) (near, far Conn) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "s")
	}
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial(network, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	for _, conn := range []net.Conn{c, s} {
		t.Cleanup(func() { conn.Close() })
	}
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return s.(Conn), c.(Conn)
}

// plain hides what a connection can beside reading and writing.
type plain struct{ Conn }

// A talk is a passage between a client and a backend that the test plays.
type talk struct {
	*Passage
	client, backend Conn
	ended           chan Ending
}

func begin(t testing.TB, network string, o Options) *talk {
	t.Helper()
	c, client := connected(t, network)
	b, backend := connected(t, network)
	if o.Reset == nil {
		o.Reset = reset
	}
	x := &talk{New(c, b, o), client, backend, make(chan Ending, 1)}
	go func() { x.ended <- x.Run() }()
	return x
}

// end waits for the passage's.
func (x *talk) end(t testing.TB) Ending {
	t.Helper()
	select {
	case e := <-x.ended:
		return e
	case <-time.After(patience):
		t.Fatal("the passage does not end")
		return Ending{}
	}
}

// reset ends a connection of this machine, where all that was written has arrived.
func reset(c net.Conn) {
	if tcp, ok := c.(interface{ SetLinger(int) error }); ok {
		_ = tcp.SetLinger(0)
	}
	_ = c.Close()
}

func reads(t testing.TB, r io.Reader, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if n, err := io.ReadFull(r, got); err != nil || string(got) != want {
		t.Fatalf("read %q, %v, not %q", got[:n], err, want)
	}
}

func writes(t testing.TB, w io.Writer, text string) {
	t.Helper()
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
}

func ends(t testing.TB, r io.Reader) {
	t.Helper()
	if n, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("read %d bytes, %v, not the end", n, err)
	}
}

// said is a tap that keeps what passed.
type said struct {
	mu   sync.Mutex
	text [2][]byte
	ends [2]string
}

func (s *said) Passed(d capture.Direction, b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text[d] = append(s.text[d], b...)
}

func (s *said) Ended(d capture.Direction, reset bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ends[d] = "fin"
	if reset {
		s.ends[d] = "reset"
	}
}
