package proxy

import (
	"log/slog"
	"sync"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// warnPermissions says at start which permissions weaken connections, and which
// are at their end.
func warnPermissions(log *slog.Logger, permissions []*Permission, now time.Time) {
	for _, p := range permissions {
		p.warnEnd(log, now)
		if p.Ended(now) {
			continue
		}
		for _, k := range []parley.Kind{parley.KindReset, parley.KindBare} {
			if a := p.Grant.answer(k); lasting(a) {
				log.Warn("second hellos of permitted clients are accepted with nothing that binds them to their connection: whoever can change the traffic of such a client can put words of his own before the client's",
					"permission", p.Name, k.String(), a.String())
			}
		}
		for _, l := range p.Grant.Leniencies {
			log.Warn(dangers[l].warning, "permission", p.Name, "leniency", string(l))
		}
		for _, id := range p.Grant.Suites {
			if weak := suite.ByID(wire.SuiteID(id)).Weak; weak != "" {
				log.Warn("a weak cipher suite is on for permitted clients", "permission", p.Name, "suite", wire.SuiteID(id).String(), "why", weak)
			}
		}
	}
}

// warnEnd says that a permission is at its end, or near it.
func (p *Permission) warnEnd(log *slog.Logger, now time.Time) {
	about := []any{"permission", p.Name, "owner", p.Owner, "until", p.LastDay()}
	switch {
	case p.Ended(now):
		log.Warn("a permission has ended: its clients get what everybody gets", append(about, "do", "take it out, or set until anew if they still need it")...)
	case p.Over(now):
		log.Warn("a permission is past its last day and still holds", append(about, "do", "update its clients and take it out, or set until anew")...)
	case p.EndsSoon(now):
		log.Warn("a permission ends soon", append(about, "days", p.DaysLeft(now), "after", p.After(), "do", "update its clients, or set until anew")...)
	}
}

// After says what comes after the last day.
func (p *Permission) After() string {
	if p.Ends {
		return "refuse"
	}
	return "warn"
}

// A remember tells the end of each permission once a day, when it is used.
type remember struct {
	mu   sync.Mutex
	told map[string]string // of names, the day
}

func (r *remember) tell(log *slog.Logger, p *Permission, now time.Time) {
	day := now.UTC().Format(time.DateOnly)
	r.mu.Lock()
	again := r.told[p.Name] == day
	if r.told == nil {
		r.told = map[string]string{}
	}
	r.told[p.Name] = day
	r.mu.Unlock()
	if !again {
		p.warnEnd(log, now)
	}
}
