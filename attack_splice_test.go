package parley_test

import (
	"io"
	"net"
	"sync"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// attack connects an attacker and has its prefix arrive at the application.
func (s *stage) attack(t testing.TB, o legacyclient.Options, prefix string) (*legacyclient.Client, *actedStream) {
	t.Helper()
	return s.open(t, o, prefix)
}

// A way is what lies between a victim and the attacker's connection.
type way struct {
	victim net.Conn // the victim's end
	ours   net.Conn // the attacker's
	over   sync.WaitGroup
	passed *legacyclient.Spliced
	err    error
}

// splice lets a victim through inside the attacker's connection, as a
// renegotiation of the attacker's.
func splice(t testing.TB, a *legacyclient.Client, rewrite func(*wire.ClientHello)) *way {
	p := newWay(t)
	p.over.Go(func() {
		s := legacyclient.Splice{Attacker: a, Victim: p.ours, Rewrite: rewrite, Timeout: patience}
		p.passed, p.err = s.Run()
		p.close(a)
	})
	return p
}

// spliceInClear passes the victim's bytes on as they are, from the first.
func spliceInClear(t testing.TB, a *legacyclient.Client) *way {
	p := newWay(t)
	for to, from := range map[net.Conn]net.Conn{p.ours: a.NetConn(), a.NetConn(): p.ours} {
		p.over.Go(func() {
			_, _ = io.Copy(to, from) // how it ended shows at the victim and the application
			p.close(a)
		})
	}
	return p
}

func newWay(t testing.TB) *way {
	p := new(way)
	p.victim, p.ours = net.Pipe()
	t.Cleanup(func() { p.victim.Close() })
	return p
}

// close cuts both connections, as if somebody had pulled the cable.
func (p *way) close(a *legacyclient.Client) {
	p.ours.Close()
	a.NetConn().Close()
}

// wait ends the way from the victim's side.
func (p *way) wait(t testing.TB) {
	t.Helper()
	p.victim.Close()
	within(t, "the splice's end", p.over.Wait)
	if p.err != nil {
		t.Errorf("the splice itself: %v", p.err)
	}
}
