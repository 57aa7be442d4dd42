package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/usage"
	"github.com/parley-tls/parley/internal/wire"
)

// Uses are what is known of the uses of permissions.
type Uses struct {
	From   string // who counted them; empty: they are not known
	ByName map[string]usage.Summary
}

// of is what is known of one; nil: nothing.
func (u Uses) of(name string) *usage.Summary {
	if s, known := u.ByName[name]; known {
		return &s
	}
	return nil
}

// Uses are those that a server counted: the one that has an admin socket, or else
// the one that writes the file that the configuration names. Without either they
// are not known, which is no error.
func (d *Document) Uses(admin string) (Uses, error) {
	if admin != "" {
		all, err := proxy.AskPermissionUses(admin)
		return Uses{admin, all}, err
	}
	file := d.beside(d.File.PermissionUses)
	if file == "" {
		return Uses{}, nil
	}
	all, err := usage.Read(file)
	if err != nil || all == nil {
		return Uses{}, err
	}
	return Uses{file, usage.Summaries(all)}, nil
}

// used tells of a permission's use in a sentence.
func used(s *usage.Summary, now time.Time) string {
	switch {
	case s == nil:
		return "not counted yet"
	case s.Uses == 0:
		return "never in the " + count(s.DaysCounted(now), "day") + " that it is counted"
	}
	return fmt.Sprintf("by %s from %s, last on %s; counted for %s", count(int(s.Uses), "connection"), sources(s), s.Last.UTC().Format(time.DateOnly), count(s.DaysCounted(now), "day"))
}

func sources(s *usage.Summary) string {
	if s.MoreSources {
		return "more than " + count(s.Sources, "source")
	}
	return count(s.Sources, "source")
}

// parts are the parts of a grant that were used, those used most first.
func parts(s *usage.Summary) string {
	type part struct {
		word string
		n    uint64
	}
	var all []part
	for word, n := range s.Grants {
		all = append(all, part{word, n})
	}
	slices.SortFunc(all, func(a, b part) int { return cmp.Or(cmp.Compare(b.n, a.n), strings.Compare(a.word, b.word)) })
	var out []string
	for _, p := range all {
		out = append(out, fmt.Sprintf("%d × %s", p.n, wire.Printable(p.word)))
	}
	return strings.Join(out, ", ")
}

// inOrderOfEnd has those first that end first.
func inOrderOfEnd(all []*proxy.Permission) []*proxy.Permission {
	return slices.SortedStableFunc(slices.Values(all), func(a, b *proxy.Permission) int { return a.Until.Compare(b.Until) })
}
