//go:build interop

package interop

import (
	"encoding/json"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// CVE-2009-3555 through "parley serve", with a backend that writes down what it
// is sent. The same attack on the same victims first succeeds against a server
// that does not care: so a pass means something.

// An assault is one attack on one victim, over.
type assault struct {
	*ambush
	victim innocent
	err    error // how the victim fared
	behind int   // bytes behind the prefix
}

// attackers counts them, so that each has a prefix and an address of its own.
var attackers atomic.Int64

// assault carries the attack out.
func (v innocent) assault(t *testing.T, target string, at *backend, clear bool) *assault {
	t.Helper()
	n := attackers.Add(1)
	a := &ambush{
		target: target, passes: v.passes, options: v.attacker(), clear: clear,
		prefix: fmt.Sprintf("the attacker's prefix %d: ", n), address: net.IPv4(127, 66, byte(n>>8), byte(n)),
	}
	address := a.start(t)
	err := v.run(minute(t), peers(t), address)
	a.wait()
	result := &assault{ambush: a, victim: v, err: err}
	if a.err != nil {
		t.Errorf("%s: the attack itself: %v; the victim: %v", v.name, a.err, err)
		return result
	}
	settled(t, at, a.prefix)
	result.behind = at.behind(a.prefix)
	return result
}

// settled waits until the application has seen the end of the stream with the prefix.
func settled(t *testing.T, at *backend, prefix string) {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if streams := at.with(prefix); len(streams) == 1 && streams[0].how() != "" {
			return
		}
	}
	t.Errorf("the stream with %q has no end", prefix)
}

// assaults attacks each victim, two at a time.
func assaults(t *testing.T, all []innocent, target string, at *backend, clear bool) []*assault {
	t.Helper()
	results := make([]*assault, len(all))
	var running sync.WaitGroup
	slots := make(chan struct{}, 2)
	for i, v := range all {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			results[i] = v.assault(t, target, at, clear)
		})
	}
	running.Wait()
	return results
}

// serveBefore starts parley before a backend.
func serveBefore(t *testing.T, binary string, b *backend, options ...string) *Server {
	t.Helper()
	cert, key := certFiles(t)
	words := append([]string{"--backend", b.Addr().String(), "--log-format", "json"}, options...)
	server, err := Parley(t.Context(), binary, cert, key, words...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

// A hellosLine is what a connection's log line tells of second hellos.
type hellosLine struct {
	Msg, Client    string
	AfterIsolation int `json:"after_isolation"`
	Ended          string
	Renegotiations []struct{ Finding, Kind, Answer, Reason, Outcome string }
}

// line finds the log's line of a connection's first stream.
func (a *assault) line(t *testing.T, server *Server) (found hellosLine) {
	t.Helper()
	has := func() bool {
		for text := range strings.Lines(server.Output()) {
			var l hellosLine
			if json.Unmarshal([]byte(text), &l) == nil && l.Msg == "connection" && l.Client == a.from && l.AfterIsolation == 0 {
				found = l
				return true
			}
		}
		return false
	}
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if has() {
			return found
		}
	}
	t.Errorf("%s: the log has no line of the attacker's connection", a.victim.name)
	return found
}

// answers are the settings of one run.
type answers struct{ secure, reset, bare, restart string }

func (a answers) flags() []string {
	flags := []string{"--secure", a.secure, "--reset", a.reset, "--bare", a.bare, "--restart", a.restart}
	if a.bare == "isolate" {
		flags = append(flags, "--trust-from", "127.0.0.0/8")
	}
	return flags
}

// to is what a victim's hello is answered.
func (a answers) to(kind string) string {
	switch {
	case kind == "reset" && a.reset == "refuse":
		return "refuse"
	case kind == "bare" && a.bare == "resumed":
		return "refuse"
	case kind == "bare":
		return a.bare
	case kind == "restart":
		return a.restart
	}
	return "abort"
}

// checks what became of an assault under the answers.
func (a *assault) check(t *testing.T, server *Server, b *backend, given answers) {
	t.Helper()
	if a.behind != 0 {
		t.Errorf("%s: SPLICED: %d bytes behind the prefix under %+v: %q", a.victim.name, a.behind, given, b.with(a.prefix)[0].text())
	}
	kind := a.victim.kind
	if a.clear {
		kind = "restart"
	}
	want := given.to(kind)
	// What is isolated stays with the engine of TLS 1.2; a client that offered TLS 1.3
	// sees the downgrade marker and goes (RFC 8446, section 4.1.3).
	served := want == "isolate" && !a.victim.modern
	if served != (a.err == nil) {
		t.Errorf("%s: under %+v it is served alone: %v; it says: %v", a.victim.name, given, served, a.err)
	}
	hellos := a.line(t, server).Renegotiations
	if len(hellos) == 0 || hellos[0].Kind != kind || hellos[0].Answer != want || hellos[0].Finding != "reneg-"+kind+"-hello" {
		t.Errorf("%s: the log tells %+v, want %s of a %s hello", a.victim.name, hellos, want, kind)
		return
	}
	if hellos[0].Reason == "" && want != "isolate" {
		t.Errorf("%s: the log gives no reason", a.victim.name)
	}
	// Negative test 11: nobody on the path ends a stream cleanly.
	if how := b.with(a.prefix)[0].how(); !strings.Contains(how, "reset") {
		t.Errorf("%s: to the backend the attacker's stream ended with %s", a.victim.name, how)
	}
}

// offered fails the test if a victim that came before did not offer its session.
func (a *assault) offered(t *testing.T) {
	t.Helper()
	if a.victim.passes == 0 || a.spliced == nil || a.spliced.Hello == nil {
		return
	}
	ticket, _ := a.spliced.Hello.SessionTicket()
	if len(ticket) == 0 && len(a.spliced.Hello.SessionID) == 0 {
		t.Errorf("%s: it did not offer the session of its earlier visit", a.victim.name)
	}
}

// Where nobody cares, every victim's bytes follow the prefix: full handshakes and
// abbreviated ones, whatever the victim signals.
func TestAttackSucceedsOnEveryVictimOfACarelessServer(t *testing.T) {
	c := newCareless(t)
	for _, a := range assaults(t, innocents(), c.Addr().String(), c.backend, false) {
		if a.behind == 0 || a.err != nil || a.spliced == nil || !a.spliced.Complete() || a.spliced.ToServer.Data == 0 {
			t.Errorf("%s: %d bytes behind the prefix; it says: %v; what passed: %+v", a.victim.name, a.behind, a.err, a.spliced)
			continue
		}
		a.offered(t)
		if full := slices.Contains(a.spliced.ToVictim.Messages, wire.MessageCertificate); full == (a.victim.passes > 0) {
			t.Errorf("%s: it was spliced by a full handshake: %v", a.victim.name, full)
		}
		t.Logf("%-45s %5d bytes behind the prefix", a.victim.name, a.behind)
	}
}

func TestAttackFailsOnEveryVictimByDefault(t *testing.T) {
	given := answers{"accept", "accept", "refuse", "abort"}
	binary := parleyBinary(t)
	for _, sessions := range [][]string{nil, {"--tickets", "off"}, {"--tickets", "off", "--session-ids", "off"}} {
		b := newBackend(t)
		server := serveBefore(t, binary, b, sessions...)
		for _, a := range assaults(t, innocents(), server.Address, b, false) {
			a.check(t, server, b, given)
			a.offered(t)
			t.Logf("%-45s %5d bytes behind the prefix, %v", a.victim.name, a.behind, sessions)
		}
	}
}
