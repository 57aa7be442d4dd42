package proxy

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// A RouteOptions is a route as words.
type RouteOptions struct {
	SNI, ALPN []string // any of them; none: all clients
	Backend   string   // ADDR, unix:PATH or an entry's name
	Terminate string   // on or off; empty: on
}

// checkBackends finds where streams go. Words without a colon are names of
// entries, since no address is without.
func (o Options) checkBackends(s *Settings) error {
	header, err := choose("send-proxy", o.SendProxy, proxyVersions...)
	if err != nil {
		return err
	}
	if o.Backend != "" {
		if s.Backend, err = o.backend("backend", o.Backend, header); err != nil {
			return err
		}
	}
	for i, r := range o.Routes {
		route, err := o.route("routes["+strconv.Itoa(i)+"]", r, header)
		if err != nil {
			return err
		}
		s.Routes = append(s.Routes, route)
	}
	if header != 0 {
		return o.checkHeader(s)
	}
	return nil
}

// proxyVersions are those of the PROXY protocol.
var proxyVersions = []choice[upstream.Header]{{"v1", upstream.HeaderV1}, {"v2", upstream.HeaderV2}, {"v2-cert", upstream.HeaderV2Certificate}}

// backend finds what a word means.
func (o Options) backend(name, word string, header upstream.Header) (*upstream.Backend, error) {
	for _, entry := range o.Backends {
		if entry.Name == word {
			return entry, nil
		}
	}
	a, err := parseServer(name, word)
	if err != nil {
		return nil, err
	}
	return upstream.Single(upstream.Address(a), header), nil
}

// parseServer reads an address that can be dialled.
func parseServer(name, word string) (Address, error) {
	a, err := parseAddress(name, word)
	if err == nil && a.Network == "tcp" && strings.HasSuffix(a.Address, ":0") {
		err = &SettingError{Name: name, Value: word, Problem: "nothing listens on port 0", Advice: "name the backend's port"}
	}
	return a, err
}

func (o Options) route(name string, r RouteOptions, header upstream.Header) (out upstream.Route, err error) {
	for _, word := range r.SNI {
		pattern := strings.ToLower(word)
		if !nameForm.MatchString(pattern) {
			return out, &SettingError{Name: name + ".sni", Value: word, Problem: "this is not a name", Advice: "write one such as old.example, or *.old.example for all one label below it"}
		}
		out.SNI = append(out.SNI, pattern)
	}
	out.ALPN = r.ALPN
	if out.Backend, err = o.backend(name+".backend", r.Backend, header); err != nil {
		return out, err
	}
	out.Passes, err = r.passes(name, out.Backend)
	return out, err
}

// passes says whether a route's clients go to the backend as they come.
func (r RouteOptions) passes(name string, to *upstream.Backend) (bool, error) {
	passes, err := off(name+".terminate", r.Terminate)
	switch {
	case err != nil || !passes:
		return false, err
	case len(r.SNI) == 0:
		return false, &SettingError{Name: name + ".terminate", Value: r.Terminate, Problem: "no names are chosen", Advice: "write them under sni; to pass everybody through, use --mode observe"}
	case to.TLS != nil:
		return false, &SettingError{Name: name + ".backend", Value: r.Backend, Problem: "it is spoken to by TLS, and what is passed through is TLS already", Advice: "name an entry without tls"}
	}
	return true, nil
}

// checkHeader finds send-proxy where nobody is told anything by it.
func (o Options) checkHeader(s *Settings) error {
	all := s.backends()
	wrong := &SettingError{Name: "send-proxy", Value: o.SendProxy}
	switch {
	case len(all) == 0:
		wrong.Problem, wrong.Advice = "there is no backend to send it to", "name one with --backend, or leave --send-proxy out"
	case !slices.ContainsFunc(all, func(b *upstream.Backend) bool { return !slices.Contains(o.Backends, b) }):
		wrong.Problem, wrong.Advice = "the backends of this listener are entries, which say that themselves", "write it at backends."+all[0].Name
	default:
		return nil
	}
	return wrong
}

// backends are all that streams may go to, each once.
func (s *Settings) backends() (all []*upstream.Backend) {
	if s.Backend != nil {
		all = append(all, s.Backend)
	}
	for _, r := range s.Routes {
		if !slices.Contains(all, r.Backend) {
			all = append(all, r.Backend)
		}
	}
	return all
}

// backendFor is where a stream goes; nil: it is sent back, or where there are
// routes, refused.
func (s *Settings) backendFor(state parley.State) *upstream.Backend {
	if r := s.Routes.Ended().Match(state.ServerName, agreed(state)); r != nil {
		return r.Backend
	}
	return s.Backend
}

// agreed is the protocol that a handshake agreed on, if any.
func agreed(s parley.State) []string {
	if s.ALPN == "" {
		return nil
	}
	return []string{s.ALPN}
}

// echoes says whether what comes is sent back.
func (s *Settings) echoes() bool { return s.Backend == nil && len(s.Routes) == 0 }

// noRoute is the end of a stream that goes nowhere.
func noRoute(s parley.State) error {
	return &endError{word: endedError, text: fmt.Sprintf("no route fits the server name %q and the protocol %q, and the listener has no backend for the rest", s.ServerName, s.ALPN)}
}

// warnRoutes says which routes never have a stream.
func (s *Settings) warnRoutes(log *slog.Logger) {
	for i, r := range s.Routes {
		switch {
		case s.Routes.Shadowed(i):
			log.Warn("a route never has a stream: those before it take all that it fits", "route", r.String(), "number", i+1, "do", "put it before them, or take it out")
		case !r.Passes && len(r.ALPN) > 0 && !slices.ContainsFunc(r.ALPN, func(p string) bool { return slices.Contains(s.ALPN, p) }):
			log.Warn("a route never has a stream: the listener agrees on none of its protocols", "route", r.String(), "number", i+1, "do", "name them under alpn of the listener too")
		}
	}
	if s.Backend != nil && append(slices.Clone(s.Routes), upstream.Route{}).Shadowed(len(s.Routes)) {
		log.Warn("the backend of the listener never has a stream: its routes take all", "backend", s.Backend.String(), "do", "take it out, or have a route fit fewer clients")
	}
}
