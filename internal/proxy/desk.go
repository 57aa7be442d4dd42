package proxy

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"

	"github.com/parley-tls/parley/internal/proxy/handover"
	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// A desk is where the servers of a process answer to their operator, as long as
// they live, their draining included.
type desk struct {
	servers []*Server
	process *telemetry.Process
	sides   []*side
	upgrade func() (handedOver, error)
}

// openDesk opens the addresses that the settings name.
func openDesk(settings *Settings, log *slog.Logger, servers ...*Server) (*desk, error) {
	d := &desk{servers: servers, process: telemetry.NewProcess(settings.Version)}
	for _, s := range servers {
		d.process.Add(s.settings.Name, s.telemetry)
	}
	d.process.AddPermissions(d.permissions)
	d.process.AddInventory(d.inventory)
	if len(servers) > 0 {
		d.process.AddSessionStores(servers[0].commons.stores)
		d.process.AddBackends(servers[0].commons.pools.Status) // they are the process'
	}
	if err := errors.Join(d.openMetrics(settings, log), d.openAdmin(settings, log)); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// sockets are those of the process.
func (d *desk) sockets() *handover.Sockets { return d.servers[0].commons.sockets }

func (d *desk) openMetrics(settings *Settings, log *slog.Logger) error {
	a := settings.Metrics
	if a == (Address{}) {
		return nil
	}
	l, err := d.sockets().Listen(want(a))
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	d.sides = append(d.sides, openSide(l, d.process.Handler(d.ready)))
	log.Info("metrics on http://" + l.Addr().String() + "/metrics")
	return nil
}

func (d *desk) openAdmin(settings *Settings, log *slog.Logger) error {
	a := settings.Admin
	if a == (Address{}) {
		return nil
	}
	l, err := d.sockets().Listen(handover.Want{Network: a.Network, Address: a.Address, Open: func() (net.Listener, error) { return listenPrivate(a.Address) }})
	if err != nil {
		return fmt.Errorf("admin: listen on %s: %w", a, err)
	}
	mux := http.NewServeMux()
	d.process.AddAdmin(mux, d.ready, settings.AdminProfiles)
	for pattern, answer := range d.answers() {
		mux.HandleFunc(pattern, answer)
	}
	x := openSide(l, mux)
	x.at = a // which the socket was moved to
	d.sides = append(d.sides, x)
	log.Info("admin socket on "+a.String(), "pprof", settings.AdminProfiles)
	return nil
}

// answers are what the admin socket has beside the telemetry's, by patterns of
// http.ServeMux. Each stands in the file of what it is about.
func (d *desk) answers() map[string]http.HandlerFunc {
	all := map[string]http.HandlerFunc{"GET /permissions": d.answerPermissions, "GET /clients": d.answerClients, "POST /upgrade": d.answerUpgrade}
	maps.Copy(all, d.flightAnswers())
	return all
}

// retire has what is asked from now on asked of the process that has the sockets.
func (d *desk) retire() {
	for _, x := range d.sides {
		x.retire()
	}
}

func (d *desk) close() {
	for _, x := range d.sides {
		x.close()
	}
}

var errStopping = errors.New("stopping: no new clients are taken")

// ready says why no clients are taken; nil: they are.
func (d *desk) ready() error {
	for _, s := range d.servers {
		if s.stopping.Load() {
			return errStopping
		}
	}
	return nil
}
