//go:build interop

package interop

import (
	"crypto/tls"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

var soakFor = flag.Duration("soak", 24*time.Second, "how long TestSoak has clients come; make soak has ten minutes")

// soakListeners are three: one with a backend, one whose backend comes and goes,
// and one that comes and goes itself.
func soakListeners(cert, key, address, backend, failing, failingBackend, guest string, n int) string {
	out := "listeners:\n" +
		listening("main", address, cert, key, fmt.Sprintf("backend: %s\n    restart: isolate\n    bare: resumed\n    tickets: %s", backend, []string{"on", "off"}[n%2])) +
		listening("failing", failing, cert, key, "backend: "+failingBackend)
	if n%3 == 0 {
		out += listening("guest", guest, cert, key, "profile: modern")
	}
	return out
}

// A soak is a server under all that clients do.
type soak struct {
	t               *testing.T
	server          *fileServer
	address         string
	failing         string
	stop            chan struct{}
	running         sync.WaitGroup
	visits, retries atomic.Int64
}

// often has work done until the soak stops, each time by itself.
func (s *soak) often(workers int, what string, work func(n int) error) {
	for w := range workers {
		s.running.Go(func() {
			for n := w; ; n += workers {
				select {
				case <-s.stop:
					return
				default:
				}
				if err := work(n); err != nil {
					s.t.Errorf("%s, visit %d: %v", what, n, err)
					return
				}
				s.visits.Add(1)
			}
		})
	}
}

// renegotiates does all kinds of it on one connection.
func (s *soak) renegotiates(n int) error {
	client, m, err := clientNamed(s.address, n, []string{"reset", "proper", "proper-resumed", "bare-resumed"}[n%4])
	if err != nil {
		return err
	}
	for round := range 20 {
		if err := client.Echo([]byte(strings.Repeat(fmt.Sprintf("client %d, round %d. ", n, round), 1+rand.IntN(500)))); err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		if err := m.Run(client); err != nil {
			return fmt.Errorf("%s, round %d: %w", m.Name, round, err)
		}
		s.retries.Add(1)
	}
	if n%5 == 1 { // the TCP connection goes on as another stream
		restart, _ := legacyclient.Named("restart")
		if err := restart.Run(client); err != nil {
			return fmt.Errorf("restart: %w", err)
		}
		if err := client.Echo([]byte("from the beginning")); err != nil {
			return fmt.Errorf("after a restart: %w", err)
		}
	}
	return client.Close()
}

// aborts goes away in some moment of a handshake, or resets what it has.
func (s *soak) aborts(n int) error {
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		return err
	}
	defer conn.Close()
	switch n % 3 {
	case 0:
		_, err = conn.Write(helloBegins[:1+rand.IntN(len(helloBegins))])
	case 1:
		err = tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
		_ = conn.(*net.TCPConn).SetLinger(0)
	default:
		_ = tls.Client(conn, &tls.Config{ServerName: "somebody-else.example"}).Handshake() // it does not like the certificate
	}
	time.Sleep(5 * time.Millisecond)
	return err
}

// fails visits the listener whose backend may be away: whatever comes of it.
func (s *soak) fails(n int) error {
	_ = comeAndGo(s.failing, n)
	time.Sleep(20 * time.Millisecond)
	return nil
}

func (s *soak) slow(int) error {
	_ = dripper(s.address, s.stop) // sent away, or still there in the end
	return nil
}

// load has clients come for a time, and waits until they are gone.
func (s *soak) load(long time.Duration, change func(n int)) {
	s.stop = make(chan struct{})
	caches := []tls.ClientSessionCache{tls.NewLRUClientSessionCache(1), tls.NewLRUClientSessionCache(1)}
	s.often(10, "renegotiations", s.renegotiates)
	s.often(2, "a short visit", func(n int) error { return comeAndGo(s.address, n) })
	s.often(2, "a resumption", func(n int) error {
		_, err := resume(s.address, []uint16{tls.VersionTLS12, tls.VersionTLS13}[n%2], caches[n%2])
		return err
	})
	s.often(2, "an aborted handshake", s.aborts)
	s.often(2, "a backend that fails", s.fails)
	s.often(20, "a slow client", s.slow)
	every := min(10*time.Second, long/6)
	end := time.Now().Add(long)
	for n := 0; time.Now().Before(end) && !s.t.Failed(); n++ {
		time.Sleep(every)
		change(n)
		s.t.Logf("%v left: %v, %d visits, %d renegotiations", time.Until(end).Round(time.Second), s.server.sample(), s.visits.Load(), s.retries.Load())
	}
	close(s.stop)
	s.running.Wait()
}

// settled is what the server has when nobody is there.
func (s *soak) settled() (now sample) {
	before := sample{goroutines: 1 << 30}
	eventually(s.t, time.Minute, "the server settles", func() bool {
		time.Sleep(time.Second)
		now = s.server.sample()
		same := now.goroutines == before.goroutines && now.descriptors == before.descriptors
		before = now
		return same
	})
	return now
}

// TestSoak has clients of all kinds come while settings, listeners and backends
// change: no honest one is cut, and when they are gone the server has no more than
// before.
func TestSoak(t *testing.T) {
	cert, key := certFiles(t)
	backend := "127.0.0.1:" + freePort(t)
	defer echoAt(t, backend)()
	away := "127.0.0.1:" + freePort(t)
	s := &soak{t: t, address: "127.0.0.1:" + freePort(t), failing: "127.0.0.1:" + freePort(t)}
	guest := "127.0.0.1:" + freePort(t)
	file := func(n int) string {
		return soakListeners(cert, key, s.address, backend, s.failing, away, guest, n)
	}
	s.server = serveFile(t, file(0))
	leave := func() {}
	change := func(n int) {
		s.server.write(file(n))
		s.server.ask("POST", "/reload")
		leave()
		if leave = func() {}; n%2 == 0 {
			leave = echoAt(t, away)
		}
	}
	s.load(*soakFor/4, change)
	change(0)
	warm := s.settled()
	s.load(*soakFor*3/4, change)
	change(0)
	end := s.settled()
	leave()
	t.Logf("warm %v; in the end %v; %d visits, %d renegotiations", warm, end, s.visits.Load(), s.retries.Load())
	if end.goroutines > warm.goroutines+5 || end.descriptors > warm.descriptors+5 || end.kilobytes > warm.kilobytes+warm.kilobytes/4+8<<10 || end.heap > warm.heap+12<<10 { // sessions and flights are kept up to a number
		t.Errorf("something leaks: it had %v, and has %v", warm, end)
	}
}

// echoAt is a backend that echoes, until it is told to go.
func echoAt(t *testing.T, address string) (leave func()) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn) // a stream that is cut is none of its business
			})
		}
	})
	return func() { l.Close() }
}
