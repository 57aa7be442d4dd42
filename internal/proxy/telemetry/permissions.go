package telemetry

import (
	"fmt"
	"math"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parley-tls/parley/internal/wire"
)

// A Permission is one that the process has, and its use.
type Permission struct {
	Name  string
	Until time.Time // the end of its last day
	Uses  uint64    // streams that would have gone otherwise without it
	Last  time.Time // when such a stream was last open; zero: never
}

// AddPermissions shows permissions. The list is asked whenever somebody looks, and
// is safe for concurrent use.
func (p *Process) AddPermissions(list func() []Permission) {
	p.permissions = list
	p.add(permissions{list})
}

// permissions tells what is used of them, and until when they are. The series are
// the operator's: one for each permission of the file.
type permissions struct{ list func() []Permission }

var (
	permissionUses = prometheus.NewDesc("parley_permission_uses_total",
		"Streams that would have gone otherwise without a permission, counted when they begin to need it.", []string{"permission"}, nil)
	permissionEnd = prometheus.NewDesc("parley_permission_until_timestamp_seconds",
		"When the last day of a permission is over, in seconds since 1970.", []string{"permission"}, nil)
	permissionLast = prometheus.NewDesc("parley_permission_last_use_timestamp_seconds",
		"When a stream that needs a permission was last open, in seconds since 1970; there is none as long as it was never used.", []string{"permission"}, nil)
)

// Describe is prometheus.Collector's.
func (p permissions) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{permissionUses, permissionEnd, permissionLast} {
		to <- d
	}
}

// Collect is prometheus.Collector's.
func (p permissions) Collect(to chan<- prometheus.Metric) {
	for _, one := range p.list() {
		to <- prometheus.MustNewConstMetric(permissionUses, prometheus.CounterValue, float64(one.Uses), one.Name)
		to <- prometheus.MustNewConstMetric(permissionEnd, prometheus.GaugeValue, float64(one.Until.Unix()), one.Name)
		if !one.Last.IsZero() {
			to <- prometheus.MustNewConstMetric(permissionLast, prometheus.GaugeValue, float64(one.Last.Unix()), one.Name)
		}
	}
}

// A PermissionStatus is how a permission fares.
type PermissionStatus struct {
	Name     string    `json:"name"`
	LastDay  string    `json:"last_day"`
	DaysLeft int       `json:"days_left"` // whole ones; negative: its last day is over
	Uses     uint64    `json:"uses"`
	LastUse  time.Time `json:"last_use,omitzero"`
}

// statusOfPermissions is that of now.
func (p *Process) statusOfPermissions(now time.Time) (out []PermissionStatus) {
	if p.permissions == nil {
		return nil
	}
	for _, one := range p.permissions() {
		days := int(math.Floor(one.Until.Sub(now).Hours() / 24))
		out = append(out, PermissionStatus{one.Name, one.Until.AddDate(0, 0, -1).Format(time.DateOnly), days, one.Uses, one.Last})
	}
	return out
}

func (s PermissionStatus) write(p *printer) {
	use := "never used"
	if s.Uses > 0 {
		use = fmt.Sprintf("used by %s, last on %s", connections(s.Uses), s.LastUse.UTC().Format(time.DateOnly))
	}
	left := daysLeft(s.DaysLeft)
	if s.DaysLeft < 0 {
		left = "its last day is over"
	}
	p.line("  %s, until %s: %s; %s", wire.Printable(s.Name), s.LastDay, left, use)
}

func connections(n uint64) string {
	if n == 1 {
		return "1 connection"
	}
	return fmt.Sprintf("%d connections", n)
}
