package proxy

import (
	"crypto/tls"
	"slices"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// A course is how a stream went so far, where permissions may have a part in it.
type course struct {
	first, last parley.State // when it began, and now
	hellos      []secondHello
	forgiven    []Leniency // what was put up with
}

// used are those of a permission's grants without which a stream would have gone
// otherwise, in the words of Grant.Words.
func (p *Permission) used(s *Settings, c course) (grants []string) {
	if !p.Match.proves(c.last) {
		return nil
	}
	g, state := p.Grant, c.first
	if state.Version < s.MinVersion && g.MinVersion != 0 && g.MinVersion <= state.Version {
		grants = append(grants, wire.Version(state.Version).String())
	}
	if state.Version < tls.VersionTLS13 && !slices.Contains(s.suites(), state.CipherSuite) && slices.Contains(g.Suites, state.CipherSuite) {
		grants = append(grants, wire.SuiteID(state.CipherSuite).String())
	}
	for _, h := range c.hellos {
		if word := g.gave(h, s.Policy); word != "" && !slices.Contains(grants, word) {
			grants = append(grants, word)
		}
	}
	for _, l := range c.forgiven {
		if slices.Contains(g.Leniencies, l) {
			grants = append(grants, string(l))
		}
	}
	return grants
}

// gave is the grant by which a second hello got what it got; empty: there is none.
func (g Grant) gave(h secondHello, policy parley.Policy) string {
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		if h.Kind != k.String() {
			continue
		}
		own, without := g.answer(k), usual(policy, k)
		// The line says accept of all that let the stream go on.
		got := h.Answer == own.String() || h.Answer == parley.AnswerAccept.String() || h.Answer == parley.AnswerIsolate.String()
		if own != parley.AnswerDefault && own != without && renego.More(k, without, own) == own && got {
			return k.String() + " " + own.String()
		}
	}
	return ""
}
