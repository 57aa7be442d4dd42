package upstream

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"
)

// checked starts a pool's checks at short intervals, until the test ends.
func checked(t *testing.T, p *Pool) *Pool {
	p.backend.Check.Interval = 5 * time.Millisecond
	p.start()
	t.Cleanup(p.end)
	return p
}

func TestChecksTakeServersDownAndUp(t *testing.T) {
	a, b := listen(t, says("a")), listen(t, says("b"))
	p, log := poolOf(a, b)
	a.off()
	checked(t, p)
	until(t, "the dead server is down", func() bool { return !p.servers[0].isUp() })
	for range 3 {
		if got := heard(t, p, 1); got != "b" {
			t.Errorf("a stream went to %s", got)
		}
	}
	a.on()
	until(t, "it is up", p.servers[0].isUp)
	if one, next := heard(t, p, 1), heard(t, p, 1); one == next {
		t.Error("it does not get its turn")
	}
	if len(log.all(t, "a backend's server is down")) != 1 || len(log.all(t, "a backend's server is back")) != 1 {
		t.Errorf("the log is\n%s", &log.text)
	}
}

// What decides is so many checks in a row; of a server that nobody knows, the first.
func TestThresholds(t *testing.T) {
	p, _ := poolOf(listen(t, says("a")))
	s, now := p.servers[0], time.Now()
	s.check(true, now)
	for i, step := range []struct {
		fails bool
		up    bool
	}{{true, false}, {false, false}, {true, false}, {false, false}, {false, true}, {true, true}, {true, true}, {false, true}, {true, true}, {true, true}, {true, false}} {
		var err error
		if step.fails {
			err = net.ErrClosed
		}
		if s.probed(now, err); s.isUp() != step.up {
			t.Fatalf("after check %d up is %v", i, s.isUp())
		}
	}
}

func TestStoppedPoolGoesByItsConnections(t *testing.T) {
	before := runtime.NumGoroutine()
	a := listen(t, says("a"))
	p, _ := poolOf(a)
	a.off()
	checked(t, p)
	until(t, "the server is down", func() bool { return !p.servers[0].isUp() })
	p.end()
	until(t, "no check is left", func() bool { return runtime.NumGoroutine() <= before })
	if !p.servers[0].isDue(time.Now()) {
		t.Error("nobody would ever find out whether it is back")
	}
	a.on()
	heard(t, p, 1)
	if !p.servers[0].isUp() {
		t.Error("it took a connection and is not up")
	}
}

func TestCheckSaysThatItIsNobodys(t *testing.T) {
	for version, want := range map[Header]string{HeaderV1: "PROXY UNKNOWN\r\n", HeaderV2: "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00", HeaderV2Certificate: "\r\n\r\n\x00\r\nQUIT\n\x20\x00\x00\x00"} {
		got := make(chan string, 1)
		p, _ := poolOf(listen(t, func(c net.Conn) {
			b := make([]byte, len(want))
			_, _ = io.ReadFull(bufio.NewReader(c), b)
			got <- string(b)
		}))
		p.backend.Header = version
		if err := p.servers[0].checkOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		if text := <-got; text != want {
			t.Errorf("%q", text)
		}
	}
}

func TestCheckSeesWhatAClientWould(t *testing.T) {
	a, other := newAuthority(t), newAuthority(t)
	demanding := func(c *tls.Config) { c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, a.pool() }
	old := func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }
	for _, test := range []struct {
		name string
		pool *Pool
		says string
	}{
		{"a good server", a.poolOf(TLS{Name: "app.test"}, a.listen(t, nil)), ""},
		{"one that greets and hangs up", a.poolOf(TLS{Name: "app.test"}, a.listen(t, func(c *tls.Conn) { _, _ = io.WriteString(c, "220") })), ""},
		{"one of another authority", a.poolOf(TLS{Name: "app.test"}, other.listen(t, nil)), "unknown authority"},
		{"one that wants a certificate", a.poolOf(TLS{Name: "app.test"}, a.listen(t, nil, demanding)), "certificate"},
		{"likewise, of TLS 1.2", a.poolOf(TLS{Name: "app.test"}, a.listen(t, nil, demanding, old)), "handshake failure"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.pool.servers[0].checkOnce(t.Context())
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v", err)
			}
		})
	}
}
