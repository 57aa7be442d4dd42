package proxy

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"

	"github.com/parley-tls/parley/internal/proxy/flight"
)

// AskFlights asks the server that has an admin socket for the flights that it has
// in memory, or for the connections that are open. Word is as the setting admin is.
func AskFlights(word string, live bool) (*flight.Listing, error) {
	path := "/flights"
	if live {
		path += "/live"
	}
	list := new(flight.Listing)
	return list, askJSON(word, http.MethodGet, path, list)
}

// flightID is what flights and connections are called by.
var flightID = regexp.MustCompile(`^[0-9-]{1,60}$`)

// AskFlight asks for a flight as a file has it: one that is kept, by its id, or
// that of a connection that is open, by its number.
func AskFlight(word, id string, live bool) ([]byte, error) {
	if !flightID.MatchString(id) {
		return nil, fmt.Errorf("%.60q: a flight is called as the log has it, such as 20261127-031502-4711; with --live, by the number of the connection", id)
	}
	path := "/flights/"
	if live {
		path += "live/"
	}
	return ask(word, http.MethodGet, path+url.PathEscape(id))
}
