package telemetry

import (
	"crypto/x509"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// certificates tells when certificates end. The series are the operator's: one
// for each certificate that is served.
type certificates struct{ list func() []*x509.Certificate }

var certificateEnd = prometheus.NewDesc("parley_certificate_not_after_timestamp_seconds",
	"When a certificate that clients are served with ends, in seconds since 1970; its number counts from 1 in the order of the settings.", []string{"number", "subject"}, nil)

// Describe is prometheus.Collector's.
func (c certificates) Describe(to chan<- *prometheus.Desc) { to <- certificateEnd }

// Collect is prometheus.Collector's.
func (c certificates) Collect(to chan<- prometheus.Metric) {
	for i, leaf := range c.list() {
		to <- prometheus.MustNewConstMetric(certificateEnd, prometheus.GaugeValue, float64(leaf.NotAfter.Unix()), strconv.Itoa(i+1), leaf.Subject.String())
	}
}

// applicationBytes tells what went through, live connections included.
type applicationBytes struct{ total func() (in, out int64) }

var bytesTotal = prometheus.NewDesc("parley_application_bytes_total", "Application bytes, those of live connections included, by direction.", []string{"direction"}, nil)

// Describe is prometheus.Collector's.
func (a applicationBytes) Describe(to chan<- *prometheus.Desc) { to <- bytesTotal }

// Collect is prometheus.Collector's.
func (a applicationBytes) Collect(to chan<- prometheus.Metric) {
	in, out := a.total()
	to <- prometheus.MustNewConstMetric(bytesTotal, prometheus.CounterValue, float64(in), "from_client")
	to <- prometheus.MustNewConstMetric(bytesTotal, prometheus.CounterValue, float64(out), "to_client")
}
