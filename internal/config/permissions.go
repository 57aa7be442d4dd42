package config

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/usage"
	"github.com/parley-tls/parley/internal/wire"
)

// Permissions are those of the file, checked.
func (d *Document) Permissions() ([]*proxy.Permission, error) {
	all, err := d.Settings()
	if err != nil {
		return nil, err
	}
	return all[0].Permissions, nil
}

func (d *Document) permissions() (out []*proxy.Permission, problems Problems) {
	names := map[string]int{}
	for i, p := range d.File.Permissions {
		path := fmt.Sprintf("permissions[%d]", i)
		if j, again := names[p.Name]; again {
			problems = append(problems, d.at(join(path, "name"), fmt.Sprintf("permissions[%d] has the same name", j), "give each permission a name of its own"))
		}
		names[p.Name] = i
		if len(p.Match.Certificate) > 0 && !slices.ContainsFunc(d.File.Listeners, func(l Listener) bool { return cmp.Or(l.ClientAuth.Mode, "none") != "none" }) {
			problems = append(problems, d.at(join(path, "match.certificate"), "no listener asks for a certificate, so that nobody is ever meant", "set client_auth of a listener"))
		}
		checked, err := p.options().Check()
		if err != nil {
			problems = append(problems, d.permission(path, err))
			continue
		}
		out = append(out, checked)
	}
	return out, problems
}

// unknownPermissions are those that a trial would do without and that there are not.
func (d *Document) unknownPermissions() (problems Problems) {
	names := []string{"all"}
	for _, p := range d.File.Permissions {
		names = append(names, p.Name)
	}
	for i, l := range d.File.Listeners {
		for j, name := range l.Trial.Without {
			if slices.Contains(names, name) {
				continue
			}
			advice := "name one of permissions, or all"
			if near := nearest(name, names); near != "" {
				advice = fmt.Sprintf("did you mean %s?", near)
			}
			problems = append(problems, d.at(fmt.Sprintf("listeners[%d].trial.without[%d]", i, j), fmt.Sprintf("%q: there is no such permission", shown(name)), advice))
		}
	}
	return problems
}

func (p Permission) options() proxy.PermissionOptions {
	return proxy.PermissionOptions{
		Name: p.Name, Owner: p.Owner, Reason: p.Reason, Until: p.Until, After: p.After,
		From: p.Match.From, SNI: p.Match.SNI, Certificate: p.Match.Certificate, Fingerprint: p.Match.Fingerprint,
		MinVersion: p.Grant.MinVersion, Suites: p.Grant.Suites,
		Secure: p.Grant.Secure, Reset: p.Grant.Reset, Bare: p.Grant.Bare, Restart: p.Grant.Restart,
		Leniencies: p.Grant.Leniencies,
	}
}

// permission is what PermissionOptions.Check said, which names keys by itself.
func (d *Document) permission(path string, err error) *Problem {
	var s *proxy.SettingError
	if !errors.As(err, &s) {
		return d.at(path, err.Error(), "")
	}
	problem := s.Problem
	if s.Value != "" {
		problem = fmt.Sprintf("%q: %s", s.Value, problem)
	}
	return d.at(join(path, s.Name), problem, s.Advice)
}

// WritePermissions lists permissions for people, those first that end first, with
// their use if it is known.
func WritePermissions(w io.Writer, all []*proxy.Permission, uses Uses, now time.Time) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "There are no permissions: everybody gets the same.")
		return err
	}
	b := bufio.NewWriter(w)
	for _, p := range inOrderOfEnd(all) {
		fmt.Fprintf(b, "%s: until %s, %s\n", wire.Printable(p.Name), p.LastDay(), left(p, now))
		rows := [][2]string{{"gives", p.Grant.String()}, {"to", p.Match.String()}, {"owner", p.Owner}, {"reason", p.Reason}}
		if uses.From != "" {
			rows = append(rows, usedRows(uses.of(p.Name), now)...)
		}
		for _, row := range rows {
			fmt.Fprintf(b, "  %-6s  %s\n", row[0], wire.Printable(row[1]))
		}
	}
	if uses.From == "" {
		fmt.Fprintln(b, "Their use is not known: name the server's admin socket with --admin, or the file of permission_uses in the configuration.")
	}
	return b.Flush()
}

func usedRows(s *usage.Summary, now time.Time) [][2]string {
	rows := [][2]string{{"used", used(s, now)}}
	if s != nil && len(s.Grants) > 0 {
		rows = append(rows, [2]string{"", parts(s)})
	}
	return rows
}

// left says how many days are left and what comes then, or what became of a
// permission since.
func left(p *proxy.Permission, now time.Time) string {
	switch {
	case p.Ended(now):
		return "EXPIRED: its clients get what everybody gets"
	case p.Over(now):
		return "EXPIRED, but it still holds, and the log warns of it"
	case p.Ends:
		return count(p.DaysLeft(now), "day") + " left, and then its clients get what everybody gets"
	}
	return count(p.DaysLeft(now), "day") + " left, and then it holds on with warnings"
}
