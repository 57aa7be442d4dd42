package proxy

import (
	"errors"
	"log/slog"

	"github.com/parley-tls/parley/internal/proxy/telemetry"
)

// A desk is where the servers of a process answer to their operator, as long as
// they live, their draining included.
type desk struct {
	servers []*Server
	process *telemetry.Process
	sides   []*side
}

// openDesk opens the addresses that the settings name.
func openDesk(settings *Settings, log *slog.Logger, servers ...*Server) (*desk, error) {
	d := &desk{servers: servers, process: telemetry.NewProcess(settings.Version)}
	for _, s := range servers {
		d.process.Add(s.settings.Name, s.telemetry)
	}
	if a := settings.Metrics; a != (Address{}) {
		x, err := openSide(a, "--metrics", d.process.Handler(d.ready))
		if err != nil {
			return nil, err
		}
		d.sides = append(d.sides, x)
		log.Info("metrics on http://" + x.listener.Addr().String() + "/metrics")
	}
	return d, nil
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
