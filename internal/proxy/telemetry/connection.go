package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-tls/parley"
)

// A connection is what must be remembered of a live one.
type connection struct {
	kind      parley.Kind      // of the last hello; zero: the first
	begun     time.Duration    // when that hello came
	handshake bool             // it began a handshake, which is not over
	open      prometheus.Gauge // what it is counted in
}

// findingCrowded is the id of a first handshake that gave way to others.
const findingCrowded = "handshake-crowded"

func (c *connection) observe(t *Telemetry, e parley.Event) {
	switch e.Name {
	case parley.EventSecondHello:
		c.kind, c.begun = e.Detail.(parley.SecondHelloDetail).Kind, e.At
	case parley.EventHandshakeBegun:
		c.handshake = true
	case parley.EventAnswered:
		d := e.Detail.(parley.AnsweredDetail)
		t.secondHellos.WithLabelValues(d.Kind.String(), d.Answer.String()).Inc()
	case parley.EventRationed:
		t.rationed.Inc()
		t.rationSeconds.Add(e.Detail.(parley.RationedDetail).Wait.Seconds())
	case parley.EventHandshakeDone:
		c.done(t, e)
	case parley.EventHandshakeFailed:
		c.failed(t, e.Finding)
	case parley.EventClosed:
		c.failed(t, e.Finding)
		if e.Finding == findingCrowded {
			t.Limited(LimitCrowded)
		}
		c.open.Dec()
		t.connectionSeconds.Observe(e.At.Seconds())
	}
}

func (c *connection) done(t *Telemetry, e parley.Event) {
	d := e.Detail.(parley.HandshakeDetail)
	kind, version := kindLabel(c.kind), versionLabel(d.Version)
	t.handshakes.WithLabelValues(kind, version, suiteLabel(d.SuiteID), yes(d.Resumed)).Inc()
	t.handshakeSeconds.WithLabelValues(kind).Observe((e.At - c.begun).Seconds())
	c.handshake = false
	c.move(t.open.WithLabelValues(version, kind))
}

// failed counts the handshake that is not over, if there is one.
func (c *connection) failed(t *Telemetry, finding string) {
	if c.handshake {
		t.failures.WithLabelValues(kindLabel(c.kind), findingLabel(finding)).Inc()
		c.handshake = false
	}
}

// move counts the connection among others.
func (c *connection) move(to prometheus.Gauge) {
	if c.open != nil {
		c.open.Dec()
	}
	to.Inc()
	c.open = to
}
