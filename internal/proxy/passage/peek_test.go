package passage

import (
	"errors"
	"io"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// peekers are the ways of looking: into the socket, and by reading.
var peekers = map[string]func(Conn) Conn{"in the socket": func(c Conn) Conn { return c }, "by reading": func(c Conn) Conn { return plain{c} }}

// Whatever comes in whatever pieces, the connection is read from its beginning.
func TestPeekConsumesNothing(t *testing.T) {
	hello := helloOf(t, "pay.example")
	for name, as := range peekers {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(r *rapid.T) {
				near, far := connected(t, "tcp")
				sent := append(inRecords(hello[5:], rapid.IntRange(20, 600).Draw(r, "record")), "and what follows"...)
				go func() {
					for b := sent; len(b) > 0; {
						n := min(len(b), 1+len(b)/3)
						_, _ = far.Write(b[:n]) // who reads notices
						b = b[n:]
					}
					_ = far.CloseWrite()
				}()
				f, conn, err := Peek(as(near), time.Now().Add(patience))
				if err != nil || f.Kind != TLS || f.ServerName() != "pay.example" {
					r.Fatalf("%+v, %v", f, err)
				}
				got, err := io.ReadAll(conn)
				if err != nil || string(got) != string(sent) {
					r.Fatalf("read %d bytes of %d, %v", len(got), len(sent), err)
				}
			})
		})
	}
}

func TestPeekWaitsForTheWholeHello(t *testing.T) {
	hello := helloOf(t, "pay.example")
	for name, as := range peekers {
		t.Run(name, func(t *testing.T) {
			near, far := connected(t, "tcp")
			saw := make(chan First)
			go func() {
				f, _, _ := Peek(as(near), time.Now().Add(patience))
				saw <- f
			}()
			for _, b := range hello {
				writes(t, far, string([]byte{b}))
			}
			if f := <-saw; f.ServerName() != "pay.example" {
				t.Errorf("it is %+v", f)
			}
		})
	}
}

func TestPeekEndsWithTheConnectionAndInTime(t *testing.T) {
	hello := helloOf(t, "pay.example")
	for name, as := range peekers {
		t.Run(name, func(t *testing.T) {
			near, far := connected(t, "tcp")
			far.Close()
			if _, _, err := Peek(as(near), time.Now().Add(patience)); err != io.EOF {
				t.Errorf("nothing came, and the error is %v", err)
			}
			near, far = connected(t, "tcp")
			writes(t, far, string(hello[:100]))
			far.Close()
			if _, _, err := Peek(as(near), time.Now().Add(patience)); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("half a hello came, and the error is %v", err)
			}
			near, _ = connected(t, "tcp")
			if _, _, err := Peek(as(near), time.Now().Add(time.Millisecond)); !IsTimeout(err) {
				t.Errorf("nobody said anything, and the error is %v", err)
			}
		})
	}
}

func TestPeekIsBounded(t *testing.T) {
	for name, as := range peekers {
		t.Run(name, func(t *testing.T) {
			near, far := connected(t, "tcp")
			go func() { _, _ = far.Write(inRecords(nil, 1)) }()
			tooLong := append([]byte{1, 0, 0x5f, 0}, make([]byte, MaxFirst)...)
			go func() { _, _ = far.Write(inRecords(tooLong, 1)) }()
			if f, _, err := Peek(as(near), time.Now().Add(patience)); err != nil || f.Hello != nil {
				t.Errorf("%+v, %v", f, err)
			}
		})
	}
}
