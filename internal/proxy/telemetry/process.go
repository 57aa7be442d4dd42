package telemetry

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// A Process shows the counts of its servers.
type Process struct {
	version  string
	started  time.Time
	registry *prometheus.Registry
	servers  []server
	// Before says how many connections the process before this one has left; nil,
	// or false: it is gone.
	Before func() (int, bool)
	// permissions lists them; nil: nobody has said which there are.
	permissions func() []Permission
	backends    func() []upstream.Status // nil: there are none
}

// A server is one of a process.
type server struct {
	name      string
	telemetry *Telemetry
}

// NewProcess is of a version of the program.
func NewProcess(version string) *Process {
	p := &Process{version: version, started: time.Now(), registry: prometheus.NewRegistry()}
	p.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), buildInfo(version))
	return p
}

// Add shows a server's counts too, with its name as the label listener. A server
// without a name is the only one.
func (p *Process) Add(name string, t *Telemetry) {
	var r prometheus.Registerer = p.registry
	if name != "" {
		r = prometheus.WrapRegistererWith(prometheus.Labels{"listener": name}, r)
	}
	r.MustRegister(certificates{t.source.Certificates}, applicationBytes{t.source.Bytes}, passedBytes{t.source.Passed}, lists{t.source.Lists})
	r.MustRegister(t.all()...)
	r.MustRegister(t.passages.all()...)
	p.servers = append(p.servers, server{name, t})
}

func (p *Process) before() (int, bool) {
	if p.Before == nil {
		return 0, false
	}
	return p.Before()
}
