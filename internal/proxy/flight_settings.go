package proxy

import (
	"fmt"
	"strconv"
	"strings"

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

// CheckFlights says why flights could not be kept where the settings say, as far as
// that can be seen without a change.
func (s *Settings) CheckFlights() error {
	if s.Flights.Directory == "" {
		return nil
	}
	if err := flight.CheckDirectory(s.Flights.Directory); err != nil {
		return &SettingError{Name: "flights", Problem: err.Error()}
	}
	return nil
}
