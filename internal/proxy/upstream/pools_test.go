package upstream

import (
	"crypto/tls"
	"net"
	"testing"
	"time"
)

func TestPoolThatDidNotChangeKeepsItsState(t *testing.T) {
	pools := NewPools((&lines{}).logger())
	at := listen(t, says("a"))
	spec := func() *Backend {
		return &Backend{Name: "app", Servers: []Address{at.address}, TLS: &TLS{Name: "app.test"}, Check: Check{Interval: time.Hour, Timeout: time.Second, Fall: 1, Rise: 1}}
	}
	a := newAuthority(t)
	config := func() *tls.Config { return &tls.Config{RootCAs: a.pool()} }
	first := pools.Of(spec(), config())
	pools.Hold("one", first)
	defer pools.Hold("one")
	first.servers[0].failedClient(time.Now(), net.ErrClosed)
	if again := pools.Of(spec(), config()); again != first {
		t.Error("the same backend is another pool")
	}
	for name, other := range map[string]*Pool{
		"other authorities": pools.Of(spec(), &tls.Config{RootCAs: newAuthority(t).pool()}),
		"a certificate":     pools.Of(spec(), &tls.Config{RootCAs: a.pool(), Certificates: []tls.Certificate{a.issue("x")}}),
		"the system's":      pools.Of(spec(), &tls.Config{}),
		"in clear":          pools.Of(Single(at.address, 0), nil),
		"with a header":     pools.Of(Single(at.address, 1), nil),
	} {
		if other == first {
			t.Errorf("%s: it is the same pool", name)
		}
	}
	if all := pools.Status(); len(all) != 1 || all[0].Up || all[0].Why == "" || all[0].Failures != 0 {
		t.Errorf("%+v", all)
	}
}

func TestPoolsThatNobodyHasAreNotChecked(t *testing.T) {
	pools := NewPools((&lines{}).logger())
	at := listen(t, says("a"))
	b := &Backend{Name: "app", Servers: []Address{at.address}, Check: Check{Interval: time.Hour, Timeout: time.Second, Fall: 1, Rise: 1}}
	p := pools.Of(b, nil)
	running := func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.stop != nil
	}
	if running() {
		t.Error("it is checked before anybody has it")
	}
	pools.Hold(1, p)
	pools.Hold(2, p)
	pools.Hold(1)
	if !running() {
		t.Error("who still has it has no checks")
	}
	pools.Hold(2, pools.Of(Single(at.address, 0), nil))
	if running() {
		t.Error("nobody has it, and it is checked")
	}
	if pools.Of(b, nil) == p {
		t.Error("it is not forgotten")
	}
	pools.Hold(2)
	if all := pools.Status(); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func TestServerOfSeveralPoolsIsUpIfItIsInEach(t *testing.T) {
	pools := NewPools((&lines{}).logger())
	at := Address{"tcp", "192.0.2.1:80"}
	one, two := pools.Of(Single(at, 0), nil), pools.Of(Single(at, 1), nil)
	pools.Hold(1, one, two)
	defer pools.Hold(1)
	one.servers[0].failures.Store(2)
	two.servers[0].failures.Store(3)
	two.servers[0].failedClient(time.Now(), net.ErrClosed)
	if all := pools.Status(); len(all) != 1 || all[0].Up || all[0].Failures != 5 {
		t.Errorf("%+v", all)
	}
}
