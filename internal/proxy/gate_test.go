package proxy

import (
	"crypto/tls"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// turnedAway connects, and wants to be cut before a byte comes.
func (d *daemon) turnedAway() {
	d.t.Helper()
	c, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		return // it was reset already
	}
	defer c.Close()
	if err := tls.Client(c, &tls.Config{InsecureSkipVerify: true}).Handshake(); err == nil {
		d.t.Fatal("it is served")
	}
}

func TestNoMoreConnectionsOfOneSourceThanAllowed(t *testing.T) {
	d := serve(t, Options{MaxPerSource: "2", Metrics: "127.0.0.1:0"})
	d.dial(tls.VersionTLS12)
	second := d.dial(tls.VersionTLS13)
	d.turnedAway()
	d.turnedAway()
	wants(t, d.log.wait(t, "clients are turned away: their source has as much as max-per-source allows", 1), map[string]any{"source": "127.0.0.1/32", "more_since": 0.0})
	d.tells(`parley_limited_total{limit="max-per-source"} 2`)
	second.Close()
	d.tells(`parley_connections_open{kind="first",version="TLS 1.3"} 0`)
	again := d.dial(tls.VersionTLS12)
	writes(t, again, "x")
	reads(t, again, "x")
}

func TestNoFasterThanAllowed(t *testing.T) {
	d := serve(t, Options{HandshakesPerSource: "1", Metrics: "127.0.0.1:0"})
	begun := time.Now()
	for range burstSeconds {
		d.dial(tls.VersionTLS12)
	}
	for time.Since(begun) < patience { // sooner or later: this machine may be slow
		c, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			d.tells(`parley_limited_total{limit="handshakes-per-source"} 1`)
			return
		}
		defer c.Close()
	}
	t.Error("nobody is turned away")
}

func TestSourceIsAnAddressOrANetworkOfIPv6(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.7:1": "192.0.2.7/32", "[::ffff:192.0.2.7]:1": "192.0.2.7/32", "[2001:db8:1:2:3:4:5:6]:1": "2001:db8:1:2::/64", "[fe80::1%eth0]:1": "fe80::/64",
	} {
		if got, ok := sourceOf(net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address))); !ok || got.String() != want {
			t.Errorf("%s is of %v", address, got)
		}
	}
	if _, ok := sourceOf(&net.UnixAddr{Name: "/x"}); ok {
		t.Error("a Unix socket has a source")
	}
}

func TestSourceRegainsItsSpeed(t *testing.T) {
	s, now := newSources(0, 2), time.Unix(0, 0)
	key := netip.MustParsePrefix("192.0.2.1/32")
	enter := func() int {
		for n := 0; ; n++ {
			if limit, ok := s.enter(key, now); !ok {
				if limit != telemetry.LimitHandshakes {
					t.Fatal(limit)
				}
				return n
			}
		}
	}
	if n := enter(); n != 2*burstSeconds {
		t.Errorf("%d at once", n)
	}
	now = now.Add(3 * time.Second)
	if n := enter(); n != 6 {
		t.Errorf("%d after three seconds", n)
	}
	if _, ok := s.enter(netip.MustParsePrefix("192.0.2.2/32"), now); !ok {
		t.Error("another source is kept out")
	}
}

// Whoever has a network of addresses cannot have us remember all of them, nor
// have us forget those that are open.
func TestSourcesAreForgotten(t *testing.T) {
	s, now := newSources(1, 1), time.Unix(0, 0)
	first := netip.MustParsePrefix("192.0.2.1/32")
	if _, ok := s.enter(first, now); !ok {
		t.Fatal("the first is kept out")
	}
	s.observe(parley.Event{Conn: 1, Name: parley.EventOpened, Detail: parley.OpenedDetail{Client: "192.0.2.1:5"}})
	for i := range 3 * idleSources {
		n := uint64(i + 2)
		a := netip.AddrFrom4([4]byte{10, byte(i >> 16), byte(i >> 8), byte(i)})
		s.enter(sourceOfAddress(a), now)
		s.observe(parley.Event{Conn: n, Name: parley.EventOpened, Detail: parley.OpenedDetail{Client: netip.AddrPortFrom(a, 1).String()}})
		s.observe(parley.Event{Conn: n, Name: parley.EventClosed, Detail: parley.FailureDetail{}})
	}
	if len(s.table) != idleSources+1 || s.idle.Len() != idleSources || len(s.conns) != 1 {
		t.Errorf("%d sources, %d idle, %d connections are remembered", len(s.table), s.idle.Len(), len(s.conns))
	}
	if limit, ok := s.enter(first, now); ok || limit != telemetry.LimitPerSource {
		t.Error("what the first has open is forgotten")
	}
}

func TestSeldomSaysHowOftenItDidNot(t *testing.T) {
	var s seldom
	var said []int
	for _, second := range []int64{1000, 1001, 1059, 1060, 1061} {
		s.tell(time.Unix(second, 0), func(more int) { said = append(said, more) })
	}
	if len(said) != 2 || said[0] != 0 || said[1] != 2 {
		t.Errorf("%v", said)
	}
}
