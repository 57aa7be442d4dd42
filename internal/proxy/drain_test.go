package proxy

import (
	"crypto/tls"
	"testing"
	"time"
)

func TestConnectionThatIsOldEndsInALull(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), Lifetime: "50ms", Drain: "1h", Metrics: "127.0.0.1:0"})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		writes(t, c, "whole")
		v := b.next(t)
		reads(t, v, "whole")
		ends(t, v)
		v.Close()
		ends(t, c)
		c.Close()
		n++
		wants(t, d.log.wait(t, "connection", n), map[string]any{"ended": "lifetime", "in": 5.0})
	})
	d.tells(`parley_limited_total{limit="lifetime"} 3`, `parley_streams_ended_total{ended="lifetime"} 3`)
}

func TestOldConnectionThatIsNeverSilentIsCut(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	c := d.dial(tls.VersionTLS12)
	v := b.next(t)
	for _, x := range d.sessionsOf(d.current.Load()) {
		x.endInLull(errLifetime, 300*time.Millisecond)
	}
	talks := make(chan error, 1)
	go func() {
		for {
			if _, err := c.Write([]byte("x")); err != nil {
				talks <- err
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
	for {
		if _, err := v.Read(make([]byte, 10)); err != nil {
			break
		}
	}
	if err := <-talks; err == nil {
		t.Error("it goes on")
	}
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "lifetime"})
}

func TestEchoEndsToo(t *testing.T) {
	d := serve(t, Options{Lifetime: "50ms"})
	c := d.dial(tls.VersionTLS12)
	isServed(t, c)
	ends(t, c)
	c.Close()
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "lifetime"})
}

func TestConnectionsOfOldSettingsAreDrained(t *testing.T) {
	g := serveGroup(t, Options{}, Options{}, Options{})
	all := of(t, g)
	changed, same, gone := all[0].dial(tls.VersionTLS12), all[1].dial(tls.VersionTLS12), all[2].dial(tls.VersionTLS13)
	drained := func(s *Settings) { s.DrainOld, s.Drain = true, 20*time.Millisecond }
	reloads(t, g, all[0].changed(func(s *Settings) { drained(s); s.MinVersion = tls.VersionTLS12 }), all[1].changed(drained))
	ends(t, changed)
	ends(t, gone)
	gone.Close()
	isServed(t, same)
	isServed(t, all[0].dial(tls.VersionTLS12))
	until(t, "the listener that is gone is forgotten", func() bool { return len(g.all()) == 2 })
}
