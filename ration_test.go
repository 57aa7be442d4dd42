package parley

import (
	"net"
	"net/netip"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
)

func TestSourcesAreAddressesAndIPv6Networks(t *testing.T) {
	source := func(s string) net.Addr { return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(s)) }
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1:1", "192.0.2.1:2", true},
		{"192.0.2.1:1", "192.0.2.2:1", false},
		{"192.0.2.1:1", "[::ffff:192.0.2.1]:1", true},
		{"[2001:db8::1]:1", "[2001:db8::ffff:1]:1", true},
		{"[2001:db8::1]:1", "[2001:db8:0:1::1]:1", false},
		{"[fe80::1%eth0]:1", "[fe80::1%eth1]:1", true},
	} {
		a, okA := sourceOf(source(test.a))
		b, okB := sourceOf(source(test.b))
		if !okA || !okB || (a == b) != test.same {
			t.Errorf("%s is %s, %s is %s", test.a, a, test.b, b)
		}
	}
	if p, ok := sourceOf(&net.UnixAddr{Name: "@"}); ok {
		t.Errorf("a Unix socket is %s", p)
	}
}

func TestARationIsTheSourcesOwn(t *testing.T) {
	var s sources
	ration := renego.Ration{Source: 40, SourcePerSecond: 1}
	noisy, quiet := netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("192.0.2.2/32")
	for range 2 {
		if wait := s.take(noisy, renego.CostFull, ration); wait != 0 {
			t.Errorf("within its ration it waits %s", wait)
		}
	}
	if wait := s.take(noisy, renego.CostFull, ration); wait == 0 {
		t.Error("beyond its ration it does not wait")
	}
	if wait := s.take(quiet, renego.CostFull, ration); wait != 0 {
		t.Errorf("another waits %s", wait)
	}
}

func TestTheTableOfSourcesIsBounded(t *testing.T) {
	var s sources
	ration := renego.Ration{}.OrDefault()
	for i := range maxSources + 100 {
		s.take(netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)}), 32), 1, ration)
	}
	if len(s.entries) != maxSources || s.recent.Len() != maxSources {
		t.Errorf("it has %d entries, %d in the list", len(s.entries), s.recent.Len())
	}
}
