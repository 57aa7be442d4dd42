package proxy

import (
	"cmp"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/wire"
)

// Offer is what settings have for everybody, for clients to be held against.
func (s *Settings) Offer(name string) inventory.Offer {
	suites := s.Suites
	if suites == nil {
		suites = defaultNumbers()
	}
	lowest := cmp.Or(wire.Version(s.MinVersion), wire.VersionTLS10)
	out := inventory.Offer{Name: name, MinVersion: lowest.String()[len("TLS "):], Suites: []string{}, Answers: map[string]string{}}
	for _, id := range suites {
		out.Suites = append(out.Suites, wire.SuiteID(id).String())
	}
	for _, k := range []parley.Kind{parley.KindSecure, parley.KindReset, parley.KindBare, parley.KindRestart} {
		out.Answers[k.String()] = usual(s.Policy, k).String()
	}
	return out
}

// ProfileOffer is what a profile has.
func ProfileOffer(name string) (inventory.Offer, error) {
	s, err := Options{Profile: name}.Check()
	if err != nil {
		return inventory.Offer{}, err
	}
	return s.Offer(cmp.Or(name, "compatible")), nil
}
