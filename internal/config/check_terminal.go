package config

import (
	"bufio"
	"cmp"
	"crypto/x509"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// Terminal writes a check for people.
func (c *Check) Terminal(w io.Writer, now time.Time) error {
	b := bufio.NewWriter(w)
	for _, l := range c.Listeners {
		l.write(b, now)
	}
	for _, p := range c.Permitted {
		p.write(b)
	}
	for _, text := range c.Notes {
		fmt.Fprintf(b, "note     %s\n", wire.Printable(text))
	}
	for _, text := range c.Warnings {
		fmt.Fprintf(b, "warning  %s\n", wire.Printable(text))
	}
	fmt.Fprintln(b, c.summary())
	return b.Flush()
}

func (c *Check) summary() string {
	n := c.CountWarnings()
	if n == 0 {
		return c.Name + ": nothing is wrong."
	}
	return fmt.Sprintf("%s: parley serve takes it, with %s.", c.Name, count(n, "warning"))
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func (l Checked) write(w io.Writer, now time.Time) {
	title := l.Listen
	if l.Name != "" && l.Name != l.Listen {
		title = l.Name + ", " + l.Listen
	}
	as := "profile " + cmp.Or(l.Profile, "compatible")
	if l.Observed {
		as = "observed: passed through unterminated"
	}
	fmt.Fprintf(w, "%s → %s, %s\n", title, l.goal(), as)
	for _, text := range l.Warnings {
		fmt.Fprintf(w, "  warning       %s\n", wire.Printable(text))
	}
	for _, r := range l.Routes {
		fmt.Fprintf(w, "  route         %s\n", wire.Printable(r))
	}
	for _, c := range l.Certificates {
		fmt.Fprintf(w, "  certificate   %s\n", describe(c, now))
	}
	for _, r := range l.Lists {
		fmt.Fprintf(w, "  revocation    %s, %d revoked, until %s (%s)\n", shown(r.Issuer), r.Revoked, r.Next.UTC().Format(time.DateOnly), daysTo(r.Next, now))
	}
	if l.Observed {
		fmt.Fprint(w, "  every client  what the backend answers\n\n")
		return
	}
	var answers []string
	for _, a := range l.Answers {
		answers = append(answers, a.Kind.String()+" "+a.Answer.String())
	}
	fmt.Fprintf(w, "  second hello  %s\n", strings.Join(answers, ", "))
	if l.Trial != "" {
		fmt.Fprintf(w, "  trial         %s; of the first hellos below it would refuse %s\n", wire.Printable(l.Trial), cmp.Or(strings.Join(l.Tried, ", "), "none"))
	}
	fmt.Fprintln(w)
	l.writeClients(w)
}

// goal is where streams go that no route has.
func (l Checked) goal() string {
	if l.Backend == "" && len(l.Routes) > 0 {
		return "its routes, and none else"
	}
	return cmp.Or(l.Backend, "back to the client")
}

// describe says of a certificate whose it is, of which kind, and for how long.
func describe(c *x509.Certificate, now time.Time) string {
	return fmt.Sprintf("%s, %s, until %s (%s)", shown(c.Subject.String()), c.PublicKeyAlgorithm, c.NotAfter.UTC().Format(time.DateOnly), daysTo(c.NotAfter, now))
}

// daysTo says how many whole days are left.
func daysTo(end, now time.Time) string { return count(int(end.Sub(now).Hours()/24), "day") }

func (l Checked) writeClients(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  client\tversion\tsuite")
	if l.Modern {
		fmt.Fprintln(table, "  any of TLS 1.3\tTLS 1.3\tthose of Go's crypto/tls")
	}
	for _, c := range l.Clients {
		if c.Why != "" {
			fmt.Fprintf(table, "  %s\trefused\t%s\n", c.Name, wire.Printable(c.Why))
			continue
		}
		fmt.Fprintf(table, "  %s\t%s\t%s\n", c.Name, c.Version, c.Suite)
	}
	_ = table.Flush() // w keeps its error
	fmt.Fprintln(w)
}
