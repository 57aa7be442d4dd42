package proxy

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// Adds says whether a permission gives its clients anything that everybody does
// not get by these settings.
func (p *Permission) Adds(s *Settings) bool {
	g := p.Grant
	lower := g.MinVersion != 0 && g.MinVersion < s.MinVersion
	more := slices.ContainsFunc(g.Suites, func(id uint16) bool { return !slices.Contains(s.suites(), id) })
	forgives := slices.ContainsFunc(g.Leniencies, func(l Leniency) bool { return !s.forgives(l) })
	return lower || more || forgives || len(p.SecondHellos(s)) > 0
}

// suites are those that are on for everybody.
func (s *Settings) suites() []uint16 {
	if s.Suites == nil {
		return defaultNumbers()
	}
	return s.Suites
}

// forgives says whether everybody is forgiven something.
func (s *Settings) forgives(l Leniency) bool { return l == NoCloseNotify && s.CloseTruncated }

// A Change is another answer to a kind of second hello.
type Change struct {
	Kind          parley.Kind
	Without, With parley.Answer
}

// SecondHellos are the answers that a permission changes.
func (p *Permission) SecondHellos(s *Settings) (out []Change) {
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		without, own := usual(s.Policy, k), p.Grant.answer(k)
		if own != parley.AnswerDefault && own != without && renego.More(k, without, own) == own {
			out = append(out, Change{k, without, own})
		}
	}
	return out
}

// Suiteless says of a version that a permission opens that no cipher suite serves
// it there; zero: some does, or it opens none.
func (p *Permission) Suiteless(s *Settings) uint16 {
	v := p.Grant.MinVersion
	if v == 0 || v >= s.MinVersion {
		return 0
	}
	for _, id := range slices.Concat(s.suites(), p.Grant.Suites) {
		if one := suite.ByID(wire.SuiteID(id)); one != nil && one.MinVersion <= wire.Version(v) {
			return 0
		}
	}
	return v
}

// Covers says whether whoever fits another permission fits this one, and gets as
// much for as long.
func (p *Permission) Covers(other *Permission) bool {
	return p.Match.covers(other.Match) && p.Grant.covers(other.Grant) && p.outlasts(other)
}

// outlasts says whether a permission holds for as long as another one.
func (p *Permission) outlasts(other *Permission) bool {
	return !p.Ends || other.Ends && !p.Until.Before(other.Until)
}

func (m Match) covers(other Match) bool {
	return covered(m.From, other.From, func(wide, narrow netip.Prefix) bool {
		return wide.Bits() <= narrow.Bits() && wide.Contains(narrow.Addr())
	}) &&
		covered(m.SNI, other.SNI, func(wide, narrow string) bool { return wide == narrow || upstream.IsNamed(wide, narrow) }) &&
		covered(m.Certificate, other.Certificate, strings.EqualFold) &&
		covered(m.Fingerprint, other.Fingerprint, func(a, b string) bool { return a == b })
}

// covered says whether each of the narrow ones is in one of the wide ones. None
// at all are everybody.
func covered[T any](wide, narrow []T, in func(wide, narrow T) bool) bool {
	if len(wide) == 0 || len(narrow) == 0 {
		return len(wide) == 0
	}
	return !slices.ContainsFunc(narrow, func(n T) bool {
		return !slices.ContainsFunc(wide, func(w T) bool { return in(w, n) })
	})
}

func (g Grant) covers(other Grant) bool {
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		if a := other.answer(k); a != parley.AnswerDefault && renego.More(k, a, g.answer(k)) != g.answer(k) {
			return false
		}
	}
	return (other.MinVersion == 0 || g.MinVersion != 0 && g.MinVersion <= other.MinVersion) &&
		(len(other.Suites) == 0 || len(g.Suites) > 0 && covered(g.Suites, other.Suites, func(a, b uint16) bool { return a == b })) &&
		(len(other.Leniencies) == 0 || len(g.Leniencies) > 0 && covered(g.Leniencies, other.Leniencies, func(a, b Leniency) bool { return a == b }))
}
