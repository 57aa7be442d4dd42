package proxy

import (
	"fmt"
	"strings"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/wire"
)

// maxTold bounds the suites that String tells by name.
const maxTold = 4

// Words are all that a permission gives, in the words that its uses have too.
func (g Grant) Words() []string {
	return g.words(len(g.Suites))
}

// String is what a permission gives, in short.
func (g Grant) String() string { return strings.Join(g.words(maxTold), ", ") }

// words tell of more suites than so many only how many they are.
func (g Grant) words(most int) (out []string) {
	if g.MinVersion != 0 {
		out = append(out, wire.Version(g.MinVersion).String())
	}
	if n := len(g.Suites); n > most {
		out = append(out, fmt.Sprintf("%d suites", n))
	} else {
		for _, id := range g.Suites {
			out = append(out, wire.SuiteID(id).String())
		}
	}
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		if a := g.answer(k); a != 0 {
			out = append(out, k.String()+" "+a.String())
		}
	}
	for _, l := range g.Leniencies {
		out = append(out, string(l))
	}
	return out
}
