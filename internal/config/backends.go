package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// backends are the entries of the file, checked. One that cannot be has something
// in its place, so that who names it is not found wrong for that.
func (d *Document) backends() (out []*upstream.Backend, problems Problems) {
	for _, name := range d.backendNames() {
		b, err := d.backendOptions(name).Check()
		if err != nil {
			problems = append(problems, d.backend(name, err))
			b = upstream.Single(upstream.Address{}, 0)
			b.Name = name
		}
		out = append(out, b)
	}
	return out, problems
}

func (d *Document) backendNames() []string { return slices.Sorted(maps.Keys(d.File.Backends)) }

func (d *Document) backendOptions(name string) proxy.BackendOptions {
	b := d.File.Backends[name]
	_, byTLS := d.places["backends."+name+".tls"]
	return proxy.BackendOptions{
		Name: name, Servers: b.Servers, SendProxy: b.SendProxy,
		TLS: byTLS, CA: d.beside(b.TLS.CA), ServerName: b.TLS.Name, Cert: d.beside(b.TLS.Cert), Key: d.beside(b.TLS.Key), Truncation: b.TLS.Truncation,
		Interval: b.Check.Interval, Timeout: b.Check.Timeout, Fall: b.Check.Fall, Rise: b.Check.Rise,
	}
}

// backend is what is wrong with an entry, of which the error names a key.
func (d *Document) backend(name string, err error) *Problem {
	var s *proxy.SettingError
	if !errors.As(err, &s) {
		return d.at("backends."+name, err.Error(), "")
	}
	problem := s.Problem
	if s.Value != "" {
		problem = fmt.Sprintf("%q: %s", shown(s.Value), problem)
	}
	return d.at("backends."+name+"."+s.Name, problem, s.Advice)
}

// unknownBackends finds names that no entry has, in a file that has entries. Words
// with a colon are addresses.
func (d *Document) unknownBackends(i int) (problems Problems) {
	l, names := d.File.Listeners[i], d.backendNames()
	if len(names) == 0 {
		return nil
	}
	look := func(key, word string) {
		if word == "" || strings.Contains(word, ":") || slices.Contains(names, word) {
			return
		}
		advice := "there are " + strings.Join(names, ", ") + "; an address has a port: HOST:PORT, or unix:PATH"
		if near := nearest(word, names); near != "" {
			advice = "did you mean " + near + "?"
		}
		problems = append(problems, d.at(fmt.Sprintf("listeners[%d].%s", i, key), fmt.Sprintf("%q: there is no backend of this name", shown(word)), advice))
	}
	look("backend", l.Backend)
	for j, r := range l.Routes {
		look(fmt.Sprintf("routes[%d].backend", j), r.Backend)
	}
	return problems
}

func (l Listener) routes() (out []proxy.RouteOptions) {
	for _, r := range l.Routes {
		out = append(out, proxy.RouteOptions{SNI: r.SNI, ALPN: r.ALPN, Backend: r.Backend, Terminate: r.Terminate})
	}
	return out
}

// readBackends reads the files of all entries, those that nobody uses too.
func (d *Document) readBackends() (problems Problems) {
	all, _ := d.backends() // they are right by now
	for _, b := range all {
		if err := proxy.CheckBackend(b); err != nil {
			problems = append(problems, d.at("backends."+b.Name+".tls", err.Error(), ""))
		}
	}
	return problems
}

// unusedBackends says which entries no listener names.
func (d *Document) unusedBackends() (warnings []string) {
	used := map[string]bool{}
	for _, l := range d.File.Listeners {
		used[l.Backend] = true
		for _, r := range l.Routes {
			used[r.Backend] = true
		}
	}
	for _, name := range d.backendNames() {
		if !used[name] {
			warnings = append(warnings, "the backend "+name+" is used by no listener: name it as backend, there or in a route, or take it out")
		}
	}
	return warnings
}
