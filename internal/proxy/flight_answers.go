package proxy

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/parley-tls/parley/internal/proxy/flight"
)

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
		k := d.all()[0].commons.flights
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
