package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/report/page"
	"github.com/parley-tls/parley/internal/save"
)

// A diagnoseCall is what parley diagnose was asked for.
type diagnoseCall struct {
	keys, keyLogs  []string
	filters        []string
	numbers        []int
	all, follow    bool
	json, markdown bool
	html, compare  string
}

func newDiagnose() *cobra.Command {
	var call diagnoseCall
	c := &cobra.Command{
		Use:   "diagnose FILE...",
		Short: "Say from a capture why a client is cut off, whose fault it is and what to do",
		Long: `Diagnose reads a capture (pcap or pcapng, also gzip; - is standard input) and says of
each TLS connection in it what happened, what proves it, who caused it and what can be
done: in Parley, in the client, in other servers. Keys are of help and not needed.
It reads flights, which parley serve keeps of connections that ended badly, likewise,
and of these several files at once.

Exit status: 0 nothing failed, 1 something did, 2 wrong use, 3 nothing failed in what
could be read, but the capture could not be read, or only in part.`,
		Example: `  parley diagnose capture.pcap
  parley diagnose capture.pcap --key server.key --html report.html
  parley diagnose capture.pcap --filter client=192.0.2.0/24 --filter level=failure
  parley diagnose /var/lib/parley/flights/*.json
  tcpdump -i any -s 0 -U -w - tcp port 443 | parley diagnose --follow -`,
		Args: captures,
		RunE: func(c *cobra.Command, args []string) error { return call.run(c, args) },
	}
	f := c.Flags()
	f.StringArrayVar(&call.keys, "key", nil, "RSA private key of a server, in PEM, `FILE`; may be repeated")
	f.StringArrayVar(&call.keyLogs, "keylog", nil, "key log (SSLKEYLOGFILE), `FILE`; may be repeated")
	f.BoolVar(&call.all, "all", false, "show every connection, the healthy ones too")
	f.IntSliceVar(&call.numbers, "connection", nil, "only the connection with this `NUMBER`; may be repeated")
	f.StringArrayVar(&call.filters, "filter", nil, "only connections for which `KEY=VALUE` holds: client, server, sni, finding, level, version, ja3, ja4; may be repeated, all must hold")
	f.BoolVar(&call.follow, "follow", false, "show each connection as it ends, for a capture that still grows")
	f.BoolVar(&call.json, "json", false, "write the report in JSON (docs/report-json.md)")
	f.BoolVar(&call.markdown, "markdown", false, "write the report in Markdown, to paste into an issue")
	f.StringVar(&call.html, "html", "", "also write the report as a page, into `FILE`")
	f.StringVar(&call.compare, "compare", "", "set another capture, `FILE`, beside this one, the first difference marked")
	return c
}

func captures(c *cobra.Command, args []string) error {
	if len(args) > 1 {
		return nil
	}
	return oneCapture(c, args)
}

func oneCapture(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError{fmt.Errorf("%s takes one capture, or - for standard input, but was given %d; see %s --help", c.CommandPath(), len(args), c.CommandPath())}
}

// exclusive says which two flags of a group were given, since only one can be.
func exclusive(c *cobra.Command, groups ...[]string) error {
	for _, group := range groups {
		given := slices.DeleteFunc(group, func(name string) bool { return !c.Flags().Changed(name) })
		if len(given) > 1 {
			return usageError{fmt.Errorf("--%s and --%s cannot both be given; see %s --help", given[0], given[1], c.CommandPath())}
		}
	}
	return nil
}

func (call *diagnoseCall) run(c *cobra.Command, names []string) error {
	if err := exclusive(c, []string{"json", "markdown", "follow"}, []string{"json", "markdown", "compare"}, []string{"html", "follow"}, []string{"compare", "follow"}); err != nil {
		return err
	}
	o, err := call.options()
	if err != nil {
		return usageError{err}
	}
	style := report.TerminalOptions{Style: terminalStyle(os.Stdout), All: call.all || call.numbers != nil}
	if call.follow {
		return call.followed(c, names, o, style)
	}
	r, err := call.read(c, names, o)
	if r == nil {
		return err
	}
	if call.compare != "" {
		return errors.Join(err, call.comparison(c, names, r, o, style))
	}
	return errors.Join(call.write(os.Stdout, r, style), call.save(names, func(w io.Writer) error { return page.Write(w, r) }), verdict(r, err))
}

// followed shows each connection as it ends, until the capture does or somebody
// interrupts: then those that are still open are shown, too.
func (call *diagnoseCall) followed(c *cobra.Command, names []string, o inspect.Options, style report.TerminalOptions) error {
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	c.SetContext(ctx)
	var broken error // of the output: nobody reads it any more
	o.Each = func(d *diagnose.Diagnosis) {
		if err := report.Connection(os.Stdout, d, style); err != nil {
			broken = err
			stop()
		}
	}
	r, err := call.read(c, names, o)
	if r == nil {
		return err
	}
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(broken, verdict(r, err))
}

func (call *diagnoseCall) options() (inspect.Options, error) {
	o := inspect.Options{Tool: "Parley " + whichVersion(), Filter: inspect.Filter{Numbers: call.numbers}}
	for _, text := range call.filters {
		if err := o.Filter.Add(text); err != nil {
			return o, fmt.Errorf("--filter: %w", err)
		}
	}
	var err error
	o.Keys, err = inspect.LoadKeys(call.keys, call.keyLogs)
	return o, err
}

// read reads a capture or flights, showing how far it is if someone sits before it.
func (call *diagnoseCall) read(c *cobra.Command, names []string, o inspect.Options) (*report.Report, error) {
	in, closer, err := inspect.OpenAll(names, os.Stdin)
	if err != nil {
		return nil, partial{err}
	}
	defer closer.Close()
	if term.IsTerminal(int(os.Stderr.Fd())) && !call.follow {
		line := inspect.NewProgressLine(os.Stderr)
		defer line.Clear()
		o.Progress = line.Show
	}
	r, err := inspect.Read(c.Context(), in, o)
	if errors.Is(err, inspect.ErrSeveral) {
		return nil, usageError{fmt.Errorf("%w; see %s --help", inspect.ErrSeveral, c.CommandPath())}
	}
	return r, err
}

func (call *diagnoseCall) write(w io.Writer, r *report.Report, style report.TerminalOptions) error {
	switch {
	case call.json:
		return report.JSON(w, r)
	case call.markdown:
		return report.Markdown(w, r)
	}
	return report.Terminal(w, r, style)
}

// comparison reads the other capture and sets the two side by side.
func (call *diagnoseCall) comparison(c *cobra.Command, names []string, a *report.Report, o inspect.Options, style report.TerminalOptions) error {
	b, err := call.read(c, []string{call.compare}, o)
	if b == nil {
		return err
	}
	return errors.Join(
		report.Compare(os.Stdout, a, b, style),
		call.save(names, func(w io.Writer) error { return page.Compare(w, a, b) }),
		verdict(b, err), verdict(a, nil),
	)
}

// save writes the page, if one was asked for, and over nothing that was read for it.
func (call *diagnoseCall) save(read []string, write func(io.Writer) error) error {
	if call.html == "" {
		return nil
	}
	return save.File(call.html, slices.Concat(read, []string{call.compare}, call.keys, call.keyLogs), write)
}

// verdict makes an exit status of what was found.
func verdict(r *report.Report, err error) error {
	switch {
	case r.Total.Failed > 0:
		return foundFailure{}
	case err != nil:
		return partial{err}
	}
	return nil
}

// A foundFailure says by the exit status that a connection failed.
type foundFailure struct{}

func (foundFailure) Error() string { return "" }

// A partial says that a capture could not be read, or only in part.
type partial struct{ error }

func (p partial) Unwrap() error { return p.error }
