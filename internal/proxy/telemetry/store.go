package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-tls/parley/internal/proxy/valkey"
)

// sessionStores tells how the store fares that sessions of several nodes are in.
type sessionStores struct{ of *valkey.Stores }

var (
	storeRequests = prometheus.NewDesc("parley_session_store_requests_total",
		"What the shared session store was asked for, by request and result; skipped: it did not answer before, and was not asked.", []string{"request", "result"}, nil)
	storeUp = prometheus.NewDesc("parley_session_store_up", "1 while the shared session store answers; not there if there is none.", nil, nil)
)

// AddSessionStores shows the shared session store of a process, too.
func (p *Process) AddSessionStores(s *valkey.Stores) {
	p.stores = s
	p.add(sessionStores{s})
}

// Describe is prometheus.Collector's.
func (s sessionStores) Describe(to chan<- *prometheus.Desc) {
	to <- storeRequests
	to <- storeUp
}

// Collect is prometheus.Collector's.
func (s sessionStores) Collect(to chan<- prometheus.Metric) {
	held, up := s.of.Up()
	if held == 0 {
		return
	}
	value := 0.0
	if up == held {
		value = 1
	}
	to <- prometheus.MustNewConstMetric(storeUp, prometheus.GaugeValue, value)
	sessionStoreRequests(s).Collect(to)
}

// sessionStoreRequests are the counts among them.
type sessionStoreRequests struct{ of *valkey.Stores }

// Describe is prometheus.Collector's.
func (s sessionStoreRequests) Describe(to chan<- *prometheus.Desc) { to <- storeRequests }

// Collect is prometheus.Collector's.
func (s sessionStoreRequests) Collect(to chan<- prometheus.Metric) {
	for _, c := range s.of.Counts.All() {
		to <- prometheus.MustNewConstMetric(storeRequests, prometheus.CounterValue, float64(c.Count), c.Request, c.Result)
	}
}
