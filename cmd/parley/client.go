package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/visit"
)

// A clientCall is what parley client was asked for.
type clientCall struct {
	options        visit.Options
	list, survey   bool
	json, markdown bool
}

func newClient() *cobra.Command {
	var call clientCall
	c := &cobra.Command{
		Use:   "client HOST:PORT",
		Short: "Meet a server as an old client does, well-behaved or not, and tell how it took it",
		Long: `Client connects to a server of yours as a real old client: its first hello to the byte,
and what the client is known to do on an open connection, or anything else that clients
have been seen to do. It draws what passed, says what it means, and how the server did.
It expects the server to echo; --request and --no-echo are for those that do not.

With --server-report it does a bounded set of such things, one connection after the
other, and says what this server does with clients like these.

It verifies no certificate and misbehaves on purpose: use it on servers of your own.

Exit status: 0 served, 1 the server cut the client off or refused, 2 wrong use, 3 there
was no connection. With --server-report: 0 nothing unsafe was
accepted, 1 something was.`,
		Example: `  parley client 127.0.0.1:8443
  parley client 127.0.0.1:8443 --as openssl-1.0.2r --do restart --write seen.pcapng
  parley client legacy.example:443 --as java-17 --do proper --request 'GET / HTTP/1.1\r\nHost: legacy.example\r\n\r\n'
  parley client 127.0.0.1:8443 --server-report
  parley client --list`,
		Args: func(c *cobra.Command, args []string) error { return call.arguments(c, args) },
		RunE: func(c *cobra.Command, args []string) error { return call.run(c, args) },
	}
	o := &call.options
	f := c.Flags()
	f.SortFlags = false
	f.BoolVar(&call.list, "list", false, "list profiles and behaviours, and where each was seen")
	f.StringVar(&o.As, "as", "", "the `PROFILE` to be (default founding)")
	f.StringVar(&o.Do, "do", "", "the `BEHAVIOUR` to show (default what the profile is known for, or none)")
	f.BoolVar(&call.survey, "server-report", false, "show many behaviours, one connection each, and report on the server")
	f.StringVar(&o.TLS, "tls", "", "highest `VERSION` to offer: SSL3.0, 1.0, 1.1, 1.2 (default the profile's)")
	f.StringArrayVar(&o.Suites, "suites", nil, "cipher suites to offer in place of the profile's, by IANA or OpenSSL `NAMES` with commas between them")
	f.BoolVar(&o.Trim, "trim", false, "leave out of the hello what this client cannot do, such as finite-field Diffie-Hellman")
	f.StringVar(&o.ServerName, "server-name", "", "`NAME` to ask for; none leaves it out (default the host, if it is a name and the profile's client asks for one)")
	f.StringVar(&o.Cert, "cert", "", "PEM `FILE` of a client certificate and its chain, perhaps with its key")
	f.StringVar(&o.Key, "key", "", "PEM `FILE` of its private key")
	f.StringVar(&o.Asked, "asked", "", "what to do when the server asks for a renegotiation: `REACTION` ignore, proper, decline, reset, bare, splice (default ignore)")
	f.StringVar(&o.Bytes, "bytes", "", "`COUNT` of bytes to send before and after, such as 4096 or 4MiB (default 64)")
	f.StringVar(&o.Request, "request", "", "what to send in their place: `TEXT`, with \\r and \\n for the ends of lines, or @FILE; what comes back is read")
	f.BoolVar(&o.NoEcho, "no-echo", false, "expect no echo: only read what comes")
	f.StringVar(&o.Times, "times", "", "`COUNT` of times to show the behaviour on the connection (default 1)")
	f.StringVar(&o.After, "after", "", "`DURATION` to wait before it, each time (default 0s)")
	f.StringVar(&o.Timeout, "timeout", "", "longest `DURATION` of any one wait (default 10s)")
	f.StringVar(&o.Write, "write", "", "record what passes, and its keys, in a new pcapng `FILE`; whoever reads it reads the connections")
	f.BoolVar(&call.json, "json", false, "write the result in JSON")
	f.BoolVar(&call.markdown, "markdown", false, "write it in Markdown, to paste into an issue")
	completeClient(c)
	completeFlags(c)
	return c
}

func (call *clientCall) arguments(c *cobra.Command, args []string) error {
	if len(args) == 1 && !call.list || len(args) == 0 && call.list {
		return nil
	}
	return usageError{fmt.Errorf("%s takes one HOST:PORT, or --list, but was given %d; see %s --help", c.CommandPath(), len(args), c.CommandPath())}
}

func (call *clientCall) run(c *cobra.Command, args []string) error {
	if err := exclusive(c, []string{"json", "markdown"}, []string{"do", "server-report"}, []string{"server-report", "times"}, []string{"server-report", "after"}); err != nil {
		return err
	}
	style := report.TerminalOptions{Style: terminalStyle(os.Stdout)}
	if call.list {
		if call.json {
			return visit.ListJSON(os.Stdout)
		}
		return visit.List(os.Stdout, style.Style)
	}
	o := call.options
	o.Address, o.Tool = args[0], "Parley "+whichVersion()
	plan, err := o.Check()
	if visit.IsAddress(err) {
		return usageError{err}
	}
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if call.survey {
		return call.report(ctx, plan, style)
	}
	return call.visit(ctx, plan, style)
}

func (call *clientCall) report(ctx context.Context, plan *visit.Plan, style report.TerminalOptions) error {
	visit.Introduce(os.Stderr, terminalStyle(os.Stderr), plan.SurveyIntent())
	s, err := plan.Survey(ctx)
	if err != nil {
		return unreached(err)
	}
	write := func() error { return s.Terminal(os.Stdout, style.Style) }
	switch {
	case call.json:
		write = func() error { return plan.SurveyJSON(os.Stdout, s) }
	case call.markdown:
		write = func() error { return s.Markdown(os.Stdout) }
	}
	if err := write(); err != nil {
		return err
	}
	if s.Unsafe() {
		return foundFailure{}
	}
	return nil
}

func (call *clientCall) visit(ctx context.Context, plan *visit.Plan, style report.TerminalOptions) error {
	visit.Introduce(os.Stderr, terminalStyle(os.Stderr), plan.Intent())
	v, err := plan.Run(ctx)
	if v == nil {
		return unreached(err)
	}
	return errors.Join(err, call.write(plan, v, style), outcomeOf(v))
}

func (call *clientCall) write(plan *visit.Plan, v *visit.Visit, style report.TerminalOptions) error {
	switch {
	case call.json:
		return plan.JSON(os.Stdout, v)
	case call.markdown:
		return plan.Markdown(os.Stdout, v)
	}
	return plan.Terminal(os.Stdout, v, style)
}

// outcomeOf says by the exit status whether the client was served.
func outcomeOf(v *visit.Visit) error {
	if v.Outcome == visit.Served {
		return nil
	}
	return foundFailure{}
}

// unreached says by the exit status that there was no connection.
func unreached(err error) error {
	var none visit.NoConnection
	if errors.As(err, &none) {
		return partial{err}
	}
	return err
}

// clientChoices are the words of the flags that take one of a few.
var clientChoices = map[string]func() []string{
	"as":    visit.ProfileNames,
	"do":    visit.BehaviourNames,
	"tls":   func() []string { return []string{"1.2", "1.1", "1.0", "SSL3.0"} },
	"asked": func() []string { return []string{"ignore", "proper", "decline", "reset", "bare", "splice"} },
}

// completeClient has a shell offer them, and nothing where HOST:PORT is due.
func completeClient(c *cobra.Command) {
	c.ValidArgsFunction = cobra.NoFileCompletions
	for name, words := range clientChoices {
		// It fails only for flags that are not there.
		_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words(), cobra.ShellCompDirectiveNoFileComp))
	}
}
