package config

import (
	"slices"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/rehearse"
	"github.com/parley-tls/parley/internal/wire"
)

// A Permitted is what a permission's clients get at a listener that others do not.
type Permitted struct {
	Permission, Listener string
	As                   string // how those came who were tried
	SecondHellos         []proxy.Change
	Clients              []Difference
}

// A Difference is what a known client gets with a permission, and without.
type Difference struct {
	Name          string
	With, Without rehearse.Served
}

// maxTries bounds the hellos that are played for permissions, so that a file with
// thousands of them is checked in time, too.
const maxTries = 20_000

// A trier has known clients meet the permissions of a file.
type trier struct {
	now         time.Time
	permissions []*proxy.Permission
	left        int // hellos
}

// at tries all permissions at a listener. One that only observes permits nothing.
func (t *trier) at(l Checked, s *proxy.Settings, p *proxy.Preview) (out []Permitted) {
	if s.Observe {
		return nil
	}
	config := p.Permitted(t.permissions, t.now)
	for _, one := range t.permissions {
		if one.Ended(t.now) || one.Match.Impossible([]*proxy.Settings{s}) != "" {
			continue
		}
		got := Permitted{Permission: one.Name, Listener: l.title(), As: one.Match.String(), SecondHellos: one.SecondHellos(s)}
		if g := one.Grant; g.MinVersion != 0 || len(g.Suites) > 0 {
			got.Clients = t.play(config, one.Match, l.Clients)
		}
		if len(got.SecondHellos)+len(got.Clients) > 0 {
			out = append(out, got)
		}
	}
	return out
}

// play has the clients that a match may mean say hello, and keeps those that get
// something else than they got without it.
func (t *trier) play(config *parley.Config, m proxy.Match, before []Client) (out []Difference) {
	from, name := m.Example()
	for i, p := range profiles.All() {
		hello := named(p.Hello, name)
		if !wears(hello, m.Fingerprint) {
			continue
		}
		if t.left--; t.left < 0 {
			return out
		}
		with := rehearse.Play(config, rehearse.Client{Hello: hello, Header: p.Header, From: from})
		if before := before[i].Served; with != before && (with.Why == "" || before.Why == "") {
			out = append(out, Difference{p.Name, with, before})
		}
	}
	return out
}

// named is a hello that asks for a name; one that can ask for none stays as it is.
func named(hello *wire.ClientHello, name string) *wire.ClientHello {
	if name == "" || hello.SSL2Format {
		return hello
	}
	out := *hello
	out.Extensions = slices.Clone(hello.Extensions)
	legacyclient.SetExtension(&out, wire.ServerNameExtension(name))
	out.Raw = out.Marshal()
	return &out
}

// wears says whether a hello has one of some fingerprints; of none, any.
func wears(hello *wire.ClientHello, fingerprints []string) bool {
	_, ja3 := hello.JA3()
	return len(fingerprints) == 0 || slices.Contains(fingerprints, ja3) || slices.Contains(fingerprints, hello.JA4())
}
