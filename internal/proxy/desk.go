package proxy

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/parley-tls/parley/internal/proxy/handover"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// A desk is where the servers of a process answer to their operator, as long as
// they live, their draining included.
type desk struct {
	log     *slog.Logger
	sockets *handover.Sockets
	process *telemetry.Process
	reload  atomic.Pointer[func() ([]string, error)] // nil: it cannot be asked for yet
	admin   atomic.Pointer[http.ServeMux]            // what the admin socket answers

	upgrade func() (handedOver, error)
	mu      sync.Mutex // guards what follows
	servers []*Server
	sides   [sidesOfDesk]*side // nil: there is none
}

// openDesk opens the addresses that the settings name.
func openDesk(settings *Settings, log *slog.Logger, servers ...*Server) (*desk, error) {
	d := &desk{log: log, process: telemetry.NewProcess(settings.Version)}
	if len(servers) > 0 {
		d.process.AddSessionStores(servers[0].commons.stores)
		d.sockets = servers[0].commons.sockets
		d.process.AddBackends(servers[0].commons.pools.Status) // they are the process'
	}
	d.have(servers)
	d.process.AddPermissions(d.permissions)
	d.process.AddInventory(d.inventory)
	p, err := d.plan(settings)
	if err != nil {
		return nil, err
	}
	p.carryOut()
	return d, nil
}

// have says whom the desk speaks for from now on.
func (d *desk) have(servers []*Server) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.servers = slices.Clone(servers)
	var names []string
	var counts []*telemetry.Telemetry
	for _, s := range servers {
		name := *s.name.Load()
		if s.retired.Load() && name != "" {
			name += " (before)" // another one may have its name
		}
		names, counts = append(names, name), append(counts, s.telemetry)
	}
	d.process.Only(names, counts)
}

func (d *desk) all() []*Server {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.servers)
}

// listenAdmin is the admin socket at an address.
func (d *desk) listenAdmin(a Address) (net.Listener, error) {
	l, err := d.sockets.Listen(handover.Want{Network: a.Network, Address: a.Address, Open: func() (net.Listener, error) { return listenPrivate(a.Address) }})
	if err != nil {
		return nil, fmt.Errorf("admin: listen on %s: %w", a, err)
	}
	return l, nil
}

func (d *desk) listenMetrics(a Address) (net.Listener, error) {
	l, err := d.sockets.Listen(want(a))
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return l, nil
}

// answerAdmin has the admin socket answer, with Go's profiles if profiles says so.
func (d *desk) answerAdmin(profiles bool) {
	mux := http.NewServeMux()
	d.process.AddAdmin(mux, d.ready, profiles)
	for pattern, answer := range d.answers() {
		mux.HandleFunc(pattern, answer)
	}
	d.admin.Store(mux)
}

// answers are what the admin socket has beside the telemetry's, by patterns of
// http.ServeMux. Each stands in the file of what it is about.
func (d *desk) answers() map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{"POST /reload": d.answerReload, "POST /upgrade": d.answerUpgrade, "GET /permissions": d.answerPermissions, "GET /clients": d.answerClients}
	maps.Copy(all, d.flightAnswers())
	return all
}

// retire has what is asked from now on asked of the process that has the sockets.
func (d *desk) retire() {
	for _, x := range d.open() {
		x.retire()
	}
}

func (d *desk) close() {
	for _, x := range d.open() {
		x.close()
	}
}

// open are the sides that there are.
func (d *desk) open() (all []*side) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, x := range d.sides {
		if x != nil {
			all = append(all, x)
		}
	}
	return all
}

var errStopping = errors.New("stopping: no new clients are taken")

// ready says why no clients are taken; nil: they are.
func (d *desk) ready() error {
	for _, s := range d.all() {
		if s.stopping.Load() {
			return errStopping
		}
	}
	return nil
}
