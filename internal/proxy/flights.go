package proxy

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/flight"
)

// FlightSettings say what is kept of connections that end badly.
type FlightSettings struct {
	Off       bool
	Directory string // empty: they are kept in memory alone
	Keep      int    // files in it
	MaxSize   int64  // of all of them, in bytes
}

// What holds where nothing else is said.
const (
	defaultFlights     = 1000
	defaultFlightsSize = 64 << 20
)

// minFlightsSize is room for a few flights of the largest kind.
const minFlightsSize = 1 << 20

func (o Options) checkFlights(s *Settings) (err error) {
	var f FlightSettings
	switch o.Flights {
	case "":
	case "off":
		f.Off = true
	default:
		f = FlightSettings{Directory: o.Flights, Keep: defaultFlights, MaxSize: defaultFlightsSize}
	}
	if f.Directory == "" && o.FlightsKeep+o.FlightsMaxSize != "" {
		name, word := "flights-keep", o.FlightsKeep
		if word == "" {
			name, word = "flights-max-size", o.FlightsMaxSize
		}
		return &SettingError{Name: name, Value: word, Problem: "there is no directory that it is about", Advice: "name one with --flights; in memory there is room for 256"}
	}
	if o.FlightsKeep != "" {
		if f.Keep, err = count("flights-keep", o.FlightsKeep); err != nil || f.Keep == 0 {
			return &SettingError{Name: "flights-keep", Value: o.FlightsKeep, Problem: "this is not a count of files to keep", Advice: "write a whole number from 1 on, such as 1000"}
		}
	}
	if o.FlightsMaxSize != "" {
		if f.MaxSize, err = size("flights-max-size", o.FlightsMaxSize, minFlightsSize); err != nil {
			return err
		}
	}
	s.Flights = f
	return nil
}

// units are what a size may be counted in.
var units = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

// size reads a number of bytes such as 64MiB.
func size(name, word string, least int64) (int64, error) {
	for _, u := range units {
		digits, ok := strings.CutSuffix(word, u.name)
		n, err := strconv.ParseInt(digits, 10, 32)
		switch {
		case !ok || err != nil || n < 0:
			continue
		case n*u.bytes < least:
			return 0, &SettingError{Name: name, Value: word, Problem: "this is too small", Advice: fmt.Sprintf("write at least %dMiB", least>>20)}
		}
		return n * u.bytes, nil
	}
	return 0, &SettingError{Name: name, Value: word, Problem: "this is not a size", Advice: "write a whole number with KiB, MiB or GiB behind it, such as 64MiB"}
}

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
func (s *Server) recorded(tell func(parley.Event)) func(parley.Event) {
	k := s.commons.flights
	if k == nil {
		return tell
	}
	s.stories.flights = k
	source := &flight.Source{Keeper: k, Listener: s.settings.Name, Server: s.addrPort, Counter: s.telemetry}
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

// flightAnswers are the questions about flights.
func (d *desk) flightAnswers() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /flights":             d.ofFlights(func(k *flight.Keeper, _ *http.Request) (any, error) { return k.Kept(), nil }),
		"GET /flights/live":        d.ofFlights(func(k *flight.Keeper, _ *http.Request) (any, error) { return k.Live(), nil }),
		"GET /flights/live/{conn}": d.ofFlights(openFlight),
		"GET /flights/{id}":        d.ofFlights(keptFlight),
	}
}

// ofFlights answers if flights are kept.
func (d *desk) ofFlights(answer func(*flight.Keeper, *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		k := d.servers[0].commons.flights
		if k == nil {
			refuse(w, http.StatusNotFound, errors.New("flights are off: parley serve runs with --flights off"))
			return
		}
		what, err := answer(k, r)
		if err != nil {
			refuse(w, http.StatusNotFound, err)
			return
		}
		answerJSON(w, what)
	}
}

func keptFlight(k *flight.Keeper, r *http.Request) (any, error) {
	f, ok := k.Flight(r.PathValue("id"))
	if !ok {
		return nil, errors.New("there is no such flight in memory; an older one may be a file in the directory of --flights")
	}
	return f, nil
}

func openFlight(k *flight.Keeper, r *http.Request) (any, error) {
	n, err := strconv.ParseUint(r.PathValue("conn"), 10, 64)
	if err != nil {
		return nil, errors.New("a connection is named by its number, as the log has it in conn")
	}
	f, ok := k.Open(n)
	if !ok {
		return nil, errors.New("no open connection has this number; if it ended badly, it is in the list without --live")
	}
	return f, nil
}
