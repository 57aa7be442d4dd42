//go:build interop

package interop

import (
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

// An ambush is the attacker's place on the path. It lets a victim's earlier
// connections through untouched, and into the last one puts a connection of its
// own, on which its prefix is already with the application.
type ambush struct {
	listener net.Listener
	target   string
	passes   int // connections that go through untouched
	options  legacyclient.Options
	prefix   string
	address  net.IP
	clear    bool // the victim's bytes go on as they are, outside the attacker's keys

	over    sync.WaitGroup
	spliced *legacyclient.Spliced // nil: it did not come so far, or in clear
	from    string                // the attacker's address, as the server logs it
	err     error
}

// start lies in wait; the victim connects to what it returns.
func (a *ambush) start(t *testing.T) string {
	t.Helper()
	var err error
	if a.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	a.over.Go(func() { a.err = a.work() })
	return a.listener.Addr().String()
}

// wait ends it.
func (a *ambush) wait() {
	a.listener.Close()
	a.over.Wait()
}

func (a *ambush) work() error {
	for range a.passes {
		victim, err := a.listener.Accept()
		if err != nil {
			return err
		}
		server, err := net.Dial("tcp", a.target)
		if err != nil {
			return err
		}
		a.through(victim, server)
	}
	victim, err := a.listener.Accept()
	if err != nil {
		return err
	}
	defer victim.Close()
	attacker, err := a.begin()
	if err != nil {
		return err
	}
	if a.clear {
		a.through(victim, attacker.NetConn()).Wait()
		return nil
	}
	defer attacker.NetConn().Close()
	splice := legacyclient.Splice{Attacker: attacker, Victim: victim, Timeout: 5 * time.Second}
	a.spliced, err = splice.Run()
	return err
}

// begin opens the attacker's connection and sees its prefix come back.
func (a *ambush) begin() (*legacyclient.Client, error) {
	// Ports come again: an address of its own finds the attacker's line in the log.
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: a.address}}
	conn, err := dialer.Dial("tcp", a.target)
	if err != nil {
		return nil, err
	}
	a.from = conn.LocalAddr().String()
	c := legacyclient.New(conn, a.options)
	if err := c.Handshake(); err != nil {
		conn.Close()
		return nil, err
	}
	return c, c.Echo([]byte(a.prefix))
}

// through passes bytes both ways until either side ends.
func (a *ambush) through(one, other net.Conn) *sync.WaitGroup {
	both := new(sync.WaitGroup)
	limit := time.Now().Add(patience)
	for to, from := range map[net.Conn]net.Conn{one: other, other: one} {
		_ = from.SetDeadline(limit)
		both.Add(1)
		a.over.Go(func() {
			defer both.Done()
			_, _ = io.Copy(to, from) // how it ended shows at the victim and the application
			one.Close()
			other.Close()
		})
	}
	return both
}
