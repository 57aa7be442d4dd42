package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/report/page"
	"github.com/parley-tls/parley/internal/save"
)

// A flightsCall is what parley flights was asked for.
type flightsCall struct {
	admin      string
	live, json bool
	anonymous  bool
	out, html  string
}

func newFlights() *cobra.Command {
	var call flightsCall
	c := &cobra.Command{
		Use:   "flights [--admin unix:PATH] [FLIGHT]",
		Short: "Ask a running server why connections failed, without a capture",
		Long: `Flights asks a parley serve that runs with the same --admin for the flights that it
has in memory: the first and last events of connections that ended badly. With the
name of one, as the log has it, it tells what happened as parley diagnose does. With
--live it asks for the connections that are open, and takes the number of one. Without
--admin it takes the name of a file with a flight.`,
		Example: `  parley flights --admin unix:/run/parley/admin.sock
  parley flights --admin unix:/run/parley/admin.sock 20261127-031502-4711
  parley flights --admin unix:/run/parley/admin.sock 20261127-031502-4711 --anonymous -o flight.json
  parley flights --admin unix:/run/parley/admin.sock --live 4712
  parley flights flight.json --anonymous -o for-you.json`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				return noArguments(c, args[1:])
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return call.list(c)
			}
			return call.one(c, args[0])
		},
	}
	f := c.Flags()
	f.StringVar(&call.admin, "admin", "", "`ADDR` of the server's admin socket, unix:PATH")
	f.BoolVar(&call.live, "live", false, "the connections that are open, instead of the flights")
	f.BoolVar(&call.json, "json", false, "the list as JSON; of one flight, the report")
	f.StringVarP(&call.out, "out", "o", "", "write the flight into `FILE`, for parley diagnose")
	f.StringVar(&call.html, "html", "", "also write the report as a page, into `FILE`")
	f.BoolVar(&call.anonymous, "anonymous", false, "with other addresses and another server name in the flight")
	return c
}

// flight is the one that the server has, or that is in a file.
func (call *flightsCall) flight(id string) ([]byte, error) {
	if call.admin != "" || call.live {
		return proxy.AskFlight(call.admin, id, call.live)
	}
	f, err := os.Open(id)
	if err != nil {
		return nil, fmt.Errorf("%w; without --admin, the name of a file is due", err)
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxFlightFile))
}

// maxFlightFile bounds what is read of a file: flights are much shorter.
const maxFlightFile = 4 << 20

// one tells of a flight, or writes it.
func (call *flightsCall) one(c *cobra.Command, id string) error {
	b, err := call.flight(id)
	if err != nil {
		return err
	}
	if call.anonymous {
		if b, err = inspect.Anonymous(b); err != nil {
			return err
		}
	}
	if call.out != "" {
		return save.File(call.out, call.read(id), func(w io.Writer) error {
			_, err := w.Write(b)
			return err
		})
	}
	r, err := inspect.Read(c.Context(), inspect.Input{Name: "flight " + id, From: bytes.NewReader(b)}, inspect.Options{Tool: "Parley " + whichVersion()})
	if err != nil {
		return err
	}
	return errors.Join(call.write(c.OutOrStdout(), r), call.page(id, r))
}

// read are the files that were read, which nothing may be written over.
func (call *flightsCall) read(id string) []string {
	if call.admin != "" {
		return nil
	}
	return []string{id}
}

func (call *flightsCall) write(w io.Writer, r *report.Report) error {
	if call.json {
		return report.JSON(w, r)
	}
	return report.Terminal(w, r, report.TerminalOptions{Style: terminalStyle(os.Stdout), All: true})
}

func (call *flightsCall) page(id string, r *report.Report) error {
	if call.html == "" {
		return nil
	}
	return save.File(call.html, call.read(id), func(w io.Writer) error { return page.Write(w, r) })
}
