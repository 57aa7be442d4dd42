package proxy

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
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
	return func(ctx context.Context, hello *parley.SecondHello) parley.Answer {
		answer := hello.Default
		if p.base.Answer != nil { // what named clients have already stays
			answer = cmp.Or(p.base.Answer(ctx, hello), answer)
		}
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
