package config

import (
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/parley-tls/parley/internal/proxy/rehearse"
	"github.com/parley-tls/parley/internal/wire"
)

func (p Permitted) write(w io.Writer) {
	fmt.Fprintf(w, "permission %s at %s, tried as %s\n", wire.Printable(p.Permission), wire.Printable(p.Listener), wire.Printable(p.As))
	for _, c := range p.SecondHellos {
		fmt.Fprintf(w, "  second hello  %s %s, without it %s\n", c.Kind, c.With, c.Without)
	}
	fmt.Fprintln(w)
	if len(p.Clients) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  client\tversion\tsuite\twithout it")
	for _, c := range p.Clients {
		version, suite := got(c.With)
		without, _ := got(c.Without)
		if c.Without.Why == "" && c.Without.Version == c.With.Version {
			without = c.Without.Suite.String()
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", c.Name, version, suite, without)
	}
	_ = table.Flush() // w keeps its error
	fmt.Fprintln(w)
}

// got is what a client got, in two words.
func got(s rehearse.Served) (version, suite string) {
	if s.Why != "" {
		return "refused", wire.Printable(s.Why)
	}
	return s.Version.String(), s.Suite.String()
}
