// Package visit goes to a server as an old client does, well-behaved or not, and
// tells how the server took it.
package visit

import (
	"context"
	"fmt"
	"net"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/wire"
)

// A Visit is what came of one connection.
type Visit struct {
	Profile   string
	Behaviour Behaviour
	Verdict
	// Handshakes are those that were completed, the first one included; Resumed says
	// that the last was abbreviated.
	Handshakes int
	Resumed    bool
	// NotEchoed: the server sends something else back than it was sent.
	NotEchoed bool
	suite     wire.SuiteID // of the last handshake
	reply     reply        // of the last ServerHello
	// Diagnosis is of the connection as this client saw it.
	Diagnosis *diagnose.Diagnosis
}

// Run makes one connection as the plan says, and records it if it says so. The
// error is one of this side or of the network: then there is no visit.
func (p *Plan) Run(ctx context.Context) (*Visit, error) {
	t, err := p.newTape()
	if err != nil {
		return nil, err
	}
	v, err := p.journey(t).visit(ctx, p.call)
	if closed := t.Close(); err == nil && closed != nil {
		err = fmt.Errorf("--write: %w", closed)
	}
	return v, err
}

// Report puts visits into a report, as of a capture.
func (p *Plan) Report(visits ...*Visit) *report.Report {
	r := &report.Report{
		Tool:   p.tool,
		Source: report.Source{Name: "parley client to " + p.address, Live: true, First: p.began, Last: time.Now()},
		Total:  report.Total{Findings: map[string]int{}},
	}
	for _, v := range visits {
		add(r, v.Diagnosis)
	}
	return r
}

func add(r *report.Report, d *diagnose.Diagnosis) {
	r.Connections = append(r.Connections, d)
	r.Total.Connections++
	r.Total.TLS++
	risk := false
	for _, f := range d.Findings {
		r.Total.Findings[f.ID]++
		risk = risk || f.Level == diagnose.Risk
	}
	switch {
	case d.Failed():
		r.Total.Failed++
	case risk:
		r.Total.AtRisk++
	default:
		r.Total.Healthy++
	}
}

// A NoConnection is that the server could not be reached.
type NoConnection struct{ error }

// Unwrap gives the network's error.
func (e NoConnection) Unwrap() error { return e.error }

// A journey is a number of visits, one after the other.
type journey struct {
	plan   *Plan
	output output
	count  int
}

// A call is what one visit does.
type call struct {
	profile   string
	behaviour Behaviour
	options   legacyclient.Options
	exchange  exchange
	times     int           // how often the behaviour is shown
	after     time.Duration // the pause before each
	timeout   time.Duration // of each wait
}

// limit bounds a whole visit: a server that sends a byte whenever a wait is about
// to end does not hold the client for ever.
func (c call) limit() time.Duration {
	return time.Duration(c.times)*(c.after+10*c.timeout) + 10*c.timeout
}

// visit makes one connection.
func (j *journey) visit(ctx context.Context, c call) (*Visit, error) {
	dialer := net.Dialer{Timeout: c.timeout}
	conn, err := dialer.DialContext(ctx, "tcp", j.plan.address)
	if err != nil {
		return nil, NoConnection{err}
	}
	j.count++
	w := newWatch(j.count, conn, &j.output)
	options := c.behaviour.options(c.options)
	options.KeyLog, options.Timeout = w.key, c.timeout
	client := legacyclient.New(w.conn, options)
	stop := context.AfterFunc(ctx, func() { _ = w.conn.Close() })
	limit := time.AfterFunc(c.limit(), func() { _ = w.conn.Close() })
	p := &play{call: c, client: client}
	verdict := p.run()
	limit.Stop()
	stop()
	_ = w.conn.Close() // it may be closed already
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	v := &Visit{Profile: c.profile, Behaviour: c.behaviour, Verdict: verdict, NotEchoed: p.notEchoed}
	conversation := w.told()
	v.reply, v.Diagnosis = replyIn(conversation), diagnose.Diagnose(conversation)
	if state := client.State(); state.Suite != nil {
		v.Handshakes, v.Resumed, v.suite = state.Handshakes, state.Resumed, state.Suite.ID
	}
	return v, nil
}
