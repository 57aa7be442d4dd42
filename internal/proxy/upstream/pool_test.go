package upstream

import (
	"context"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestServersAreUsedInTurn(t *testing.T) {
	p, _ := poolOf(listen(t, says("a")), listen(t, says("b")), listen(t, says("c")))
	got := ""
	for range 6 {
		got += heard(t, p, 1)
	}
	if got != "abcabc" {
		t.Errorf("the streams went to %s", got)
	}
}

func TestStreamGoesToTheNextServerWhereOneDoesNotTakeIt(t *testing.T) {
	a, b := listen(t, says("a")), listen(t, says("b"))
	p, log := poolOf(a, b)
	a.off()
	for range 4 {
		if got := heard(t, p, 1); got != "b" {
			t.Errorf("a stream went to %s", got)
		}
	}
	if n := p.servers[0].failures.Load(); n != 1 {
		t.Errorf("a server that is down was tried %d times while another was up", n)
	}
	line := log.all(t, "a backend's server is down: the others take its streams")
	if len(line) != 1 || line[0]["backend"] != "app" || line[0]["server"] != a.address.String() || !strings.Contains(line[0]["error"].(string), "refused") || line[0]["do"] != "start it, or correct its address" {
		t.Errorf("%v", line)
	}
}

func TestAllAreTriedWhereAllAreDown(t *testing.T) {
	a, b := listen(t, says("a")), listen(t, says("b"))
	p, log := poolOf(a, b)
	a.off()
	b.off()
	_, err := p.dial(t, Call{})
	if err == nil || !strings.Contains(err.Error(), "none of the 2 servers") || !strings.Contains(err.Error(), a.address.String()) || !strings.Contains(err.Error(), b.address.String()) {
		t.Errorf("%v", err)
	}
	b.on()
	if got := heard(t, p, 1); got != "b" {
		t.Errorf("the stream went to %s", got)
	}
	if !p.servers[1].isUp() || len(log.all(t, "a backend's server is back")) != 1 {
		t.Error("a server that took a connection is not up")
	}
}

func TestServerThatIsAloneIsTriedEachTime(t *testing.T) {
	a := listen(t, says("a"))
	p, log := poolOf(a)
	a.off()
	for range 3 {
		if _, err := p.dial(t, Call{}); err == nil || strings.Contains(err.Error(), "none of") {
			t.Errorf("%v", err)
		}
	}
	if lines := log.all(t, "a backend's server is down: it is tried all the same"); len(lines) != 1 {
		t.Errorf("it is told %d times", len(lines))
	}
	a.on()
	heard(t, p, 1)
}

// One client in so long finds out whether a server that nobody checks is back.
func TestServerThatIsDownIsTriedAgainByOneClient(t *testing.T) {
	p, _ := poolOf(listen(t, says("a")), listen(t, says("b")))
	begin := time.Now()
	p.servers[1].failedClient(begin, net.ErrClosed)
	first := func(after time.Duration) *server { return p.order(begin.Add(after))[0] }
	for range 4 {
		if first(penalty-1) != p.servers[0] {
			t.Fatal("it is tried within its penalty")
		}
	}
	if first(penalty) != p.servers[1] {
		t.Error("it is not tried when its penalty is over")
	}
	if first(penalty+1) != p.servers[0] {
		t.Error("a second client tries it at once")
	}
	p.servers[1].served(begin)
	if one, next := first(penalty+2), first(penalty+2); one == next {
		t.Error("a server that is back does not get its turn")
	}
}

func TestServerThatSaysNothingKeepsNobodyFromTheNext(t *testing.T) {
	silent := listen(t, func(c net.Conn) { _, _ = c.Read(make([]byte, 1<<20)); <-t.Context().Done() })
	a := newAuthority(t)
	good := a.listen(t, nil)
	p := a.poolOf(TLS{Name: "app.test"}, silent, good)
	ctx, cancel := context.WithTimeout(t.Context(), patience/4)
	defer cancel()
	conn, at, err := p.Dial(ctx, Call{})
	if err != nil || at != good.address {
		t.Fatalf("%v, %v", at, err)
	}
	conn.Close()
	if p.servers[0].isUp() {
		t.Error("the silent server is up")
	}
}

func TestClientThatGivesUpSaysNothingOfTheServer(t *testing.T) {
	p, _ := poolOf(listen(t, says("a")))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := p.Dial(ctx, Call{}); err == nil {
		t.Fatal("it connected")
	}
	if !p.servers[0].isUp() || p.servers[0].failures.Load() != 0 {
		t.Error("the server is blamed")
	}
}

func TestHeaderComesFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	got := make(chan string, 1)
	at := &place{t: t, address: Address{"unix", path}, serve: func(c net.Conn) {
		b := make([]byte, 6)
		_, _ = c.Read(b)
		got <- string(b)
	}}
	at.on()
	t.Cleanup(at.off)
	p, _ := poolOf(at)
	if _, err := p.dial(t, Call{Header: []byte("header")}); err != nil {
		t.Fatal(err)
	}
	if text := <-got; text != "header" {
		t.Errorf("%q", text)
	}
}

// A server that comes and goes all the time does not fill the log.
func TestServerThatComesAndGoesIsToldOfSeldom(t *testing.T) {
	p, log := poolOf(listen(t, says("a")))
	s, now := p.servers[0], time.Now()
	for range 50 {
		s.failedClient(now, net.ErrClosed)
		s.served(now)
	}
	s.failedClient(now, net.ErrClosed)
	told := func() int { return len(log.all(t, "a backend's server is")) }
	if n := told(); n != maxTold {
		t.Fatalf("%d lines", n)
	}
	s.failedClient(now.Add(toldSpan+1), net.ErrClosed)
	last := log.all(t, "a backend's server is down")
	if n := told(); n != maxTold+1 || last[len(last)-1]["changes_not_told"] != float64(101-maxTold-1) {
		t.Errorf("%d lines, the last is %v", n, last[len(last)-1])
	}
}
