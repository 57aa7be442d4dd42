//go:build interop

package interop

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// manyClients is how many clients there can be: 10,000, or fewer where the system
// gives a process fewer descriptors.
func manyClients(t *testing.T) int {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	n := min(10_000, int(limit.Max)-1000)
	if n < 10_000 {
		t.Logf("only %d descriptors: %d clients instead of 10,000", limit.Max, n)
	}
	return n
}

const slowListener = `listeners:
  - listen: 127.0.0.1:0
    limits: {handshake_timeout: 10s}
`

// hello is how a ClientHello begins: slow clients never come to its end.
var helloBegins = append([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3}, make([]byte, 500)...)

// dripper connects and sends a byte of a hello now and then, until it is sent
// away. It says whether the server did that.
func dripper(address string, stop <-chan struct{}) error {
	from := net.Dialer{Timeout: time.Minute, LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	conn, err := from.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	for _, b := range helloBegins {
		if _, err := conn.Write([]byte{b}); err != nil {
			return nil
		}
		if err := conn.SetReadDeadline(time.Now().Add(250 * time.Millisecond)); err != nil {
			return err
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		select {
		case <-stop:
			return errors.New("it was still there in the end")
		default:
		}
	}
	return errors.New("it was let say all")
}

// TestSlowClientsCostThemselvesMost: ten thousand clients connect and send their
// hello a byte at a time. Others are served all the while, the memory that it takes
// is bounded, and nothing of it is left.
func TestSlowClientsCostThemselvesMost(t *testing.T) {
	clients := manyClients(t)
	server := serveFile(t, slowListener)
	honest := func() time.Duration {
		begun := time.Now()
		c, err := tls.DialWithDialer(&net.Dialer{Timeout: time.Minute}, "tcp", server.Address, &tls.Config{InsecureSkipVerify: true})
		if err == nil {
			err = c.Close()
		}
		if err != nil {
			t.Errorf("an honest client: %v", err)
		}
		return time.Since(begun)
	}
	honest()
	before := server.sample()
	stop := make(chan struct{})
	var slow sync.WaitGroup
	var held atomic.Int64
	for range clients {
		slow.Go(func() {
			if err := dripper(server.Address, stop); err != nil {
				held.Add(1)
				t.Errorf("a slow client: %v", err)
			}
		})
	}
	gone := make(chan struct{})
	go func() { slow.Wait(); close(gone) }()
	var longest time.Duration
	var most sample
	served := 0
	for end := time.Now().Add(90 * time.Second); ; served++ {
		longest = max(longest, honest())
		if now := server.sample(); now.kilobytes > most.kilobytes {
			most = now
		}
		select {
		case <-gone:
		default:
			if time.Now().Before(end) {
				continue
			}
			close(stop)
			<-gone
		}
		break
	}
	t.Logf("%d slow clients: before %v, at most %v; %d honest clients served meanwhile, the slowest within %v", clients, before, most, served, longest)
	if grown := most.kilobytes - before.kilobytes; grown > 80_000 {
		t.Errorf("they took %d KB", grown)
	}
	if served == 0 || longest > 20*time.Second {
		t.Errorf("honest clients were shut out: %d served, the slowest after %v", served, longest)
	}
	eventually(t, time.Minute, "what they took is given back", func() bool {
		now := server.sample()
		return now.goroutines <= before.goroutines+5 && now.descriptors <= before.descriptors+5
	})
}

// TestIdleConnectionsCostLittle: ten thousand connections whose handshake is done
// and that say nothing.
func TestIdleConnectionsCostLittle(t *testing.T) {
	clients := manyClients(t)
	server := serveFile(t, "listeners:\n  - {listen: \"127.0.0.1:0\", max_version: 1.2}\n")
	before := server.sample()
	config := &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1), ServerName: "idle.example"}
	conns := make([]net.Conn, clients)
	var dialling sync.WaitGroup
	for w := range 8 {
		dialling.Go(func() {
			for i := w; i < clients && !t.Failed(); i += 8 {
				c, err := tls.Dial("tcp", server.Address, config)
				if err != nil {
					t.Errorf("client %d: %v", i, err)
					return
				}
				conns[i] = c
			}
		})
	}
	dialling.Wait()
	now := server.sample()
	t.Logf("%d idle connections: before %v, now %v; %.1f KB each", clients, before, now, float64(now.kilobytes-before.kilobytes)/float64(clients))
	if each := (now.kilobytes - before.kilobytes) / clients; each > 45 {
		t.Errorf("each takes %d KB", each)
	}
	for _, i := range []int{0, clients / 2, clients - 1} {
		if conns[i] == nil {
			continue
		}
		if _, err := io.WriteString(conns[i], "x"); err != nil {
			t.Error(err)
		}
		if n, err := conns[i].Read(make([]byte, 1)); n != 1 {
			t.Errorf("connection %d is dead: %v", i, err)
		}
	}
	for _, c := range conns {
		if c != nil {
			c.Close()
		}
	}
	eventually(t, time.Minute, "what they took is given back", func() bool { return server.sample().descriptors <= before.descriptors+5 })
}
