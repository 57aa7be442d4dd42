package proxy

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// legacy connects a client that is going to misbehave so.
func (d *daemon) legacy(t *testing.T, m legacyclient.Misbehaviour, o legacyclient.Options) *legacyclient.Client {
	t.Helper()
	conn, err := net.Dial("tcp", d.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	o.Timeout = patience
	c := legacyclient.New(conn, m.Options(o))
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	return c
}

func named(t *testing.T, name string) legacyclient.Misbehaviour {
	t.Helper()
	m, ok := legacyclient.Named(name)
	if !ok {
		t.Fatalf("no misbehaviour is called %q", name)
	}
	return m
}

var legacyVersions = []wire.Version{wire.VersionTLS10, wire.VersionTLS11, wire.VersionTLS12}

// second gives the only second hello of a line.
func second(t *testing.T, line map[string]any) map[string]any {
	t.Helper()
	list, _ := line["renegotiations"].([]any)
	if len(list) != 1 {
		t.Fatalf("there are %d renegotiations in %v", len(list), line)
	}
	return list[0].(map[string]any)
}

func TestSecondHellosThatAreAnswered(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	n := 0
	for _, v := range legacyVersions {
		for name, want := range map[string]map[string]any{
			"reset":          {"finding": "reneg-reset-hello", "kind": "reset", "answer": "accept", "terms": "bound", "outcome": "done"},
			"proper":         {"finding": "reneg-secure-hello", "kind": "secure", "answer": "accept", "terms": "secure", "outcome": "done"},
			"proper-resumed": {"finding": "reneg-secure-hello", "kind": "secure", "answer": "accept", "terms": "secure", "outcome": "done"},
		} {
			t.Run(v.String()+" "+name, func(t *testing.T) {
				c := d.legacy(t, named(t, name), legacyclient.Options{Version: v})
				writes(t, c, "before")
				backend := b.next(t)
				reads(t, backend, "before")
				if err := named(t, name).Run(c); err != nil {
					t.Fatal(err)
				}
				writes(t, c, "after")
				reads(t, backend, "after")
				writes(t, backend, "answer")
				reads(t, c, "answer")
				if err := c.Close(); err != nil {
					t.Fatal(err)
				}
				ends(t, backend)
				backend.Close()
				n++
				line := d.log.wait(t, "connection", n)
				wants(t, line, map[string]any{"ended": "clean", "in": 11.0, "out": 6.0})
				wants(t, second(t, line), want)
				wants(t, second(t, line), map[string]any{"from_client": 6.0, "asked": false})
			})
		}
	}
}

func TestRefusedHelloLeavesTheStreamAlone(t *testing.T) {
	d := serve(t, Options{})
	m := named(t, "bare")
	c := d.legacy(t, m, legacyclient.Options{})
	if err := m.Run(c); !errors.Is(err, legacyclient.ErrRefused) {
		t.Fatalf("it was not refused: %v", err)
	}
	if err := c.Echo([]byte("still here")); err != nil {
		t.Fatal(err)
	}
	c.Close()
	line := d.log.wait(t, "connection", 1)
	wants(t, line, map[string]any{"ended": "clean"})
	wants(t, second(t, line), map[string]any{"finding": "reneg-bare-hello", "answer": "refuse", "outcome": "none"})
}

func TestAbortedHellosResetTheBackendAndAreNamed(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	n := 0
	for name, finding := range map[string]string{
		"reset-full":   "reneg-reset-hello",
		"forged-empty": "reneg-forged-hello",
		"restart":      "reneg-restart-hello",
	} {
		t.Run(name, func(t *testing.T) {
			m := named(t, name)
			c := d.legacy(t, m, legacyclient.Options{})
			writes(t, c, "half a mess")
			backend := b.next(t)
			if err := m.Run(c); err == nil {
				t.Fatal("it was answered")
			}
			backend.isReset(t, "half a mess")
			n++
			line := d.log.wait(t, "connection", n)
			wants(t, line, map[string]any{"ended": finding})
			wants(t, second(t, line), map[string]any{"finding": finding, "answer": "abort"})
		})
	}
}

func TestIsolatedRestartGetsABackendConnectionOfItsOwn(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), Restart: "isolate"})
	for i, v := range legacyVersions {
		t.Run(v.String(), func(t *testing.T) {
			m := named(t, "restart")
			c := d.legacy(t, m, legacyclient.Options{Version: v, ServerName: "old.example"})
			writes(t, c, "prefix of nobody knows whom")
			old := b.next(t)
			reads(t, old, "prefix of nobody knows whom")
			if err := m.Run(c); err != nil {
				t.Fatal(err)
			}
			old.isReset(t, "")
			fresh := b.next(t)
			writes(t, c, "a new beginning")
			reads(t, fresh, "a new beginning")
			writes(t, fresh, "welcome")
			reads(t, c, "welcome")
			c.Close()
			ends(t, fresh)
			fresh.Close()

			// The halves end independently of each other.
			first, next := d.log.wait(t, "connection", 2*i+1), d.log.wait(t, "connection", 2*i+2)
			if first["after_isolation"] != nil {
				first, next = next, first
			}
			wants(t, first, map[string]any{"ended": "reneg-restart-hello", "in": 27.0})
			wants(t, second(t, first), map[string]any{"kind": "restart", "answer": "isolate"})
			wants(t, next, map[string]any{"ended": "clean", "conn": first["conn"], "after_isolation": 1.0, "in": 15.0, "out": 7.0, "renegotiations": nil, "ja3": first["ja3"]})
		})
	}
}

// What the backend still says to the first half must not reach the second.
func TestAnswerToTheFirstHalfIsLost(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), Restart: "isolate"})
	m := named(t, "restart")
	c := d.legacy(t, m, legacyclient.Options{})
	writes(t, c, "who am I?")
	old := b.next(t)
	reads(t, old, "who am I?")
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	// An error is as good: the connection is reset already.
	_ = send(old, []byte("the first half's secret"))
	fresh := b.next(t)
	writes(t, fresh, "the second half's")
	fresh.Close()
	reads(t, c, "the second half's")
}

func TestTrustIsForNamedClientsOnly(t *testing.T) {
	far, near := "192.0.2.0/24", "127.0.0.0/8"
	for name, test := range map[string]struct {
		options Options
		does    string
		want    map[string]any
	}{
		"accept-full, named": {Options{Reset: "accept-full", TrustFrom: []string{far, near}, TrustUntil: "2999-12-31"}, "reset-full", map[string]any{"answer": "accept", "outcome": "done"}},
		"accept-full, other": {Options{Reset: "accept-full", TrustFrom: []string{far}, TrustUntil: "2999-12-31"}, "reset-full", map[string]any{"answer": "abort"}},
		"accept-full, over":  {Options{Reset: "accept-full", TrustFrom: []string{near}, TrustUntil: "2020-12-31"}, "reset-full", map[string]any{"answer": "abort"}},
		"trust, named":       {Options{Bare: "trust", TrustFrom: []string{near}, TrustUntil: "2999-12-31"}, "bare", map[string]any{"answer": "accept", "terms": "trusted", "outcome": "done"}},
		"trust, other":       {Options{Bare: "trust", TrustFrom: []string{far}, TrustUntil: "2999-12-31"}, "bare", map[string]any{"answer": "refuse"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := serve(t, test.options)
			m := named(t, test.does)
			c := d.legacy(t, m, legacyclient.Options{})
			if err := c.Echo([]byte("before")); err != nil {
				t.Fatal(err)
			}
			_ = m.Run(c) // how it went, the log says
			c.Close()
			wants(t, second(t, d.log.wait(t, "connection", 1)), test.want)
			told := strings.Contains(d.log.String(), "the trust in named clients has ended: ")
			if over := strings.HasSuffix(name, "over"); over != told {
				t.Errorf("the end of the trust was told: %v", told)
			}
		})
	}
}

func TestIsolatedBareHelloOfANamedClient(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String(), Bare: "isolate", TrustFrom: []string{"127.0.0.1"}})
	m := named(t, "bare")
	c := d.legacy(t, m, legacyclient.Options{})
	writes(t, c, "first")
	old := b.next(t)
	reads(t, old, "first")
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	old.isReset(t, "")
	fresh := b.next(t)
	writes(t, c, "second")
	reads(t, fresh, "second")
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"ended": "reneg-bare-hello"})
}

// A backend that reads nothing yet does not keep a renegotiation from its end.
func TestRenegotiationBeforeTheBackendReads(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()})
	m := named(t, "proper")
	c := d.legacy(t, m, legacyclient.Options{TakesData: true})
	backend := b.next(t)
	sent := []byte(strings.Repeat("x", 64<<10))
	writes(t, c, string(sent))
	if err := m.Run(c); err != nil {
		t.Fatal(err)
	}
	writes(t, backend, "I have read nothing")
	reads(t, c, "I have read nothing")
	reads(t, backend, string(sent))
}
