package telemetry

import (
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"

	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/wire"
)

// A Status says how a process fares, for a person who asks now.
type Status struct {
	Version   string           `json:"version"`
	Uptime    float64          `json:"uptime_seconds"`
	Ready     bool             `json:"ready"`
	Why       string           `json:"why_not_ready,omitempty"`
	Before    *int             `json:"connections_of_process_before,omitempty"` // nil: it is gone
	Listeners []ListenerStatus `json:"listeners"`

	Permissions []PermissionStatus `json:"permissions,omitempty"`
	Backends    []upstream.Status  `json:"backends,omitempty"`
	Store       *StoreStatus       `json:"session_store,omitempty"` // nil: sessions are kept in memory
}

// A ListenerStatus is of one server of the process. Its lists have what is not
// zero.
type ListenerStatus struct {
	Name         string              `json:"name,omitempty"`
	Address      string              `json:"address"`
	Connections  float64             `json:"connections"` // since the start
	Open         []Count             `json:"open"`        // of labels version and kind
	Handshakes   []Count             `json:"handshakes"`  // of kind
	Failures     []Count             `json:"handshake_failures"`
	SecondHellos []Count             `json:"second_hellos"`
	Limited      []Count             `json:"limited"`
	Trial        []Count             `json:"trial,omitempty"` // hellos, of kind and finding
	Flights      float64             `json:"flights"`         // since the start
	FromClients  int64               `json:"bytes_from_clients"`
	ToClients    int64               `json:"bytes_to_clients"`
	Passed       PassedStatus        `json:"passed"` // through, unterminated
	Certificates []CertificateStatus `json:"certificates"`
	Lists        []ListStatus        `json:"revocation_lists,omitempty"`
}

// A Count is how often something happened, by the labels that metrics have.
type Count struct {
	Labels map[string]string `json:"labels"`
	Count  float64           `json:"count"`
}

// A CertificateStatus says how long a certificate holds.
type CertificateStatus struct {
	Subject  string    `json:"subject"`
	NotAfter time.Time `json:"not_after"`
	DaysLeft int       `json:"days_left"` // whole ones; negative: it has ended
}

// Status is that of now. Ready says why no clients are taken; nil: they are.
func (p *Process) Status(now time.Time, ready error) Status {
	s := Status{Version: p.version, Uptime: math.Trunc(now.Sub(p.started).Seconds()), Ready: ready == nil}
	if ready != nil {
		s.Why = ready.Error()
	}
	if n, ok := p.before(); ok {
		s.Before = &n
	}
	for _, x := range p.now() {
		s.Listeners = append(s.Listeners, x.telemetry.status(x.name, now))
	}
	s.Permissions = p.statusOfPermissions(now)
	if p.backends != nil {
		s.Backends = p.backends()
	}
	s.Store = p.statusOfStore()
	return s
}

func (t *Telemetry) status(name string, now time.Time) ListenerStatus {
	s := ListenerStatus{
		Name: name, Address: t.source.Address(), Open: countsOf(t.open), Handshakes: countsOf(t.handshakes),
		Failures: countsOf(t.failures), SecondHellos: countsOf(t.secondHellos), Limited: countsOf(t.limited), Trial: countsOf(t.tried),
	}
	for _, c := range countsOf(t.connections) {
		s.Connections = c.Count
	}
	for _, c := range countsOf(t.flights) {
		s.Flights = c.Count
	}
	s.FromClients, s.ToClients = t.source.Bytes()
	s.Passed = t.passedStatus()
	for _, c := range t.source.Certificates() {
		days := int(math.Floor(c.NotAfter.Sub(now).Hours() / 24))
		s.Certificates = append(s.Certificates, CertificateStatus{c.Subject.String(), c.NotAfter, days})
	}
	s.Lists = t.statusOfLists(now)
	return s
}

// countsOf are the series of a metric that are not zero, the largest first.
func countsOf(c prometheus.Collector) []Count {
	series := make(chan prometheus.Metric)
	go func() {
		defer close(series)
		c.Collect(series)
	}()
	out := []Count{}
	for m := range series {
		var d dto.Metric
		if m.Write(&d) != nil { // it cannot fail for counters and gauges
			continue
		}
		n := Count{map[string]string{}, d.GetCounter().GetValue() + d.GetGauge().GetValue()}
		for _, l := range d.GetLabel() {
			n.Labels[l.GetName()] = l.GetValue()
		}
		if n.Count != 0 {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b Count) int {
		if a.Count != b.Count {
			return int(math.Copysign(1, b.Count-a.Count))
		}
		return slices.Compare([]string{fmt.Sprint(a.Labels)}, []string{fmt.Sprint(b.Labels)})
	})
	return out
}

// WriteText tells the status in lines.
func (s Status) WriteText(w io.Writer) error {
	ready := "ready"
	if !s.Ready {
		ready = wire.Printable(s.Why)
	}
	p := &printer{w: w}
	p.line("parley %s, up %v, %s", wire.Printable(s.Version), time.Duration(s.Uptime)*time.Second, ready)
	if s.Before != nil {
		p.line("the process before has %s left", connections(uint64(*s.Before)))
	}
	for _, l := range s.Listeners {
		l.write(p)
	}
	s.writeBackends(p)
	s.Store.write(p)
	if len(s.Permissions) > 0 {
		p.line("")
		p.line("permissions")
	}
	for _, one := range s.Permissions {
		one.write(p)
	}
	return p.err
}

func (l ListenerStatus) write(p *printer) {
	p.line("")
	if l.Name != "" && l.Name != l.Address {
		p.line("%s on %s", wire.Printable(l.Name), wire.Printable(l.Address))
	} else {
		p.line("on %s", wire.Printable(l.Address))
	}
	open := 0.0
	for _, c := range l.Open {
		open += c.Count
	}
	p.line("  connections     %.0f open, %.0f since the start; %d bytes from clients, %d to them", open, l.Connections, l.FromClients, l.ToClients)
	l.Passed.write(p)
	p.counts("  open now", l.Open, "version", "kind")
	p.counts("  handshakes", l.Handshakes, "kind", "version", "suite")
	p.counts("  failed", l.Failures, "kind", "finding")
	p.counts("  second hellos", l.SecondHellos, "kind", "answer")
	p.counts("  limits hit", l.Limited, "limit")
	if len(l.Trial) > 0 {
		p.counts("  trial", l.Trial, "kind", "finding")
	}
	if l.Flights > 0 {
		p.line("  flights         %.0f kept since the start; parley flights tells of them", l.Flights)
	}
	for _, c := range l.Certificates {
		p.line("  certificate     %s, until %s: %s", wire.Printable(c.Subject), c.NotAfter.UTC().Format(time.DateOnly), daysLeft(c.DaysLeft))
	}
	for _, r := range l.Lists {
		p.line("  revocation list %s, until %s: %s", wire.Printable(r.Issuer), r.Next.UTC().Format(time.DateOnly), daysLeft(r.DaysLeft))
	}
}

func daysLeft(days int) string {
	switch {
	case days < 0:
		return "it has ended"
	case days == 1:
		return "1 day left"
	}
	return fmt.Sprintf("%d days left", days)
}

// A printer writes lines and keeps the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, values ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", values...)
	}
}

// counts writes a line for each count, the title on the first one.
func (p *printer) counts(title string, list []Count, labels ...string) {
	if len(list) == 0 {
		p.line("%-18s%s", title, none)
	}
	for _, c := range list {
		text := ""
		for _, l := range labels {
			text += "  " + wire.Printable(c.Labels[l])
		}
		if c.Labels["resumed"] == "yes" {
			text += "  resumed"
		}
		p.line("%-18s%6.0f%s", title, c.Count, text)
		title = ""
	}
}
