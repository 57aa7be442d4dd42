package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/inventory"
)

func newClients() *cobra.Command {
	var form clientsForm
	clients := &cobra.Command{
		Use:   "clients (--admin unix:PATH | --file FILE)",
		Short: "List the clients of a server, the weakest first, and what each needs",
		Long: `Clients lists who came to a parley serve: a line for each source, first hello, and
server name or certificate, the weakest first. It says when each was seen last, what
the weakest thing is that it used, and the least settings that serve it. They are held
against the trial of their listener, or a profile: "!" marks those that it would not
serve.

The running server is asked at --admin; --file reads the file that its setting
inventory names, whether or not it runs.

--suggest writes permissions that serve those which the profile would not, ready for
the configuration file but for what only a person knows. --trial tells whom the trials
of the listeners would have refused.`,
		Example: `  parley clients --admin unix:/run/parley/admin.sock
  parley clients --file /var/lib/parley/clients.db --weak --since 168h
  parley clients --admin unix:/run/parley/admin.sock --needs reset --csv > reset.csv
  parley clients --admin unix:/run/parley/admin.sock --suggest`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			return form.write(c.OutOrStdout(), screenWidth(os.Stdout), time.Now())
		},
	}
	f := clients.Flags()
	f.SortFlags = false
	f.StringVar(&form.admin, "admin", "", "`ADDR` of the server's admin socket, unix:PATH")
	f.StringVar(&form.file, "file", "", "`FILE` that a server keeps its inventory in")
	f.StringVar(&form.profile, "profile", "", "`NAME` of the profile that clients are held against: modern, compatible, museum (default: the listener's trial, or modern)")
	f.BoolVar(&form.weak, "weak", false, "only those that it would not serve")
	f.StringVar(&form.needs, "needs", "", "only those that it would not serve for this `KEY`: "+strings.Join(inventory.Keys, ", "))
	f.StringVar(&form.finding, "finding", "", "only those of which there is this finding, by its `ID`")
	f.StringVar(&form.source, "source", "", "only those from this network, a `CIDR` or an address")
	f.StringVar(&form.since, "since", "", "only those that were seen since `WHEN`: a date such as 2026-11-01, or a duration such as 24h")
	f.BoolVar(&form.trial, "trial", false, "tell whom the trials of the listeners would have refused, by source and finding")
	f.BoolVar(&form.suggest, "suggest", false, "write permissions that serve those which the profile would not")
	f.BoolVar(&form.csv, "csv", false, "as a table for spreadsheets, with everything")
	f.BoolVar(&form.json, "json", false, "as JSON, with everything")
	return clients
}

// A clientsForm says where clients come from, which, and how they are written.
type clientsForm struct {
	admin, file                   string
	profile                       string
	weak                          bool
	needs, finding, source, since string
	trial, suggest, csv, json     bool
}

func (form clientsForm) write(w io.Writer, width int, now time.Time) error {
	filter, err := form.filter(now)
	if err != nil {
		return usageError{err}
	}
	against, err := proxy.ProfileOffer(cmp.Or(form.profile, "modern"))
	if err != nil {
		return err
	}
	list := &inventory.List{Against: against, Now: now}
	if err = form.fill(list); err != nil {
		return err
	}
	list.Choose(filter)
	switch {
	case form.trial:
		return list.TrialTable(w)
	case form.suggest:
		return list.Suggest(w)
	case form.csv:
		return list.CSV(w)
	case form.json:
		return list.JSON(w)
	}
	return list.Table(w, width)
}

// fill asks a server, or reads a file. A listener's trial goes before the profile
// that nobody asked for.
func (form clientsForm) fill(list *inventory.List) (err error) {
	if form.file != "" {
		list.Clients, err = inventory.Read(form.file)
		return err
	}
	now, err := proxy.AskClients(form.admin)
	if err != nil {
		return err
	}
	list.Clients = now.Clients
	if form.profile == "" {
		list.Trials = now.Trials
	}
	return nil
}

func (form clientsForm) filter(now time.Time) (f inventory.Filter, err error) {
	forms := slices.DeleteFunc([]bool{form.trial, form.suggest, form.csv, form.json}, func(b bool) bool { return !b })
	switch {
	case (form.admin == "") == (form.file == ""):
		return f, errors.New("name the server's admin socket with --admin, or the file of its inventory with --file")
	case len(forms) > 1:
		return f, errors.New("--trial, --suggest, --csv and --json are different forms of the same; choose one")
	case form.needs != "" && !slices.Contains(inventory.Keys, form.needs):
		return f, fmt.Errorf("--needs %q: there is no such key; use one of %s", form.needs, strings.Join(inventory.Keys, ", "))
	}
	f = inventory.Filter{Weak: form.weak, Needs: form.needs, Finding: form.finding}
	if f.Source, err = sourceOf(form.source); err != nil {
		return f, err
	}
	f.Since, err = sinceOf(form.since, now)
	return f, err
}

func sourceOf(word string) (netip.Prefix, error) {
	if word == "" {
		return netip.Prefix{}, nil
	}
	if a, err := netip.ParseAddr(word); err == nil {
		return netip.PrefixFrom(a.Unmap().WithZone(""), a.Unmap().BitLen()), nil
	}
	p, err := netip.ParsePrefix(word)
	if err != nil {
		return p, fmt.Errorf("--source %q: this is neither an address nor a network; write one such as 192.0.2.0/24", word)
	}
	return p, nil
}

func sinceOf(word string, now time.Time) (time.Time, error) {
	if word == "" {
		return time.Time{}, nil
	}
	if d, err := time.ParseDuration(word); err == nil && d >= 0 {
		return now.Add(-d), nil
	}
	day, err := time.Parse(time.DateOnly, word)
	if err != nil {
		return day, fmt.Errorf("--since %q: this is neither a date nor a duration; write one such as 2026-11-01 or 24h", word)
	}
	return day, nil
}
