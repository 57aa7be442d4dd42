package visit

import (
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

// Servers end a first hello that does not come after ten seconds, as long as a client waits.
func TestASurveyWaitsLongerThanServersDo(t *testing.T) {
	g := &surveyor{journey: &journey{plan: checked(t, Options{Address: "127.0.0.1:1"})}}
	for _, p := range probes {
		want := 10 * time.Second
		if p.name == "stall-first-hello" {
			want = 15 * time.Second
		}
		if got := g.probing(p, wire.VersionTLS12).timeout; got != want {
			t.Errorf("%s: waits %v, not %v", p.name, got, want)
		}
	}
}
