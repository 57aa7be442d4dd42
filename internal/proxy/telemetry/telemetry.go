// Package telemetry counts what a server does, for Prometheus and for whoever
// asks how it fares. No count has a label per client: what a client sends can
// make no series that was not there for others.
package telemetry

import (
	"crypto/x509"
	"sync"
	"time"

	"github.com/parley-tls/parley"
)

// A Source is asked when somebody looks, so that counting costs the way of the
// bytes nothing. Its functions are safe for concurrent use.
type Source struct {
	Address      func() string              // where it listens
	Bytes        func() (in, out int64)     // application bytes from and to clients so far
	Passed       func() (in, out int64)     // bytes passed through unterminated, likewise
	Certificates func() []*x509.Certificate // those that clients are served with
	Lists        func() []List              // of revoked client certificates; nil: there are none
}

// A Telemetry holds a server's counts.
type Telemetry struct {
	source Source
	live   sync.Map // of connection numbers: *connection
	counts
	passages passages
}

// New gives counts that are all zero.
func New(s Source) *Telemetry {
	return &Telemetry{source: s, counts: newCounts(), passages: newPassages()}
}

// StreamEnded counts the end of a stream by the word that its log line has.
func (t *Telemetry) StreamEnded(word string) { t.streams.WithLabelValues(endLabel(word)).Inc() }

// Tried counts a hello that was tried against other settings: its kind, and the
// finding that it would have been refused with; empty: it would be served.
func (t *Telemetry) Tried(kind, finding string) {
	t.tried.WithLabelValues(kind, findingLabel(finding)).Inc()
}

// TrialMissed counts a hello that was not tried.
func (t *Telemetry) TrialMissed() { t.untried.Inc() }

// BackendConnected counts a stream's connection to a backend, which the operator
// named, and how long it took.
func (t *Telemetry) BackendConnected(name string, took time.Duration) {
	name = text(name)
	t.backendConnects.WithLabelValues(name).Inc()
	t.backendConnectSeconds.WithLabelValues(name).Observe(took.Seconds())
}

// BackendFailed counts a stream of which no server of a backend took the connection.
func (t *Telemetry) BackendFailed(name string) { t.backendFailures.WithLabelValues(text(name)).Inc() }

// BackendNamed makes the series of a backend, so that they are zero before they
// are anything else.
func (t *Telemetry) BackendNamed(name string) {
	t.backendConnects.WithLabelValues(text(name))
	t.backendFailures.WithLabelValues(text(name))
}

// StaleListAccepted counts a client certificate that passed though the revocation
// list of its issuer is out of date.
func (t *Telemetry) StaleListAccepted() { t.stale.Inc() }

// ProxyHeaderFailed counts a balancer's connection that did not say whose it is.
func (t *Telemetry) ProxyHeaderFailed() { t.nameless.Inc() }

// FlightKept counts a flight.
func (t *Telemetry) FlightKept() { t.flights.Inc() }

// FlightsForgotten counts flights that had to go, one of flight.Forgotten says where.
func (t *Telemetry) FlightsForgotten(from string, n int) {
	t.forgotten.WithLabelValues(from).Add(float64(n))
}

// A Limit is something that the operator bounded.
type Limit string

// The limits. They are named as their settings are.
const (
	LimitConnections Limit = "max-connections"
	LimitInAll       Limit = "max-connections-in-all" // of the whole process
	LimitPerSource   Limit = "max-per-source"
	LimitHandshakes  Limit = "handshakes-per-source"
	LimitLifetime    Limit = "lifetime"
	LimitCrowded     Limit = "max-handshakes" // a slow client gave way
)

// limits are all of them.
var limits = [...]Limit{LimitConnections, LimitInAll, LimitPerSource, LimitHandshakes, LimitLifetime, LimitCrowded}

// Limited counts a client that had to wait, or was turned away, for a limit.
func (t *Telemetry) Limited(l Limit) { t.limited.WithLabelValues(string(l)).Inc() }

// Observe is parley.Config's Events. The events of one connection come in order,
// so that its part of the counts needs no lock.
func (t *Telemetry) Observe(e parley.Event) {
	switch e.Name {
	case parley.EventOpened:
		c := &connection{handshake: true}
		c.move(t.open.WithLabelValues(none, none))
		t.live.Store(e.Conn, c)
		t.connections.Inc()
	case parley.EventSecondHello, parley.EventHandshakeBegun, parley.EventAnswered, parley.EventRationed, parley.EventHandshakeDone,
		parley.EventHandshakeFailed, parley.EventClosed:
		// All others, those of data among them, are passed by at no cost.
		t.note(e)
	}
}

func (t *Telemetry) note(e parley.Event) {
	known, ok := t.live.Load(e.Conn)
	if !ok {
		return
	}
	known.(*connection).observe(t, e)
	if e.Name == parley.EventClosed {
		t.live.Delete(e.Conn)
	}
}
