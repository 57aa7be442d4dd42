package inspect

import (
	"fmt"
	"net/netip"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
)

// A Filter chooses connections: all its conditions hold. The zero Filter chooses all.
type Filter struct {
	Numbers    []int // any of them; nil: any
	conditions []condition
}

type condition func(*diagnose.Diagnosis) bool

// filterKeys are the words before the equals sign, and what makes a condition of
// the text behind it.
var filterKeys = map[string]func(value string) (condition, error){
	"client": func(v string) (condition, error) {
		return address(v, func(d *diagnose.Diagnosis) netip.AddrPort { return d.Conversation.Client })
	},
	"server": func(v string) (condition, error) {
		return address(v, func(d *diagnose.Diagnosis) netip.AddrPort { return d.Conversation.Server })
	},
	"sni": func(v string) (condition, error) {
		return glob(v, func(d *diagnose.Diagnosis) []string { return []string{d.Facts.ServerName} })
	},
	"ja3": func(v string) (condition, error) {
		return glob(v, func(d *diagnose.Diagnosis) []string { return []string{d.Facts.JA3} })
	},
	"ja4": func(v string) (condition, error) {
		return glob(v, func(d *diagnose.Diagnosis) []string { return []string{d.Facts.JA4} })
	},
	"version": func(v string) (condition, error) {
		return glob(v, func(d *diagnose.Diagnosis) []string {
			return []string{d.Facts.Version, strings.TrimPrefix(d.Facts.Version, "TLS ")}
		})
	},
	"finding": func(v string) (condition, error) { return glob(v, ids) },
	"level":   level,
}

// FilterKeys lists the words that a condition may begin with.
func FilterKeys() []string {
	return []string{"client", "server", "sni", "finding", "level", "version", "ja3", "ja4"}
}

// Add adds a condition such as client=192.0.2.0/24 or finding=reneg-*.
func (f *Filter) Add(text string) error {
	key, value, found := strings.Cut(text, "=")
	build := filterKeys[strings.TrimSpace(key)]
	if !found || build == nil {
		return fmt.Errorf("%q is no condition; one is KEY=VALUE, with KEY one of %s", text, strings.Join(FilterKeys(), ", "))
	}
	c, err := build(strings.TrimSpace(value))
	if err != nil {
		return fmt.Errorf("%q: %w", text, err)
	}
	f.conditions = append(f.conditions, c)
	return nil
}

// Has reports whether the filter chooses a connection.
func (f Filter) Has(d *diagnose.Diagnosis) bool {
	if f.Numbers != nil && !slices.Contains(f.Numbers, d.Conversation.Number) {
		return false
	}
	for _, holds := range f.conditions {
		if !holds(d) {
			return false
		}
	}
	return true
}

func ids(d *diagnose.Diagnosis) []string {
	var all []string
	for _, f := range d.Findings {
		all = append(all, f.ID)
	}
	return all
}

// glob makes a condition of a pattern with * and ?, in either case of letters,
// which any of a connection's texts has to match.
func glob(pattern string, of func(*diagnose.Diagnosis) []string) (condition, error) {
	pattern = strings.ToLower(pattern)
	if _, err := path.Match(pattern, ""); err != nil || pattern == "" {
		return nil, fmt.Errorf("%q is no pattern; one is text with * for any letters and ? for any one", pattern)
	}
	return func(d *diagnose.Diagnosis) bool {
		return slices.ContainsFunc(of(d), func(text string) bool {
			ok, _ := path.Match(pattern, strings.ToLower(text))
			return ok
		})
	}, nil
}

func level(text string) (condition, error) {
	wanted := diagnose.Level(text)
	if !slices.Contains([]diagnose.Level{diagnose.Failure, diagnose.Risk, diagnose.Note}, wanted) {
		return nil, fmt.Errorf("a level is failure, risk or note")
	}
	return func(d *diagnose.Diagnosis) bool {
		return slices.ContainsFunc(d.Findings, func(f diagnose.Finding) bool { return f.Level == wanted })
	}, nil
}

// address makes a condition of an address, ADDRESS:PORT, a network or :PORT.
func address(text string, of func(*diagnose.Diagnosis) netip.AddrPort) (condition, error) {
	if network, err := netip.ParsePrefix(text); err == nil {
		return func(d *diagnose.Diagnosis) bool { return network.Contains(of(d).Addr().Unmap()) }, nil
	}
	if port, err := strconv.ParseUint(strings.TrimPrefix(text, ":"), 10, 16); err == nil && strings.HasPrefix(text, ":") {
		return func(d *diagnose.Diagnosis) bool { return of(d).Port() == uint16(port) }, nil
	}
	if both, err := netip.ParseAddrPort(text); err == nil {
		return func(d *diagnose.Diagnosis) bool { return of(d) == both }, nil
	}
	if alone, err := netip.ParseAddr(text); err == nil {
		return func(d *diagnose.Diagnosis) bool { return of(d).Addr().Unmap() == alone.Unmap() }, nil
	}
	return nil, fmt.Errorf("an address is 192.0.2.7, 192.0.2.7:443, 192.0.2.0/24 or :443")
}
