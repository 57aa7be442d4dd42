package engine_test

import (
	"fmt"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What each answer does to each hello, on the wire. "full" and "abbreviated" are
// handshakes after which the stream goes on, "split" begins another.
var answered = []struct {
	name    string
	silent  bool // the first hello signals nothing
	hello   func() line
	results map[renego.Answer]string // others: abort
	alert   wire.Alert
	finding string
}{
	{"secure", false, func() line { return hello().Proper() },
		map[renego.Answer]string{accept: "full", refuse: "refused"}, wire.AlertHandshakeFailure, "reneg-secure-hello"},
	{"secure, resuming", false, func() line { return hello().Proper().SessionInUse() },
		map[renego.Answer]string{accept: "abbreviated", refuse: "refused"}, wire.AlertHandshakeFailure, "reneg-secure-hello"},
	{"reset, resuming", false, func() line { return hello().SCSV().SessionInUse() },
		map[renego.Answer]string{accept: "abbreviated", acceptFull: "abbreviated", refuse: "refused"}, wire.AlertHandshakeFailure, "reneg-reset-hello"},
	{"reset, like the first", false, func() line { return hello().SCSV() },
		map[renego.Answer]string{acceptFull: "full", refuse: "refused"}, wire.AlertHandshakeFailure, "reneg-reset-hello"},
	{"reset, unlike the first", false, func() line { return hello().SCSV().With(wire.ServerNameExtension("b.test")) },
		map[renego.Answer]string{refuse: "refused"}, wire.AlertHandshakeFailure, "reneg-reset-hello"},
	{"bare, resuming", true, func() line { return hello().SessionInUse() },
		map[renego.Answer]string{resumed: "abbreviated", trust: "abbreviated", isolate: "split", refuse: "refused"}, wire.AlertHandshakeFailure, "reneg-bare-hello"},
	{"bare", true, func() line { return hello() },
		map[renego.Answer]string{resumed: "refused", trust: "full", isolate: "split", refuse: "refused"}, wire.AlertHandshakeFailure, "reneg-bare-hello"},
	{"restart", false, func() line { return inClear(hello().SCSV()) },
		map[renego.Answer]string{isolate: "split"}, wire.AlertBadRecordMAC, "reneg-restart-hello"},
}

func TestEveryAnswerOnTheWire(t *testing.T) {
	for _, a := range answered {
		for _, answer := range []renego.Answer{accept, acceptFull, resumed, refuse, abort, isolate, trust} {
			t.Run(fmt.Sprintf("%s, %s", a.name, answer), func(t *testing.T) {
				c := converse(t, tls12)
				if a.silent {
					c.handshake(hello())
				} else {
					c.handshake(hello().SCSV())
				}
				c.server.answer = answer
				c.Client(a.hello())
				got := c.result()
				want := a.results[answer]
				if want == "" {
					want = "aborted"
				}
				if got != want {
					t.Fatalf("%s, want %s; heard %q, ended %v", got, want, c.heard, c.err)
				}
				if want == "aborted" {
					c.ended(a.alert, a.finding)
				} else {
					c.heard = nil
					c.Echoes("and on")
				}
				if n := len(c.told(trace.Answered)); n != 1 {
					t.Errorf("the answer is told %d times", n)
				}
			})
		}
	}
}

// result goes on with whatever the server answered, and names it.
func (c *conversation) result() string {
	switch {
	case c.err != nil:
		return "aborted"
	case len(c.heard) == 1 && c.heard[0] == "warning no_renegotiation":
		return "refused"
	}
	c.goOn()
	switch {
	case c.err != nil || c.conn.Phase() != engine.PhaseOpen:
		return "failed"
	case len(c.data) > 1:
		return "split"
	case c.conn.State().Resumed:
		return "abbreviated"
	}
	return "full"
}

// The default policy is the default column of the design.
func TestDefaultAnswersOnTheWire(t *testing.T) {
	want := map[string]string{
		"secure": "full", "secure, resuming": "abbreviated", "reset, resuming": "abbreviated", "reset, like the first": "aborted",
		"reset, unlike the first": "aborted", "bare, resuming": "refused", "bare": "refused", "restart": "aborted",
	}
	for _, a := range answered {
		c := converse(t, tls12)
		if a.silent {
			c.handshake(hello())
		} else {
			c.handshake(hello().SCSV())
		}
		c.Client(a.hello())
		if got := c.result(); got != want[a.name] {
			t.Errorf("%s: %s, want %s", a.name, got, want[a.name])
		}
	}
}

// accept-full binds by reply only; what it accepts in full carries both values.
func TestAcceptFullAnswersWithBothVerifyData(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = acceptFull
	both := c.both()
	c.handshake(hello().SCSV())
	c.info(both)
	if c.conn.State().Terms != renego.TermsTrusted {
		t.Error(c.conn.State().Terms)
	}
}

func TestBareHellosGetNoRenegotiationInfo(t *testing.T) {
	for _, answer := range []renego.Answer{trust, resumed, isolate} {
		c := converse(t, tls12)
		c.handshake(hello())
		c.server.answer = answer
		c.handshake(hello().SessionInUse())
		c.info(nil)
	}
}
