package proxy

import (
	"os"
	"strings"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
)

// Whatever weakens a connection has its price told, in SECURITY.md's words.
func TestEveryDangerIsToldAsSecuritySays(t *testing.T) {
	page, err := os.ReadFile("../../SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	all := Grant{MinVersion: 0x0301, Leniencies: leniencies}
	for _, s := range suite.All() {
		all.Suites = append(all.Suites, uint16(s.ID))
	}
	dangers := all.Dangers()
	harmless := map[parley.Answer]bool{parley.AnswerRefuse: true, parley.AnswerAbort: true}
	for _, k := range []parley.Kind{parley.KindReset, parley.KindBare, parley.KindRestart} {
		for _, a := range renego.Allowed(k) {
			g := Grant{}
			*map[parley.Kind]*parley.Answer{parley.KindReset: &g.Reset, parley.KindBare: &g.Bare, parley.KindRestart: &g.Restart}[k] = a
			if (len(g.Dangers()) == 0) != harmless[a] {
				t.Errorf("%s %s costs %v", k, a, g.Dangers())
			}
			dangers = append(dangers, g.Dangers()...)
		}
	}
	for _, d := range dangers {
		if d.Costs == "" || !strings.Contains(string(page), d.Costs) {
			t.Errorf("SECURITY.md does not say of %s: %s", d.Grant, d.Costs)
		}
	}
	if d := (Grant{MinVersion: 0x0303, Secure: parley.AnswerAccept, Suites: []uint16{0xc02f}}).Dangers(); len(d) != 0 {
		t.Errorf("what costs nothing costs %v", d)
	}
}
