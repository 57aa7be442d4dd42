package parley_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// A pattern gives bytes that say where in the stream they belong.
func pattern(from, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		at := from + i
		b[i] = byte(at ^ at>>8 ^ at>>16)
	}
	return b
}

// follows reads the pattern until the stream ends, and says how much came.
func follows(t *testing.T, who string, r io.Reader) (n int, err error) {
	buf := make([]byte, 20_000)
	for {
		m, err := r.Read(buf)
		if !bytes.Equal(buf[:m], pattern(n, m)) {
			t.Errorf("%s: the bytes after %d are not what was sent", who, n)
			return n, errors.New("wrong bytes")
		}
		n += m
		if err != nil {
			return n, err
		}
	}
}

// Reader, writer and who renegotiates, all at once on both sides.
func TestNothingIsLostWhileEverybodyWorksAtOnce(t *testing.T) {
	generous := func(c *parley.Config) {
		c.Policy.Ration = parley.Ration{Connection: 1 << 20, ConnectionPerSecond: 1 << 20, Source: 1 << 20, SourcePerSecond: 1 << 20}
	}
	for _, wrap := range []bool{false, true} {
		for _, v := range versions {
			t.Run(v.String(), func(t *testing.T) {
				theirs, ours := tcpPair(t)
				for _, c := range []net.Conn{theirs, ours} { // so that little is under way
					c.(*net.TCPConn).SetReadBuffer(64 << 10)
					c.(*net.TCPConn).SetWriteBuffer(64 << 10)
				}
				if wrap {
					ours = wrapped{ours}
				}
				s := parley.Server(ours, server(generous))
				c := legacyclient.New(theirs, legacyclient.Options{Version: v, TakesData: true, HelloRequest: legacyclient.ReactProper})
				var running sync.WaitGroup
				running.Go(func() {
					if err := c.Handshake(); err != nil {
						t.Errorf("client: %v", err)
					}
				})
				if err := s.HandshakeContext(t.Context()); err != nil {
					t.Fatal(err)
				}
				running.Wait()

				enough := make(chan struct{})
				var sent, received [2]int
				write := func(side int, w io.Writer) {
					for {
						select {
						case <-enough:
							return
						default:
						}
						n := 1 + sent[side]%30_000
						if _, err := w.Write(pattern(sent[side], n)); err != nil {
							t.Errorf("side %d, after %d bytes: %v", side, sent[side], err)
							return
						}
						sent[side] += n
					}
				}
				var writers sync.WaitGroup
				writers.Go(func() { write(0, s) })
				running.Go(func() {
					var err error
					if received[0], err = follows(t, "client", c); err != io.EOF {
						t.Errorf("the client's reading ended with %v", err)
					}
				})
				running.Go(func() {
					var err error
					if received[1], err = follows(t, "server", s); err != io.EOF {
						t.Errorf("the server's reading ended with %v", err)
					}
				})
				for range 10 {
					ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
					if err := s.Renegotiate(ctx); err != nil {
						t.Errorf("Renegotiate: %v", err)
					}
					cancel()
				}
				close(enough)
				writers.Wait()
				if err := s.CloseWrite(); err != nil {
					t.Error(err)
				}
				if _, err := c.Write(pattern(0, 1000)); err != nil {
					t.Error(err)
				}
				sent[1] = 1000
				c.CloseWrite()
				running.Wait()
				s.Close()
				if sent != received {
					t.Errorf("sent %d, received %d", sent, received)
				}
				if got := s.State(); got.Epoch == 0 {
					t.Errorf("no renegotiation took place: %+v", got)
				}
			})
		}
	}
}
