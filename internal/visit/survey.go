package visit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/legacyclient/profiles"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Survey is what a server does with clients like these.
type Survey struct {
	Address     string
	Profile     string
	Began       time.Time
	Connections int // made
	Versions    []VersionRow
	Suites      []wire.SuiteID // taken at the highest version, in the order in which the server took them
	Rows        []Row
	// Broken says why the survey ended before its end; empty: it did not.
	Broken string
}

// A VersionRow says whether a server takes a version of TLS.
type VersionRow struct {
	Name  string // "TLS 1.2", "a hello in the format of SSL 2.0"
	Taken bool
	Was   string // how it was refused; empty: it was taken
}

// A Row is what came of one behaviour.
type Row struct {
	Behaviour string
	Version   wire.Version
	Visit     *Visit
	Meaning
}

// surveyed are the versions that behaviours are shown at, where the server takes
// them: servers answer the founding client differently at each.
var surveyed = []wire.Version{wire.VersionTLS12, wire.VersionTLS10}

// versions are those that it tries.
var versions = []wire.Version{wire.VersionTLS12, wire.VersionTLS11, wire.VersionTLS10, wire.VersionSSL30}

// mostConnections bounds a survey: a connection for each version, the format of
// SSL 2.0 and TLS 1.3; for each suite and one that finds no further; for each
// probe, at each version if its answers may differ.
func mostConnections() int {
	n := len(versions) + 2 + len(suite.All()) + 1
	for _, p := range probes {
		n++
		if !p.once {
			n += len(surveyed) - 1
		}
	}
	return n
}

// SurveyIntent says what is going to be done.
func (p *Plan) SurveyIntent() string {
	return fmt.Sprintf("A report on %s with the hello of %s: at most %d connections, one after the other, to this address only. It may take a minute.", p.address, p.profile, mostConnections())
}

// Survey makes the connections, and records them if the plan says so. The error is
// one of this side or of the network; what was seen until then is given with it.
func (p *Plan) Survey(ctx context.Context) (*Survey, error) {
	t, err := p.newTape()
	if err != nil {
		return nil, err
	}
	s := &Survey{Address: p.address, Profile: p.profile, Began: p.began}
	g := &surveyor{journey: p.journey(t), survey: s, ctx: ctx}
	err = g.run()
	s.Connections = g.count
	if closed := t.Close(); closed != nil {
		err = errors.Join(err, fmt.Errorf("--write: %w", closed))
	}
	var none NoConnection
	if errors.As(err, &none) && s.Connections > 0 {
		s.Broken, err = "the server could not be reached any more: "+none.Error(), nil
	}
	return s, err
}

// A surveyor is a survey under way.
type surveyor struct {
	*journey
	survey *Survey
	ctx    context.Context
	taken  []wire.Version
}

func (g *surveyor) run() error {
	for _, step := range []func() error{g.tryVersions, g.trySSL2, g.tryTLS13, g.trySuites, g.tryProbes} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// plain is a call of a client that offers all that it can do, up to a version.
func (g *surveyor) plain(v wire.Version) call {
	c := g.plan.call
	b, _ := Named("none")
	c.profile, c.behaviour, c.times = "", b, 1
	c.exchange = exchange{}
	c.options = legacyclient.Options{
		Version: v, MinVersion: v, ServerName: c.options.ServerName, Certificate: c.options.Certificate,
		SessionTickets: true, Lenient: true,
	}
	return c
}

func (g *surveyor) tryVersions() error {
	for _, v := range versions {
		visit, err := g.visit(g.ctx, g.plain(v))
		if err != nil {
			return err
		}
		row := VersionRow{Name: v.String(), Taken: visit.Handshakes > 0}
		if row.Taken {
			g.taken = append(g.taken, v)
		} else {
			row.Was = visit.Was()
			if visit.Outcome == GaveUp {
				row.Was = "the server chose another"
			}
		}
		g.survey.Versions = append(g.survey.Versions, row)
	}
	return nil
}

// trySSL2 begins as clients did that still knew SSL 2.0. Where that is answered
// with a ServerHello it is taken.
func (g *surveyor) trySSL2() error {
	p, _ := profiles.Named("openssl-1.0.1j-ssl2")
	c := g.plain(wire.VersionTLS12)
	c.options = p.Options(legacyclient.Options{Certificate: c.options.Certificate})
	visit, err := g.visit(g.ctx, c)
	if err != nil {
		return err
	}
	row := VersionRow{Name: "a hello in SSL 2.0's format", Taken: visit.Handshakes > 0 || visit.Outcome == Unspoken}
	if !row.Taken {
		row.Was = visit.Was()
	}
	g.survey.Versions = append(g.survey.Versions, row)
	return nil
}

// trySuites offers what the server has not taken yet, until it takes none.
func (g *surveyor) trySuites() error {
	if len(g.taken) == 0 {
		return nil
	}
	c := g.plain(g.taken[0])
	for _, s := range suite.All() {
		if s.MinVersion <= g.taken[0] {
			c.options.Suites = append(c.options.Suites, s.ID)
		}
	}
	for len(c.options.Suites) > 0 {
		visit, err := g.visit(g.ctx, c)
		if err != nil {
			return err
		}
		if visit.Handshakes == 0 {
			return nil
		}
		took := visit.suite
		g.survey.Suites = append(g.survey.Suites, took)
		c.options.Suites = slices.DeleteFunc(slices.Clone(c.options.Suites), func(id wire.SuiteID) bool { return id == took })
	}
	return nil
}

// tryProbes shows each behaviour at each version.
func (g *surveyor) tryProbes() error {
	able := slices.DeleteFunc(slices.Clone(g.taken), func(v wire.Version) bool { return v > g.plan.known.Hello.Version })
	shown := slices.DeleteFunc(slices.Clone(able), func(v wire.Version) bool { return !slices.Contains(surveyed, v) })
	if len(shown) == 0 && len(able) > 0 {
		shown = able[:1]
	}
	for _, v := range shown {
		for _, p := range probes {
			if p.once && v != shown[0] {
				continue
			}
			visit, err := g.visit(g.ctx, g.probing(p, v))
			if err != nil {
				return err
			}
			g.survey.Rows = append(g.survey.Rows, Row{Behaviour: p.name, Version: v, Visit: visit, Meaning: p.means(visit)})
			if p.name == "none" && visit.Outcome != Served {
				break // nothing can be shown to a server that does not serve this client at all
			}
		}
	}
	return nil
}

func (g *surveyor) probing(p probe, v wire.Version) call {
	c := g.plan.call
	c.behaviour, c.times, c.after = p.behaviour(), 1, 0
	if p.waits {
		// As usual it is 10 seconds, which is what servers wait, too: parley serve does.
		c.timeout += c.timeout / 2
	}
	profile := g.plan.known.At(v).Trimmed()
	o := legacyclient.Options{ServerName: c.options.ServerName, Certificate: c.options.Certificate, Lenient: true}
	c.options = profile.Options(o)
	c.options.MinVersion = v
	return c
}

// Unsafe reports whether the server accepted what no server should.
func (s *Survey) Unsafe() bool {
	return slices.ContainsFunc(s.Rows, func(r Row) bool { return r.Level == Vulnerable })
}
