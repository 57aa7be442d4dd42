package passage

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/tape"
)

// ways are the ways that bytes take: moved by the system, and by a buffer.
var ways = map[string]func() tape.Tap{"moved": func() tape.Tap { return nil }, "copied": func() tape.Tap { return &said{} }}

func eachWay(t *testing.T, test func(t *testing.T, network string, tap func() tape.Tap)) {
	for name, tap := range ways {
		for _, network := range []string{"tcp", "unix"} {
			t.Run(name+" over "+network, func(t *testing.T) { test(t, network, tap) })
		}
	}
}

// Whatever is said either way, in whatever pieces, arrives as it was.
func TestBytesArriveAsTheyWere(t *testing.T) {
	eachWay(t, func(t *testing.T, network string, tap func() tape.Tap) {
		rapid.Check(t, func(r *rapid.T) {
			x := begin(t, network, Options{Tap: tap()})
			up := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 300), 0, 5).Draw(r, "up")
			down := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 300), 0, 5).Draw(r, "down")
			go say(x.client, up)
			go say(x.backend, down)
			atBackend, err := io.ReadAll(x.backend)
			if want := bytes.Join(up, nil); err != nil || !bytes.Equal(atBackend, want) {
				r.Fatalf("the backend got %x, %v, not %x", atBackend, err, want)
			}
			atClient, err := io.ReadAll(x.client)
			if want := bytes.Join(down, nil); err != nil || !bytes.Equal(atClient, want) {
				r.Fatalf("the client got %x, %v, not %x", atClient, err, want)
			}
			if e := x.end(t); e.Err != nil || e.By == "" {
				r.Fatalf("it ended by %+v", e)
			}
			if in, out := x.Bytes(); int(in) != len(atBackend) || int(out) != len(atClient) {
				r.Fatalf("%d and %d bytes are counted", in, out)
			}
			if s, ok := x.options.Tap.(*said); ok && (!bytes.Equal(s.text[0], atBackend) || !bytes.Equal(s.text[1], atClient) || s.ends != [2]string{"fin", "fin"}) {
				r.Fatalf("the tap heard %x and %x, %v", s.text[0], s.text[1], s.ends)
			}
		})
	})
}

// say writes piece by piece, and ends.
func say(c Conn, pieces [][]byte) {
	for _, b := range pieces {
		_, _ = c.Write(b) // who reads notices
	}
	_ = c.CloseWrite()
}

func TestMuchBothWaysAtOnce(t *testing.T) {
	eachWay(t, func(t *testing.T, network string, tap func() tape.Tap) {
		x := begin(t, network, Options{Tap: tap()})
		up, down := random(1, 9<<20), random(2, 7<<20)
		go say(x.client, [][]byte{up})
		go say(x.backend, [][]byte{down})
		atClient := make(chan []byte)
		go func() {
			b, _ := io.ReadAll(x.client)
			atClient <- b
		}()
		if got, err := io.ReadAll(x.backend); err != nil || !bytes.Equal(got, up) {
			t.Errorf("the backend got %d bytes, %v, not the %d sent", len(got), err, len(up))
		}
		if got := <-atClient; !bytes.Equal(got, down) {
			t.Errorf("the client got %d bytes, not the %d sent", len(got), len(down))
		}
	})
}

func random(seed byte, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(b)
	return b
}

func TestOneDirectionEndsAndTheOtherGoesOn(t *testing.T) {
	eachWay(t, func(t *testing.T, network string, tap func() tape.Tap) {
		half := make(chan bool, 2)
		x := begin(t, network, Options{Tap: tap(), HalfClosed: func() { half <- true }})
		writes(t, x.client, "question")
		if err := x.client.CloseWrite(); err != nil {
			t.Fatal(err)
		}
		reads(t, x.backend, "question")
		ends(t, x.backend)
		<-half
		writes(t, x.backend, "answer")
		reads(t, x.client, "answer")
		x.backend.Close()
		ends(t, x.client)
		if e := x.end(t); e != (Ending{By: Client}) {
			t.Errorf("it ended by %+v", e)
		}
	})
}

// tear resets a connection.
func tear(t *testing.T, c Conn) {
	t.Helper()
	if err := c.(interface{ SetLinger(int) error }).SetLinger(0); err != nil {
		t.Fatal(err)
	}
	c.Close()
}

func TestResetIsPassedOnBehindTheData(t *testing.T) {
	for name, tap := range ways {
		for _, by := range []Side{Client, Backend} {
			t.Run(name+" by the "+string(by), func(t *testing.T) {
				x := begin(t, "tcp", Options{Tap: tap()})
				one, other := x.client, x.backend
				if by == Backend {
					one, other = other, one
				}
				writes(t, one, "before")
				reads(t, other, "before")
				tear(t, one)
				if _, err := other.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("the other side read %v, not a reset", err)
				}
				if e := x.end(t); e.By != by || e.Err == nil {
					t.Errorf("it ended by %+v", e)
				}
				if s, ok := x.options.Tap.(*said); ok && s.ends[map[Side]int{Client: 0, Backend: 1}[by]] != "reset" {
					t.Errorf("the tap heard of the ends %v", s.ends)
				}
			})
		}
	}
}

func TestCutIsSeenByBothAndIsNobodysDoing(t *testing.T) {
	x := begin(t, "tcp", Options{})
	writes(t, x.client, "a")
	reads(t, x.backend, "a")
	x.Cut()
	for _, c := range []Conn{x.client, x.backend} {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("a side read %v, not a reset", err)
		}
	}
	if e := x.end(t); e != (Ending{}) {
		t.Errorf("it ended by %+v", e)
	}
}

// A connection without a socket's ways is copied.
func TestConnectionsWithoutASocketPassToo(t *testing.T) {
	c, client := connected(t, "tcp")
	b, backend := connected(t, "tcp")
	p := New(plain{c}, plain{b}, Options{Reset: reset})
	go p.Run()
	writes(t, client, "hello")
	reads(t, backend, "hello")
	backend.Close()
	ends(t, client)
}

// An idle passage holds no buffer and no pipe.
func TestIdlePassagesHoldLittle(t *testing.T) {
	const passages, most = 100, 14 << 10
	for name, tap := range ways {
		before := heapAndStacks()
		var all []*talk
		for range passages {
			x := begin(t, "tcp", Options{Tap: tap()})
			writes(t, x.client, "hello")
			reads(t, x.backend, "hello")
			all = append(all, x)
		}
		if each := (heapAndStacks() - before) / passages; each > most {
			t.Errorf("%s: an idle passage and its test take %d bytes", name, each)
		} else {
			t.Logf("%s: an idle passage and its test take %d bytes", name, each)
		}
		for _, x := range all {
			x.client.Close()
			x.backend.Close()
			x.end(t)
		}
	}
}

func heapAndStacks() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}
