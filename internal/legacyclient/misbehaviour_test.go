package legacyclient

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/wire"
)

func TestEveryMisbehaviourIsDescribed(t *testing.T) {
	seen := map[string]bool{}
	for _, m := range Misbehaviours() {
		if seen[m.Name] || m.Name == "" || strings.ToLower(m.Name) != m.Name {
			t.Errorf("the name %q is taken or no name", m.Name)
		}
		seen[m.Name] = true
		if !strings.HasSuffix(m.Does, ".") || m.Seen == "" {
			t.Errorf("%s: does %q, seen %q", m.Name, m.Does, m.Seen)
		}
		if found, ok := Named(m.Name); !ok || found.Name != m.Name {
			t.Errorf("%s is not found", m.Name)
		}
	}
	if _, ok := Named("polite"); ok {
		t.Error("a name that there is not is found")
	}
}

// crypto/tls's server knows no second hello at all, so each must come to an end,
// the server's, or, where it waits for more, by the client's patience.
func TestEveryMisbehaviourEnds(t *testing.T) {
	patient := map[string]bool{"TLS 1.0 half-hello": true}
	dial := goServer(t, &tls.Config{})
	for _, v := range []wire.Version{wire.VersionTLS10, wire.VersionTLS12} {
		for _, m := range Misbehaviours() {
			name := v.String() + " " + m.Name
			t.Run(name, func(t *testing.T) {
				o := Options{Version: v, TakesData: true}
				if patient[name] {
					o.Timeout = 300 * time.Millisecond
				}
				c := established(t, dial(), m.Options(o))
				echoes(t, c, "before")
				err := m.Run(c)
				if err == nil {
					t.Fatal("the server went along")
				}
				if isTimeout(err) != patient[name] {
					t.Errorf("it ended with: %v", err)
				}
			})
		}
	}
}

func TestMisbehavesOnlyAfterAHandshake(t *testing.T) {
	m, _ := Named("reset")
	if err := m.Run(New(blackHole(t), Options{})); err == nil {
		t.Error("it ran without a first handshake")
	}
}
