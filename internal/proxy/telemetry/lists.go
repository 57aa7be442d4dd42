package telemetry

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// A List is a revocation list that client certificates are held against.
type List struct {
	Issuer string
	Next   time.Time // when the next one is due
}

// lists tells when revocation lists end. The series are the operator's: one for
// each list.
type lists struct{ all func() []List }

var listEnd = prometheus.NewDesc("parley_client_crl_next_update_timestamp_seconds",
	"When a list of revoked client certificates ends, in seconds since 1970; its number counts from 1 in the order of the settings.", []string{"number", "issuer"}, nil)

// Describe is prometheus.Collector's.
func (l lists) Describe(to chan<- *prometheus.Desc) { to <- listEnd }

// Collect is prometheus.Collector's.
func (l lists) Collect(to chan<- prometheus.Metric) {
	if l.all == nil {
		return
	}
	for i, one := range l.all() {
		to <- prometheus.MustNewConstMetric(listEnd, prometheus.GaugeValue, float64(one.Next.Unix()), strconv.Itoa(i+1), strings.ToValidUTF8(one.Issuer, "\uFFFD"))
	}
}

// A ListStatus says how long a list of revoked client certificates holds.
type ListStatus struct {
	Issuer   string    `json:"issuer"`
	Next     time.Time `json:"next_update"`
	DaysLeft int       `json:"days_left"` // whole ones; negative: it has ended
}

func (t *Telemetry) statusOfLists(now time.Time) (out []ListStatus) {
	if t.source.Lists == nil {
		return nil
	}
	for _, l := range t.source.Lists() {
		out = append(out, ListStatus{l.Issuer, l.Next, int(math.Floor(l.Next.Sub(now).Hours() / 24))})
	}
	return out
}
