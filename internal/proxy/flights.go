package proxy

import (
	"fmt"
	"log/slog"
	"net/netip"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/flight"
)

// openFlights has flights kept as the settings of a process say.
func (c *commons) openFlights(settings *Settings, log *slog.Logger) error {
	f := settings.Flights
	if f.Off {
		return nil
	}
	var directory *flight.Directory
	if f.Directory != "" {
		var err error
		if directory, err = flight.OpenDirectory(f.Directory, f.Keep, f.MaxSize, log); err != nil {
			return fmt.Errorf("--flights: %w", err)
		}
	}
	c.flights = flight.NewKeeper("Parley "+settings.Version, directory)
	return nil
}

// recorded has events recorded, and then told to whoever writes of their flight.
func (s *Server) recorded(settings *Settings, tell func(parley.Event)) func(parley.Event) {
	k := s.commons.flights
	if k == nil {
		return tell
	}
	s.stories.flights = k
	source := &flight.Source{Keeper: k, Listener: settings.Name, Server: s.addrPort, Counter: s.telemetry}
	return func(e parley.Event) {
		source.Observe(e)
		tell(e)
	}
}

// addrPort is where the server listens; of a Unix socket, none.
func (s *Server) addrPort() netip.AddrPort {
	a, err := netip.ParseAddrPort(s.Addr().String())
	if err != nil {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// flightAttributes are what a log line says of the flight of its connection; none,
// nothing.
func flightAttributes(k *flight.Keeper, conn uint64) []slog.Attr {
	landed, ok := k.Landed(conn)
	if !ok {
		return nil
	}
	return []slog.Attr{slog.String("flight", landed.ID), slog.String("finding", landed.Finding), slog.String("sentence", bounded(landed.Sentence))}
}
