package upstream

import (
	"slices"
	"strings"
)

// A Route sends the streams that it fits to a backend.
type Route struct {
	SNI     []string // names, or *. and their domain, in lower case; none: any, and no name at all
	ALPN    []string // protocols; none: any, and none at all
	Backend *Backend
	Passes  bool // what it fits goes there as it came: its TLS is ended there
}

// String is a route as a line has it.
func (r Route) String() string {
	var who []string
	if len(r.SNI) > 0 {
		who = append(who, "sni "+strings.Join(r.SNI, " or "))
	}
	if len(r.ALPN) > 0 {
		who = append(who, "alpn "+strings.Join(r.ALPN, " or "))
	}
	if who == nil {
		who = []string{"everybody"}
	}
	if r.Passes {
		who = append(who, "unterminated")
	}
	return strings.Join(who, ", ") + " → " + r.Backend.String()
}

// Routes are looked at in their order.
type Routes []Route

// Ended are those whose streams' TLS is ended here.
func (r Routes) Ended() Routes {
	return slices.DeleteFunc(slices.Clone(r), func(one Route) bool { return one.Passes })
}

// Match is the first route that fits, or nil. The protocols are all that the client
// offers, before its handshake, or the one that was agreed on, after it.
func (r Routes) Match(name string, protocols []string) *Route {
	for i := range r {
		if r[i].fits(name, protocols) {
			return &r[i]
		}
	}
	return nil
}

// Knows says whether a route fits a name, by one protocol or another.
func (r Routes) Knows(name string) bool {
	return slices.ContainsFunc(r, func(one Route) bool { return one.names(name) })
}

func (r *Route) fits(name string, protocols []string) bool {
	return r.names(name) && (len(r.ALPN) == 0 || slices.ContainsFunc(protocols, func(p string) bool { return slices.Contains(r.ALPN, p) }))
}

func (r *Route) names(name string) bool {
	return len(r.SNI) == 0 || slices.ContainsFunc(r.SNI, func(pattern string) bool { return IsNamed(pattern, name) })
}

// IsNamed says whether a name is meant by a pattern, whose * is one label.
func IsNamed(pattern, name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if domain, ok := strings.CutPrefix(pattern, "*."); ok {
		_, rest, _ := strings.Cut(name, ".")
		return rest == domain
	}
	return name == pattern
}

// Shadowed says whether routes before one take all that it fits, so that it never
// matches.
func (r Routes) Shadowed(i int) bool {
	for _, name := range orAny(r[i].SNI) {
		for _, protocol := range orAny(r[i].ALPN) {
			if !slices.ContainsFunc(r[:i], func(before Route) bool { return before.covers(name, protocol) }) {
				return false
			}
		}
	}
	return true
}

// orAny has the one empty word stand for all words.
func orAny(words []string) []string {
	if len(words) == 0 {
		return []string{""}
	}
	return words
}

// covers says whether a route takes all of a pattern and a protocol; empty ones
// are all that there are.
func (r *Route) covers(name, protocol string) bool {
	return (len(r.SNI) == 0 || slices.ContainsFunc(r.SNI, func(pattern string) bool { return name != "" && (pattern == name || IsNamed(pattern, name)) })) &&
		(len(r.ALPN) == 0 || slices.Contains(r.ALPN, protocol))
}
