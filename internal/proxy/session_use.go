package proxy

import (
	"maps"
	"net/netip"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/proxy/usage"
)

// fitting are the permissions that hold for the client since it came, but for
// what its certificate may yet prove.
func (x *session) fitting(t story) []*Permission {
	return fittingOf(x.settings.Permissions, visitor{x.client.RemoteAddr(), x.first.ServerName, t.ja3, t.ja4}, t.begun)
}

// countUses counts what the stream has used of permissions, each part of them
// once, and names them. It is asked when the stream begins, now and then while it
// lives, since that may be for weeks, and at its end.
func (x *session) countUses(t story) (names []string) {
	if len(x.settings.Permissions) == 0 {
		return nil
	}
	x.counting.Lock()
	defer x.counting.Unlock()
	c := course{first: x.first, last: x.client.State(), hellos: t.hellos.told, forgiven: x.forgivenSoFar()}
	if c.first.LenientPremaster || c.last.LenientPremaster {
		c.forgiven = append(c.forgiven, PremasterVersion)
	}
	for _, p := range x.fitting(t) {
		for _, g := range p.used(x.settings, c) {
			x.note(p.Name, g)
		}
		if before, used := x.used[p.Name]; used {
			x.server.reminder.tell(x.server.log, p, time.Now())
			x.server.uses.Note(usage.Use{Permission: p.Name, New: !before.counted, Grants: before.news, Source: x.source()})
			x.used[p.Name] = partsUsed{all: before.all, counted: true}
		}
	}
	return slices.Sorted(maps.Keys(x.used))
}

// partsUsed are the parts of one permission that a stream used.
type partsUsed struct {
	all, news []string
	counted   bool
}

func (x *session) note(name, grant string) {
	parts := x.used[name]
	if slices.Contains(parts.all, grant) {
		return
	}
	if x.used == nil {
		x.used = map[string]partsUsed{}
	}
	parts.all, parts.news = append(parts.all, grant), append(parts.news, grant)
	x.used[name] = parts
}

// source is where the client comes from; zero: it has no address.
func (x *session) source() netip.Prefix {
	p, _ := sourceOf(x.client.RemoteAddr())
	return p
}

// forgive notes that something was put up with.
func (x *session) forgive(l Leniency) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.forgiven = append(x.forgiven, l)
}

func (x *session) forgivenSoFar() []Leniency {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.forgiven)
}

// countUsesNow is countUses of a stream that is not over.
func (x *session) countUsesNow() {
	if len(x.settings.Permissions) > 0 {
		x.countUses(x.server.stories.look(x.client.Number(), x.first.Handshake))
	}
}

// countUses counts for the streams that live.
func (s *Server) countUses() {
	s.mu.Lock()
	live := slices.Collect(maps.Keys(s.sessions))
	s.mu.Unlock()
	for _, x := range live {
		x.countUsesNow()
	}
}
