package telemetry

import (
	"runtime"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-tls/parley/internal/proxy/flight"
	"github.com/parley-tls/parley/internal/renego"
)

// counts are what is counted. Each is told in docs/metrics.md.
type counts struct {
	connections       prometheus.Counter
	open              *prometheus.GaugeVec
	connectionSeconds prometheus.Histogram

	handshakes       *prometheus.CounterVec
	failures         *prometheus.CounterVec
	handshakeSeconds *prometheus.HistogramVec

	secondHellos  *prometheus.CounterVec
	rationed      prometheus.Counter
	rationSeconds prometheus.Counter

	tried   *prometheus.CounterVec
	untried prometheus.Counter

	streams  *prometheus.CounterVec
	limited  *prometheus.CounterVec
	nameless prometheus.Counter
	stale    prometheus.Counter

	backendConnects       *prometheus.CounterVec
	backendFailures       *prometheus.CounterVec
	backendConnectSeconds *prometheus.HistogramVec

	flights   prometheus.Counter
	forgotten *prometheus.CounterVec
}

// The widths of the histograms. Old devices take seconds for a handshake, and
// hold their connections for days.
var (
	handshakeBuckets  = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	backendBuckets    = []float64{.0005, .001, .0025, .005, .01, .05, .1, .5, 1, 5, 10}
	connectionBuckets = []float64{.1, 1, 10, 60, 600, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600}
)

func newCounts() counts {
	c := counts{
		connections:       counter("connections_total", "TCP connections accepted from clients."),
		open:              prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "parley_connections_open", Help: "TCP connections of clients now, by TLS version and by the kind of hello that led to the keys in use; none before the first handshake is done."}, []string{"version", "kind"}),
		connectionSeconds: histogram("connection_duration_seconds", "How long TCP connections of clients lasted, when they end.", connectionBuckets),

		handshakes: counters("handshakes_total", "Handshakes that were completed, by the kind of hello that began them, TLS version, cipher suite, and whether a session was resumed.", "kind", "version", "suite", "resumed"),
		failures:   counters("handshake_failures_total", "Handshakes that were not completed, by the kind of hello that began them and by finding.", "kind", "finding"),
		handshakeSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_handshake_duration_seconds", Help: "How long completed handshakes took: first ones since the TCP connection was accepted, later ones since their hello.", Buckets: handshakeBuckets,
		}, []string{"kind"}),

		secondHellos:  counters("second_hellos_total", "Hellos that came on a connection which had keys already, by kind and by the answer given.", "kind", "answer"),
		rationed:      counter("rationed_hellos_total", "Second hellos that had to wait for the ration of their connection or source."),
		rationSeconds: counter("ration_wait_seconds_total", "How long second hellos were made to wait for their ration, in all."),

		streams: counters("streams_ended_total", "Streams that ended after a completed handshake, by how: a finding, clean, idle, stopped, backend or error.", "ended"),
		limited: counters("limited_total", "Clients that had to wait or were turned away, by the setting that limits them.", "limit"),

		stale:    counter("client_crl_expired_accepted_total", "Client certificates that passed only since revocation lists that are out of date are accepted."),
		nameless: counter("proxy_header_failures_total", "Connections from balancers that were ended since they had no PROXY header that could be read."),

		backendConnects: counters("backend_connects_total", "Streams for which a backend took a connection, by the backend's name or address.", "backend"),
		backendFailures: counters("backend_connect_failures_total", "Streams for which no server of a backend took one.", "backend"),
		backendConnectSeconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_backend_connect_duration_seconds", Help: "How long it took to connect, servers that did not take the connection, TLS and the PROXY header included.", Buckets: backendBuckets,
		}, []string{"backend"}),
		flights:   counter("flights_total", "Flights kept: connections that ended badly, with their first and last events."),
		forgotten: counters("flights_forgotten_total", "Flights that made room in memory or in the directory for others, that could not be written (queue), or that were not made since too many ended alike (ration).", "from"),
	}
	c.tried = counters("trial_hellos_total", "Hellos that were tried against the settings of the listener's trial, by kind and by the finding that they would have been refused with.", "kind", "finding")
	c.untried = counter("trial_missed_total", "First hellos that were not tried, since too many that nobody had seen before came at once.")
	c.begin()
	return c
}

// begin makes the series that alerts ask for, so that they are zero before they
// are anything else.
func (c *counts) begin() {
	for _, l := range limits {
		c.limited.WithLabelValues(string(l))
	}
	for _, from := range flight.Forgotten {
		c.forgotten.WithLabelValues(from)
	}
	c.secondHellos.WithLabelValues(renego.KindForged.String(), renego.AnswerAbort.String())
	for _, k := range []renego.Kind{renego.KindSecure, renego.KindReset, renego.KindBare, renego.KindRestart} {
		for _, a := range renego.Allowed(k) {
			c.secondHellos.WithLabelValues(k.String(), a.String())
		}
	}
}

func (c *counts) all() []prometheus.Collector {
	return []prometheus.Collector{
		c.connections, c.open, c.connectionSeconds, c.handshakes, c.failures, c.handshakeSeconds, c.secondHellos, c.rationed, c.rationSeconds,
		c.tried, c.untried, c.streams, c.limited, c.nameless, c.stale, c.flights, c.forgotten, c.backendConnects, c.backendFailures, c.backendConnectSeconds,
	}
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Name: "parley_" + name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "parley_" + name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Name: "parley_" + name, Help: help, Buckets: buckets})
}

// buildInfo is always 1; its labels say which program this is.
func buildInfo(version string) prometheus.Collector {
	g := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "parley_build_info", Help: "Always 1; the labels say which Parley this is, and by which Go it was made.",
		ConstLabels: prometheus.Labels{"version": version, "goversion": runtime.Version()},
	})
	g.Set(1)
	return g
}
