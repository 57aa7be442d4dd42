package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/flight"
	"github.com/parley-tls/parley/internal/wire"
)

// list shows the flights, or the connections that are open.
func (call *flightsCall) list(c *cobra.Command) error {
	if call.out != "" || call.html != "" || call.anonymous {
		return usageError{errors.New("-o, --html and --anonymous are about one flight; name it, as the log has it in flight")}
	}
	list, err := proxy.AskFlights(call.admin, call.live)
	if err != nil {
		return err
	}
	if call.json {
		e := json.NewEncoder(c.OutOrStdout())
		e.SetIndent("", "  ")
		return e.Encode(list)
	}
	return call.table(c.OutOrStdout(), list)
}

func (call *flightsCall) table(w io.Writer, list *flight.Listing) error {
	if len(list.Flights) == 0 {
		text := "no connection has ended badly, as far as the server remembers"
		if call.live {
			text = "no connection is open"
		}
		_, err := fmt.Fprintln(w, text)
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(cells ...string) { fmt.Fprintln(t, strings.Join(cells, "\t")) }
	if call.live {
		row("CONN", "OPEN SINCE (UTC)", "LISTENER", "CLIENT", "SERVER NAME")
	} else {
		row("FLIGHT", "ENDED (UTC)", "LISTENER", "CLIENT", "SERVER NAME", "WHAT HAPPENED")
	}
	for _, f := range list.Flights {
		cells := []string{f.ID, f.When.Format(time.DateTime), shown(f.Listener), shown(f.Client), shown(f.SNI)}
		if call.live {
			cells[0] = fmt.Sprint(f.Conn)
		} else {
			cells = append(cells, shown(f.Finding+": "+f.Sentence))
		}
		row(cells...)
	}
	if err := t.Flush(); err != nil || list.More == 0 {
		return err
	}
	_, err := fmt.Fprintf(w, "and %d more\n", list.More)
	return err
}

// shown is a text of a peer's, fit for a table.
func shown(text string) string {
	if text == "" {
		return "-"
	}
	return wire.Printable(text)
}
