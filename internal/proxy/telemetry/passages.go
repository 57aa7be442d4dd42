package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
)

// passages count the connections that are passed through, whose TLS is ended
// elsewhere.
type passages struct {
	passing  prometheus.Gauge
	passed   *prometheus.CounterVec
	observed *prometheus.CounterVec
}

func newPassages() passages {
	return passages{
		passing:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "parley_passed_open", Help: "Connections that are passed through now, unterminated."}),
		passed:   counters("passed_ended_total", "Connections passed through that ended, by how: clean, reset, idle, lifetime, drained, stopped or backend.", "ended"),
		observed: counters("observed_findings_total", "Findings of connections that were observed, without a key, by finding.", "finding"),
	}
}

func (p *passages) all() []prometheus.Collector {
	return []prometheus.Collector{p.passing, p.passed, p.observed}
}

// PassageBegun counts a connection that is passed through.
func (t *Telemetry) PassageBegun() { t.passages.passing.Inc() }

// PassageEnded counts the end of one by the word that its log line has.
func (t *Telemetry) PassageEnded(word string) {
	t.passages.passing.Dec()
	t.passages.passed.WithLabelValues(endLabel(word)).Inc()
}

// Observed counts a finding of a connection that was observed.
func (t *Telemetry) Observed(finding string) {
	t.passages.observed.WithLabelValues(findingLabel(finding)).Inc()
}

// passedBytes tells what was passed through, live connections included.
type passedBytes struct{ total func() (in, out int64) }

var passedBytesTotal = prometheus.NewDesc("parley_passed_bytes_total", "Bytes that were passed through unterminated, those of live connections included, by direction.", []string{"direction"}, nil)

// Describe is prometheus.Collector's.
func (p passedBytes) Describe(to chan<- *prometheus.Desc) { to <- passedBytesTotal }

// Collect is prometheus.Collector's.
func (p passedBytes) Collect(to chan<- prometheus.Metric) {
	in, out := p.total()
	to <- prometheus.MustNewConstMetric(passedBytesTotal, prometheus.CounterValue, float64(in), "from_client")
	to <- prometheus.MustNewConstMetric(passedBytesTotal, prometheus.CounterValue, float64(out), "to_client")
}

// HandshakeUnseen counts a client whose first hello was awaited and did not come.
func (t *Telemetry) HandshakeUnseen(finding string) {
	t.failures.WithLabelValues(kindLabel(0), findingLabel(finding)).Inc()
}

// A PassedStatus is of the connections that are passed through.
type PassedStatus struct {
	Open        float64 `json:"open"`
	Ended       []Count `json:"ended"`    // by how
	Findings    []Count `json:"findings"` // of those that were observed
	FromClients int64   `json:"bytes_from_clients"`
	ToClients   int64   `json:"bytes_to_clients"`
}

func (t *Telemetry) passedStatus() PassedStatus {
	s := PassedStatus{Ended: countsOf(t.passages.passed), Findings: countsOf(t.passages.observed)}
	for _, c := range countsOf(t.passages.passing) {
		s.Open = c.Count
	}
	s.FromClients, s.ToClients = t.source.Passed()
	return s
}

// write tells it where there is something to tell.
func (s PassedStatus) write(p *printer) {
	ended := 0.0
	for _, c := range s.Ended {
		ended += c.Count
	}
	if s.Open+ended == 0 {
		return
	}
	p.line("  passed through  %.0f open, %.0f ended; %d bytes from clients, %d to them", s.Open, ended, s.FromClients, s.ToClients)
	p.counts("  they ended", s.Ended, "ended")
	if len(s.Findings) > 0 {
		p.counts("  found in them", s.Findings, "finding")
	}
}
