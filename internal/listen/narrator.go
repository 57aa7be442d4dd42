package listen

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A narrator tells what an audience heard.
type narrator struct {
	plan    *Plan
	address string
	stage   stage
	offers  offers
	kept    kept
	began   time.Time
}

func newNarrator(p *Plan, s *proxy.Server) (*narrator, error) {
	both := s.Certificates()
	if len(p.settings.Certs) > 0 {
		var err error
		if both, err = proxy.SelfSigned(time.Now()); err != nil {
			return nil, err
		}
	}
	n := &narrator{
		plan: p, address: s.Addr().String(), began: time.Now(),
		stage: stage{certificates: s.Certificates(), both: both},
	}
	n.greet()
	return n, nil
}

// greet says where to connect, and what this server is not.
func (n *narrator) greet() {
	p := n.plan
	say := func(format string, values ...any) { fmt.Fprintf(p.notes, format+"\n", values...) }
	say("listening on %s", n.address)
	what := "what it sends is sent back to it"
	if p.settings.Backend != nil {
		what = "what is inside goes on to " + p.settings.Backend.String()
	}
	say("Point a client there: %s, and each connection is explained when it ends.", what)
	say("%s", n.until())
	for _, line := range n.warnings() {
		say("Only for looking: %s.", line)
	}
}

func (n *narrator) until() string {
	text := "It listens until Ctrl-C"
	if n.plan.duration > 0 {
		text += fmt.Sprintf(", for %s", n.plan.duration)
	}
	switch c := n.plan.connections; {
	case c == 1:
		text += ", or until one connection has ended"
	case c > 1:
		text += fmt.Sprintf(", or until %d connections have ended", c)
	}
	return text + "; a summary comes last."
}

// warnings say what makes this no server to leave running.
func (n *narrator) warnings() []string {
	var list []string
	if weak := weakOn(n.plan.settings.Suites); len(weak) > 0 {
		list = append(list, fmt.Sprintf("%d weak cipher suites are on, so that a client which has nothing else can be seen", len(weak)))
	}
	if len(n.plan.settings.Certs) == 0 {
		list = append(list, "the certificate was made for this run, and a client that verifies it refuses it; name yours with --cert and --key")
	}
	if n.plan.write != "" {
		list = append(list, n.plan.write+" holds what passes and the keys to it: whoever has the file reads the connections")
	}
	return list
}

// follow tells of connections as they come and go. It calls enough when those
// that are wanted have ended.
func (n *narrator) follow(a *audience, enough context.CancelFunc) {
	ended := 0
	for {
		switch what := a.next().(type) {
		case nil:
			return
		case *opening:
			fmt.Fprintf(n.plan.text, "connection %d from %s\n", what.number, what.client)
		case *call:
			n.tell(what.conversation)
			if ended++; ended == n.plan.connections {
				enough()
			}
		}
	}
}

// tell explains a connection that has ended.
func (n *narrator) tell(c *trace.Conversation) {
	d := diagnose.Diagnose(c)
	n.doubt(d)
	n.kept.add(d)
	var text strings.Builder
	_ = report.Connection(&text, d, n.plan.style)
	if hello := firstHello(c); hello != nil {
		o, first := n.offers.add(hello, c.Number, n.stage)
		o.write(&text, n.plan.style.Style, first)
	}
	_, _ = io.WriteString(n.plan.text, text.String()+"\n") // a report that nobody reads ends nothing
}

// doubt adds to findings about a certificate that was made for this run what they
// do not say of the operator's own.
func (n *narrator) doubt(d *diagnose.Diagnosis) {
	if len(n.plan.settings.Certs) > 0 {
		return
	}
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Level == diagnose.Failure && strings.HasPrefix(f.ID, "cert-") {
			f.Missing = append(f.Missing, "what the client says to your own certificate: this one was made for the run, and nobody vouches for it. Name yours with --cert and --key, and try again")
		}
	}
}

// weakOn are those of the suites that are off by default.
func weakOn(ids []uint16) []string {
	var list []string
	for _, id := range ids {
		if suite.ByID(wire.SuiteID(id)).Weak != "" {
			list = append(list, wire.SuiteID(id).String())
		}
	}
	return list
}
