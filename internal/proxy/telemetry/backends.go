package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/wire"
)

// backends tells which servers of backends are up. The series are the operator's:
// one for each server that is named.
type backends struct{ list func() []upstream.Status }

var (
	backendUp = prometheus.NewDesc("parley_backend_up",
		"1 if a server of a backend took the last connection, or its checks say so; 0 if it is down.", []string{"backend", "server"}, nil)
	backendServerFailures = prometheus.NewDesc("parley_backend_server_failures_total",
		"Connections that a server of a backend did not take, for streams, which may then have gone to another, and for checks.", []string{"backend", "server"}, nil)
)

// AddBackends shows the servers of all backends, too.
func (p *Process) AddBackends(list func() []upstream.Status) {
	p.backends = list
	p.add(backends{list})
}

// Describe is prometheus.Collector's.
func (b backends) Describe(to chan<- *prometheus.Desc) {
	to <- backendUp
	to <- backendServerFailures
}

// Collect is prometheus.Collector's.
func (b backends) Collect(to chan<- prometheus.Metric) {
	for _, s := range b.list() {
		up := 0.0
		if s.Up {
			up = 1
		}
		to <- prometheus.MustNewConstMetric(backendUp, prometheus.GaugeValue, up, text(s.Backend), text(s.Server))
		to <- prometheus.MustNewConstMetric(backendServerFailures, prometheus.CounterValue, float64(s.Failures), text(s.Backend), text(s.Server))
	}
}

// writeBackends has a line for each server.
func (s Status) writeBackends(p *printer) {
	if len(s.Backends) == 0 {
		return
	}
	p.line("")
	p.line("backends")
	for _, b := range s.Backends {
		name := wire.Printable(b.Backend)
		if b.Server != b.Backend {
			name += "  " + wire.Printable(b.Server)
		}
		switch {
		case !b.Up:
			p.line("  down  %s, since %s: %s", name, b.Since.UTC().Format(time.RFC3339), wire.Printable(b.Why))
		case b.Since.IsZero():
			p.line("  up    %s", name)
		default:
			p.line("  up    %s, since %s", name, b.Since.UTC().Format(time.RFC3339))
		}
	}
}
