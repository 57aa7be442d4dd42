package main

import (
	"errors"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/listen"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/report/page"
	"github.com/parley-tls/parley/internal/save"
)

// A listenCall is what parley listen was asked for.
type listenCall struct {
	options        listen.Options
	explain        bool
	json, markdown bool
	html           string
}

func newListen() *cobra.Command {
	var call listenCall
	c := &cobra.Command{
		Use:   "listen",
		Short: "Explain each client that connects: what it offers, what it does wrong, what serves it",
		Long: `Listen is a throw-away server for the question "is it my fault?". Point a client at
it: when the connection ends, you read what the client offered, what it did wrong if
anything, who caused it, and which setting of parley serve takes it. It needs no
capture and no key.

It listens on ` + proxy.DefaultListen + ` with certificates made at start, sends back what it gets,
and has every version and cipher suite on that Parley has, the weak ones too: so it is
for looking, not for leaving on. Second hellos get the answers that parley serve
gives. The flags of parley serve can be tried here before they are used there.

It ends with SIGINT (Ctrl-C), SIGTERM, --for or --connections, and a summary.

Exit status: 0 nothing failed, 1 a connection did or it could not start, 2 wrong use.`,
		Example: `  parley listen --explain
  parley listen --explain --listen :8443 --connections 1
  parley listen --explain --listen :8443 --backend 127.0.0.1:8080 --for 2m --html report.html
  parley listen --explain --write seen.pcapng`,
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return call.run() },
	}
	f := c.Flags()
	f.SortFlags = false
	f.BoolVar(&call.explain, "explain", true, "explain each connection, which is all that there is to do")
	f.StringVar(&call.options.For, "for", "", "`DURATION` to listen for, such as 2m (default: until it is stopped)")
	f.StringVar(&call.options.Connections, "connections", "", "`COUNT` of connections to explain (default: all)")
	f.StringVar(&call.options.Write, "write", "", "record what passes, and its keys, in a new pcapng `FILE`; whoever reads it reads the connections")
	f.BoolVar(&call.json, "json", false, "write the report in JSON (docs/report-json.md) to standard output, and the running text to standard error")
	f.BoolVar(&call.markdown, "markdown", false, "likewise in Markdown, to paste into an issue")
	f.StringVar(&call.html, "html", "", "also write the report as a page, into `FILE`")
	addressFlags(f, &call.options.Options)
	answerFlags(f, &call.options.Options)
	protocolFlags(f, &call.options.Options)
	clientFlags(f, &call.options.Options)
	resumptionFlags(f, &call.options.Options)
	completeFlags(c)
	return c
}

func (call *listenCall) run() error {
	switch {
	case !call.explain:
		return usageError{errors.New("parley listen explains; without that it has nothing to do: leave --explain=false out")}
	case call.json && call.markdown:
		return usageError{errors.New("standard output has room for one report: choose --json or --markdown")}
	}
	o := call.options
	o.Tool, o.Text, o.Notes = "Parley "+whichVersion(), os.Stdout, os.Stderr
	if call.json || call.markdown {
		o.Text = os.Stderr
	}
	o.Style = report.TerminalOptions{Style: terminalStyle(o.Text.(*os.File)), All: true}
	r, err := listen.Run(o)
	if r == nil {
		return err
	}
	return errors.Join(err, call.write(r), call.save(r), verdict(r, nil))
}

// write writes the report where the running text is not enough.
func (call *listenCall) write(r *report.Report) error {
	switch {
	case call.json:
		return report.JSON(os.Stdout, r)
	case call.markdown:
		return report.Markdown(os.Stdout, r)
	}
	return nil
}

func (call *listenCall) save(r *report.Report) error {
	if call.html == "" {
		return nil
	}
	return save.File(call.html, slices.Concat(call.options.Certs, call.options.Keys), func(w io.Writer) error { return page.Write(w, r) })
}
