package proxy

import (
	"crypto/tls"
	"io"
	"net"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

func TestNoMoreConnectionsThanAllowed(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), MaxConnections: "2"})
	first, second := d.dial(tls.VersionTLS12), d.dial(tls.VersionTLS13)
	served := []*visit{b.next(t), b.next(t)}
	third := d.dial(tls.VersionTLS12)
	d.log.wait(t, "as many connections as max-connections allows are being served; new ones wait", 1)
	writes(t, third, "let me in")
	select {
	case <-b.visits:
		t.Fatal("a third one is served")
	case <-time.After(50 * time.Millisecond):
	}
	first.Close()
	second.Close()
	for _, v := range served {
		ends(t, v)
		v.Close()
	}
	reads(t, b.next(t), "let me in")
}

func TestRationsAreTheOperators(t *testing.T) {
	d := serve(t, Options{RationConnection: "1", RationConnectionPerSecond: "200", Metrics: "127.0.0.1:0"})
	m := named(t, "reset")
	c := d.legacy(t, m, legacyclient.Options{Version: legacyVersions[2], Suites: aesSuites(legacyVersions[2])})
	for range 2 {
		if err := m.Run(c); err != nil {
			t.Fatal(err)
		}
	}
	d.tells("parley_rationed_hellos_total 1")
}

func TestSilentClientsGiveWay(t *testing.T) {
	d := serve(t, Options{MaxHandshakes: "2", HandshakeTimeout: "1h", Metrics: "127.0.0.1:0"})
	for range 2 {
		silent, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		writes(t, silent, "\x16")
	}
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "x")
	reads(t, c, "x")
	wants(t, d.log.wait(t, "handshake failed", 1), map[string]any{"ended": "handshake-crowded"})
	d.tells(`parley_limited_total{limit="max-handshakes"} 1`)
}

func TestSilentConnectionIsCut(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), IdleTimeout: "200ms"})
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version)
		writes(t, c, "x")
		v := b.next(t)
		v.isReset(t, "x")
		if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
			t.Errorf("the client read %v, which is no cut", err)
		}
		n++
		wants(t, d.log.wait(t, "connection", n), map[string]any{"ended": "idle", "error": errIdle.Error()})
	})
}

func TestSilenceIsCountedAnewWithEveryByte(t *testing.T) {
	d := serve(t, Options{IdleTimeout: "2s"})
	c := d.dial(tls.VersionTLS12)
	for range 5 {
		time.Sleep(500 * time.Millisecond)
		writes(t, c, "x")
		reads(t, c, "x")
	}
}

func TestDrainLetsConnectionsEnd(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), Drain: "1h"})
	c := d.dial(tls.VersionTLS12)
	v := b.next(t)
	stopped := make(chan struct{})
	go func() { d.stop(); close(stopped) }()
	d.log.wait(t, "stopping: waiting for connections to end", 1)
	if conn, err := tls.Dial("tcp", d.Addr().String(), &tls.Config{InsecureSkipVerify: true}); err == nil {
		conn.Close()
		t.Error("a new connection is served")
	}
	writes(t, c, "last words")
	reads(t, v, "last words")
	c.Close()
	ends(t, v)
	v.Close()
	<-stopped
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "clean"})
}

func TestDrainEndsAndCutsWhatIsLeft(t *testing.T) {
	for name, hurry := range map[string]bool{"in time": false, "at once": true} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t)
			o := Options{Backend: b.Addr().String(), Drain: "20ms"}
			if hurry {
				o.Drain = "1h"
			}
			d := serve(t, o)
			c := d.dial(tls.VersionTLS12)
			v := b.next(t)
			writes(t, c, "x")
			reads(t, v, "x")
			if hurry {
				d.now()
			}
			d.stop()
			v.isReset(t, "")
			if _, err := c.Read(make([]byte, 1)); err == nil || err == io.EOF {
				t.Errorf("the client read %v, which is no cut", err)
			}
			wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "stopped", "error": errStopped.Error()})
		})
	}
}
