package proxy

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// maxPermits bounds the Configs that are kept, one for each set of permissions
// that some client had. A set beyond is made anew each time.
const maxPermits = 1024

// A permitter gives clients a Config with what they are permitted. Its forClient
// is parley.Config's.
type permitter struct {
	permissions []*Permission
	base        *parley.Config // everybody's
	now         func() time.Time

	mu   sync.Mutex // guards what follows
	kept map[string]*parley.Config
}

func newPermitter(permissions []*Permission, base *parley.Config) *permitter {
	return &permitter{permissions: permissions, base: base, now: time.Now, kept: map[string]*parley.Config{}}
}

func (p *permitter) forClient(_ context.Context, hello *parley.ClientInfo) (*parley.Config, error) {
	fitting := fittingOf(p.permissions, visitor{hello.RemoteAddr, hello.ServerName, hello.JA3, hello.JA4}, p.now())
	if len(fitting) == 0 {
		return nil, nil
	}
	key := ""
	for _, one := range fitting {
		key += one.Name + "\x00"
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	config, ok := p.kept[key]
	if !ok {
		config = p.permit(fitting)
		if len(p.kept) < maxPermits {
			p.kept[key] = config
		}
	}
	return config, nil
}

// fittingOf are the permissions that hold for a client, but for what its
// certificate may yet prove.
func fittingOf(all []*Permission, v visitor, now time.Time) (fitting []*Permission) {
	for _, p := range all {
		if !p.Ended(now) && p.Match.fits(v) {
			fitting = append(fitting, p)
		}
	}
	return fitting
}

// permit adds what is granted to everybody's Config.
func (p *permitter) permit(fitting []*Permission) *parley.Config {
	c := p.base.Clone()
	c.ForClient = nil
	var byCertificate []*Permission
	for _, one := range fitting {
		if len(one.Match.Certificate) > 0 {
			byCertificate = append(byCertificate, one)
			continue
		}
		one.Grant.addTo(c)
	}
	if len(byCertificate) > 0 {
		c.Answer = p.answerBy(byCertificate)
	}
	return c
}

// addTo grants. What the Config has already stays.
func (g Grant) addTo(c *parley.Config) {
	if g.MinVersion != 0 {
		c.MinVersion = min(c.MinVersion, g.MinVersion)
	}
	for _, id := range g.Suites {
		if c.CipherSuites == nil {
			c.CipherSuites = defaultNumbers()
		}
		if !slices.Contains(c.CipherSuites, id) {
			c.CipherSuites = append(c.CipherSuites[:len(c.CipherSuites):len(c.CipherSuites)], id)
		}
	}
	c.LenientPremaster = c.LenientPremaster || slices.Contains(g.Leniencies, PremasterVersion)
	if max(g.Secure, g.Reset, g.Bare, g.Restart) == 0 {
		return
	}
	policy := c.Policy // Strict would pass over what is granted
	policy.Strict = false
	for k, to := range map[parley.Kind]*parley.Answer{
		parley.KindSecure: &policy.Secure, parley.KindReset: &policy.Reset, parley.KindBare: &policy.Bare, parley.KindRestart: &policy.Restart,
	} {
		*to = renego.More(k, usual(c.Policy, k), g.answer(k))
	}
	c.Policy = policy
}

// answerBy grants answers to those whose certificate, in use when the hello came,
// proves that they are meant. What ended meanwhile is granted no more: it is
// another handshake.
func (p *permitter) answerBy(permissions []*Permission) func(context.Context, *parley.SecondHello) parley.Answer {
	return func(_ context.Context, hello *parley.SecondHello) parley.Answer {
		answer := hello.Default
		for _, one := range permissions {
			if !one.Ended(p.now()) && one.Match.proves(hello.State) {
				answer = renego.More(hello.Kind, answer, one.Grant.answer(hello.Kind))
			}
		}
		return answer
	}
}

func defaultNumbers() []uint16 {
	var out []uint16
	for _, id := range suite.Default() {
		out = append(out, uint16(id))
	}
	return out
}

// warnPermissions says at start which permissions weaken connections, and which
// are at their end.
func warnPermissions(log *slog.Logger, permissions []*Permission, now time.Time) {
	for _, p := range permissions {
		p.warnEnd(log, now)
		if p.Ended(now) {
			continue
		}
		for _, k := range []parley.Kind{parley.KindReset, parley.KindBare} {
			if a := p.Grant.answer(k); lasting(a) {
				log.Warn("second hellos of permitted clients are accepted with nothing that binds them to their connection: whoever can change the traffic of such a client can put words of his own before the client's",
					"permission", p.Name, k.String(), a.String())
			}
		}
		for _, l := range p.Grant.Leniencies {
			log.Warn(dangers[l].warning, "permission", p.Name, "leniency", string(l))
		}
		for _, id := range p.Grant.Suites {
			if weak := suite.ByID(wire.SuiteID(id)).Weak; weak != "" {
				log.Warn("a weak cipher suite is on for permitted clients", "permission", p.Name, "suite", wire.SuiteID(id).String(), "why", weak)
			}
		}
	}
}

// warnEnd says that a permission is at its end, or near it.
func (p *Permission) warnEnd(log *slog.Logger, now time.Time) {
	about := []any{"permission", p.Name, "owner", p.Owner, "until", p.LastDay()}
	switch {
	case p.Ended(now):
		log.Warn("a permission has ended: its clients get what everybody gets", append(about, "do", "take it out, or set until anew if they still need it")...)
	case p.Over(now):
		log.Warn("a permission is past its last day and still holds", append(about, "do", "update its clients and take it out, or set until anew")...)
	case p.EndsSoon(now):
		log.Warn("a permission ends soon", append(about, "days", p.DaysLeft(now), "after", p.After(), "do", "update its clients, or set until anew")...)
	}
}

// After says what comes after the last day.
func (p *Permission) After() string {
	if p.Ends {
		return "refuse"
	}
	return "warn"
}

// A remember tells the end of each permission once a day, when it is used.
type remember struct {
	mu   sync.Mutex
	told map[string]string // of names, the day
}

func (r *remember) tell(log *slog.Logger, p *Permission, now time.Time) {
	day := now.UTC().Format(time.DateOnly)
	r.mu.Lock()
	again := r.told[p.Name] == day
	if r.told == nil {
		r.told = map[string]string{}
	}
	r.told[p.Name] = day
	r.mu.Unlock()
	if !again {
		p.warnEnd(log, now)
	}
}
