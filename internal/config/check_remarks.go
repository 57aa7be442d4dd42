package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/wire"
)

// remarks are what is odd about permissions, of which none is an error.
func (t *trier) remarks(all []*proxy.Settings) (warnings []string) {
	all = slices.DeleteFunc(slices.Clone(all), func(s *proxy.Settings) bool { return s.Observe })
	for i, p := range t.permissions {
		if p.Ended(t.now) {
			continue
		}
		for _, text := range t.oddities(i, all) {
			warnings = append(warnings, fmt.Sprintf("permission %q %s", p.Name, text))
		}
	}
	if t.left < 0 {
		warnings = append(warnings, fmt.Sprintf("not all permissions were tried: that would be more than %d hellos", maxTries))
	}
	return warnings
}

func (t *trier) oddities(i int, all []*proxy.Settings) (out []string) {
	p := t.permissions[i]
	if len(all) == 0 {
		return []string{"means nobody: every listener only observes"}
	}
	if why := p.Match.Impossible(all); why != "" {
		return []string{"means nobody: " + why}
	}
	if !slices.ContainsFunc(all, p.Adds) {
		return []string{"gives nothing that everybody does not get on every listener; take it out"}
	}
	if j := t.covering(i); j >= 0 {
		return []string{fmt.Sprintf("is part of %q: whoever it means gets as much by that, for as long; take it out", t.permissions[j].Name)}
	}
	for _, other := range t.permissions {
		if words := p.Overruled(other); len(words) > 0 && !other.Ended(t.now) {
			out = append(out, fmt.Sprintf("says %s, but whoever it means gets more by %q", strings.Join(words, ", "), other.Name))
		}
	}
	if words := idleEverywhere(p, all); len(words) > 0 {
		out = append(out, fmt.Sprintf("says %s, but everybody gets more: a permission takes nothing away", strings.Join(words, ", ")))
	}
	for _, s := range all {
		if v := p.Suiteless(s); v != 0 {
			out = append(out, fmt.Sprintf("opens %s at %s, and no cipher suite that serves it; grant suites, too", wire.Version(v), cmp.Or(s.Name, s.Listen.String())))
		}
	}
	return out
}

// covering finds a permission that makes another one needless; of two that are
// alike the first. -1: there is none.
func (t *trier) covering(i int) int {
	p := t.permissions[i]
	return slices.IndexFunc(t.permissions, func(other *proxy.Permission) bool {
		return other != p && !other.Ended(t.now) && other.Covers(p) && (!p.Covers(other) || slices.Index(t.permissions, other) < i)
	})
}

// idleEverywhere are the parts of a grant of which nothing comes on any listener.
func idleEverywhere(p *proxy.Permission, all []*proxy.Settings) []string {
	words := p.Idle(all[0])
	for _, s := range all[1:] {
		idle := p.Idle(s)
		words = slices.DeleteFunc(words, func(w string) bool { return !slices.Contains(idle, w) })
	}
	return words
}
