package proxy

import (
	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// Idle are the parts of a grant that give less than everybody gets by these
// settings. Nothing comes of them: a permission takes nothing away.
func (p *Permission) Idle(s *Settings) (words []string) {
	g := p.Grant
	if g.MinVersion > max(s.MinVersion, uint16(wire.VersionTLS10)) {
		words = append(words, "min_version "+wire.Version(g.MinVersion).String())
	}
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		if a := g.answer(k); gives(k, usual(s.Policy, k), a) {
			words = append(words, k.String()+" "+a.String())
		}
	}
	return words
}

// Overruled are the answers of a permission that its clients never get, since all
// of them fit another one too, which gives more.
func (p *Permission) Overruled(by *Permission) (words []string) {
	if !by.Match.covers(p.Match) || !by.outlasts(p) {
		return nil
	}
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		if a := p.Grant.answer(k); gives(k, by.Grant.answer(k), a) {
			words = append(words, k.String()+" "+a.String())
		}
	}
	return words
}

// gives says whether one answer gives more to hellos of a kind than another one
// that is granted.
func gives(k parley.Kind, more, granted parley.Answer) bool {
	return granted != parley.AnswerDefault && more != parley.AnswerDefault && more != granted && renego.More(k, granted, more) == more
}
