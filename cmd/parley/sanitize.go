package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/share"
)

// A sanitizeCall is what parley sanitize was asked for.
type sanitizeCall struct {
	options       share.Options
	keys, keyLogs []string
}

func newSanitize() *cobra.Command {
	var call sanitizeCall
	c := &cobra.Command{
		Use:   "sanitize FILE -o OUT",
		Short: "Make a capture fit for a stranger, who can open all of it that you can",
		Long: `Sanitize makes a capture (pcap or pcapng, also gzip; - is standard input) anew. What
identifies somebody is replaced by something invented of the same length: addresses,
names, certificates, sessions, data. What --key and --keylog open is sealed again under
throw-away secrets, which the new file brings along; what they do not is overwritten.
Record sizes, types, order, times and all that goes wrong stay, so that parley diagnose
and Wireshark find in the new file what they find in the old one.

The new file is then searched for all that was replaced, and written only if none of it
is left. docs/sanitize.md says what still can be told from it.

Exit status: 0 written, 1 not written, 2 wrong use, 3 written, but the capture could be
read only in part.`,
		Example: `  parley sanitize capture.pcap --key server.key -o shared.pcapng
  parley sanitize capture.pcapng --keylog keys.log -o shared.pcapng --prefix-preserving --ports
  parley diagnose shared.pcapng`,
		Args: oneCapture,
		RunE: func(c *cobra.Command, args []string) error { return call.run(c, args[0]) },
	}
	o := &call.options
	f := c.Flags()
	f.SortFlags = false
	f.StringVarP(&o.Out, "output", "o", "", "`FILE` to write, in pcapng")
	f.StringArrayVar(&call.keys, "key", nil, "RSA private key of a server, in PEM, `FILE`; may be repeated")
	f.StringArrayVar(&call.keyLogs, "keylog", nil, "key log (SSLKEYLOGFILE), `FILE`; may be repeated")
	f.BoolVar(&o.PrefixPreserving, "prefix-preserving", false, "addresses of one network stay so (Crypto-PAn); without, they are numbered from the ranges for documentation")
	f.BoolVar(&o.Ports, "ports", false, "replace ports too, those of well-known services excepted")
	f.BoolVar(&o.KeepHTTPShape, "keep-http-shape", false, "of HTTP/1 keep methods, states, names and lengths of header fields")
	f.BoolVar(&o.NormaliseLengths, "normalise-lengths", false, "make records of application data as long as one of four sizes, so that their lengths tell little")
	return c
}

func (call *sanitizeCall) run(c *cobra.Command, name string) error {
	o := &call.options
	if o.Out == "" {
		return usageError{errors.New("where to? give the new capture a name with -o")}
	}
	var err error
	o.Read = slices.Concat(call.keys, call.keyLogs)
	if o.Keys, err = inspect.LoadKeys(call.keys, call.keyLogs); err != nil {
		return usageError{err}
	}
	ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	o.In, o.Stdin = name, os.Stdin
	account, proof, err := share.Sanitize(ctx, *o)
	if errors.Is(err, context.Canceled) {
		return errors.New("interrupted: nothing was written")
	}
	if err != nil {
		return err
	}
	if err := sanitize.Tell(os.Stdout, o.Out, account, proof); err != nil {
		return err
	}
	if account.Damage != "" {
		return partial{fmt.Errorf("%s: %s; what comes before is in %s", name, account.Damage, o.Out)}
	}
	return nil
}
