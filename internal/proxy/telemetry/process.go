package telemetry

import (
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	dto "github.com/prometheus/client_model/go"

	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/proxy/valkey"
)

// A Process shows the counts of its servers.
type Process struct {
	version string
	started time.Time
	// Before says how many connections the process before this one has left; nil,
	// or false: it is gone.
	Before func() (int, bool)
	// permissions lists them; nil: nobody has said which there are.
	permissions func() []Permission
	stores      *valkey.Stores           // of sessions; nil: nobody has said which there are
	backends    func() []upstream.Status // nil: there are none

	mu       sync.Mutex             // guards what follows
	always   []prometheus.Collector // those of no server
	servers  []server
	registry *prometheus.Registry // of all of them; made anew when they change
}

// A server is one of a process.
type server struct {
	name      string
	telemetry *Telemetry
}

// NewProcess is of a version of the program.
func NewProcess(version string) *Process {
	p := &Process{version: version, started: time.Now()}
	p.add(collectors.NewGoCollector())
	p.add(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	p.add(buildInfo(version))
	return p
}

// add shows what belongs to no server.
func (p *Process) add(c prometheus.Collector) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.always = append(p.always, c)
	p.register()
}

// Add shows a server's counts too, with its name as the label listener. A server
// without a name is the only one.
func (p *Process) Add(name string, t *Telemetry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.servers = append(p.servers, server{name, t})
	p.register()
}

// Only shows the counts of these servers, by their names, and no others.
func (p *Process) Only(names []string, counts []*Telemetry) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.servers = nil
	for i, t := range counts {
		name := names[i]
		if name == "" && len(counts) > 1 {
			name = t.source.Address() // the others have one
		}
		p.servers = append(p.servers, server{name, t})
	}
	p.register()
}

// register makes a registry anew, since a metric's labels are for one's life. p.mu
// is held.
func (p *Process) register() {
	p.registry = prometheus.NewRegistry()
	p.registry.MustRegister(p.always...)
	for _, s := range p.servers {
		var r prometheus.Registerer = p.registry
		if s.name != "" {
			r = prometheus.WrapRegistererWith(prometheus.Labels{"listener": s.name}, r)
		}
		for _, c := range s.telemetry.everything() {
			_ = r.Register(c) // of two with one name, which a reload may make for a while, the first is shown
		}
	}
}

func (t *Telemetry) everything() []prometheus.Collector {
	all := append(t.all(), t.passages.all()...)
	return append(all, certificates{t.source.Certificates}, applicationBytes{t.source.Bytes}, passedBytes{t.source.Passed}, lists{t.source.Lists})
}

// Gather is prometheus.Gatherer's.
func (p *Process) Gather() ([]*dto.MetricFamily, error) {
	p.mu.Lock()
	r := p.registry
	p.mu.Unlock()
	return r.Gather()
}

// now are the servers of this moment.
func (p *Process) now() []server {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.servers)
}

func (p *Process) before() (int, bool) {
	if p.Before == nil {
		return 0, false
	}
	return p.Before()
}
