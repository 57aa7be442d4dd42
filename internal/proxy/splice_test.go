package proxy

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"testing"
)

func TestEchoWithoutBackend(t *testing.T) {
	d := serve(t, Options{})
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		writes(t, c, "hello")
		reads(t, c, "hello")
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		ends(t, c)
	})
}

func TestClientsEndReachesTheBackendAndTheOtherWayGoesOn(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		writes(t, c, "question")
		if err := c.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		v := b.next(t)
		reads(t, v, "question")
		ends(t, v)
		writes(t, v, "answer")
		reads(t, c, "answer")
		v.Close()
		ends(t, c)
	})
}

func TestBackendsEndReachesTheClientAndTheOtherWayGoesOn(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		v := b.next(t)
		writes(t, v, "greeting")
		if err := v.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		reads(t, c, "greeting")
		ends(t, c)
		writes(t, c, "late")
		reads(t, v, "late")
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		ends(t, v)
	})
}

func TestMuchDataBothWaysAtOnce(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	up, down := randomBytes(1, 9<<20), randomBytes(2, 7<<20)
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		v := b.next(t)
		sent := make(chan error, 2)
		go func() { sent <- errors.Join(send(c, up), c.CloseWrite()) }()
		go func() { sent <- errors.Join(send(v, down), v.CloseWrite()) }()
		atBackend := make(chan []byte)
		go func() {
			got, _ := io.ReadAll(v)
			atBackend <- got
		}()
		atClient, err := io.ReadAll(c)
		if err != nil || !bytes.Equal(atClient, down) {
			t.Errorf("the client got %d bytes, %v, not the %d sent", len(atClient), err, len(down))
		}
		if got := <-atBackend; !bytes.Equal(got, up) {
			t.Errorf("the backend got %d bytes, not the %d sent", len(got), len(up))
		}
		for range 2 {
			if err := <-sent; err != nil {
				t.Error(err)
			}
		}
		wantBytes(t, d, len(up), len(down))
	})
}

func send(w io.Writer, b []byte) error {
	_, err := w.Write(b)
	return err
}

func randomBytes(seed uint64, n int) []byte {
	source := rand.New(rand.NewPCG(seed, 0))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(source.Uint32())
	}
	return b
}

// wantBytes looks at the newest connection's line.
func wantBytes(t *testing.T, d *daemon, in, out int) {
	t.Helper()
	n := len(d.log.all(t, "connection"))
	line := d.log.wait(t, "connection", max(n, 1))
	wants(t, line, map[string]any{"in": float64(in), "out": float64(out), "ended": "clean"})
}

func TestCutClientResetsTheBackend(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		writes(t, c, "half a mess")
		v := b.next(t)
		c.NetConn().Close()
		v.isReset(t, "half a mess")
		n++
		wants(t, d.log.wait(t, "connection", n), map[string]any{"ended": "truncated"})
	})
}

func TestCutClientClosesTheBackendWhereThatIsAsked(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), Truncation: "close"})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		writes(t, c, "message")
		v := b.next(t)
		c.NetConn().Close()
		reads(t, v, "message")
		ends(t, v)
		v.Close()
		n++
		wants(t, d.log.wait(t, "connection", n), map[string]any{"ended": "truncated"})
	})
}

func TestResetBackendCutsTheClient(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		v := b.next(t)
		writes(t, c, "x")
		reads(t, v, "x")
		reset(v.TCPConn)
		if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("the client read %v, which is no cut", err)
		}
		n++
		line := d.log.wait(t, "connection", n)
		wants(t, line, map[string]any{"ended": "backend", "level": "WARN"})
		if text, _ := line["error"].(string); !strings.HasPrefix(text, "backend: ") {
			t.Errorf("the error %q does not say whose it is", text)
		}
	})
}

func TestBackendThatIsDown(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	nobody := l.Addr().String()
	l.Close()
	d := serve(t, Options{Backend: nobody})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		if _, err := d.dial(version).Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("the client read %v: its stream looks whole", err)
		}
		n++
		line := d.log.wait(t, "connection", n)
		wants(t, line, map[string]any{"ended": "backend", "level": "WARN", "in": 0.0, "out": 0.0})
		if text, _ := line["error"].(string); !bytes.Contains([]byte(text), []byte(nobody)) {
			t.Errorf("the error %q does not name the backend", text)
		}
	})
}

func TestBackendOnAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b.sock")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	d := serve(t, Options{Backend: "unix:" + path})
	c := d.dial(tls.VersionTLS12)
	v, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	writes(t, c, "up")
	reads(t, v, "up")
	writes(t, v, "down")
	reads(t, c, "down")
	c.Close()
	ends(t, v)
	v.Close()
}

// A backend that never reads must not keep its answer, nor its end, from the client.
func TestBackendThatReadsNothingIsStillHeard(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		v := b.next(t)
		flooded := make(chan struct{})
		go func() {
			defer close(flooded)
			// It ends with an error when the connection does.
			_ = send(c, randomBytes(3, 32<<20))
		}()
		writes(t, v, "no more, please")
		reads(t, c, "no more, please")
		reset(v.TCPConn)
		<-flooded
	})
}
