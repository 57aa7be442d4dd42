package config

import (
	"cmp"
	"encoding/hex"
	"encoding/json"
	"io"
	"math"
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/proxy/usage"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// An Audit is what somebody asks for who has to answer for the exceptions of a
// configuration.
type Audit struct {
	Generated   time.Time `json:"generated"`
	File        string    `json:"file"`
	SHA256      string    `json:"sha256"`
	UsesFrom    string    `json:"uses_from,omitempty"` // who counted the uses; empty: nobody was asked
	Permissions []Audited `json:"permissions"`         // those first that end first
	Listeners   []Plain   `json:"listeners"`
}

// An Audited is a permission of it.
type Audited struct {
	Name     string         `json:"name"`
	Owner    string         `json:"owner"`
	Reason   string         `json:"reason"`
	LastDay  string         `json:"last_day"`
	DaysLeft int            `json:"days_left"` // whole ones; negative: its last day is over
	After    string         `json:"after"`
	State    string         `json:"state"`
	Match    string         `json:"match"`
	Grants   []string       `json:"grants"`
	Dangers  []proxy.Danger `json:"weakens"`
	Use      *usage.Summary `json:"use"` // nil: it is not known
}

// The states of a permission.
const (
	stateHolds = "holds"
	stateSoon  = "ends soon"      // within 30 days
	stateOver  = "over but holds" // after: warn
	stateEnded = "ended"          // its clients get what everybody gets
)

// A Plain is what everybody gets at a listener.
type Plain struct {
	Name       string            `json:"name,omitempty"`
	Listen     string            `json:"listen"`
	Observe    bool              `json:"observe,omitempty"` // it ends no TLS, so that nothing of what follows is there
	Profile    string            `json:"profile,omitempty"`
	MinVersion string            `json:"min_version,omitempty"`
	MaxVersion string            `json:"max_version,omitempty"`
	Answers    map[string]string `json:"second_hellos,omitempty"`
}

// Audit makes one of the permissions' uses, if they are known.
func (d *Document) Audit(uses Uses, now time.Time) (*Audit, error) {
	all, err := d.Settings()
	if err != nil {
		return nil, err
	}
	a := &Audit{Generated: now.UTC().Truncate(time.Second), File: d.Name, SHA256: hex.EncodeToString(d.sum[:]), UsesFrom: uses.From, Permissions: []Audited{}}
	for _, p := range inOrderOfEnd(all[0].Permissions) {
		a.Permissions = append(a.Permissions, Audited{
			Name: p.Name, Owner: p.Owner, Reason: p.Reason, LastDay: p.LastDay(), DaysLeft: daysLeft(p, now), After: p.After(), State: stateOf(p, now),
			Match: p.Match.String(), Grants: p.Grant.Words(), Dangers: slices.Concat([]proxy.Danger{}, p.Grant.Dangers()), Use: uses.of(p.Name),
		})
	}
	for i, s := range all {
		a.Listeners = append(a.Listeners, d.plain(i, s))
	}
	return a, nil
}

func (d *Document) plain(i int, s *proxy.Settings) Plain {
	if s.Observe {
		return Plain{Name: s.Name, Listen: s.Listen.String(), Observe: true}
	}
	out := Plain{
		Name: s.Name, Listen: s.Listen.String(), Profile: cmp.Or(d.File.Listeners[i].Profile, "compatible"), Answers: map[string]string{},
		MinVersion: cmp.Or(wire.Version(s.MinVersion), wire.VersionTLS10).String(), MaxVersion: cmp.Or(wire.Version(s.MaxVersion), wire.VersionTLS13).String(),
	}
	for _, a := range answersOf(s) {
		out.Answers[a.Kind.String()] = a.Answer.String()
	}
	return out
}

// answersOf are what everybody's second hellos get.
func answersOf(s *proxy.Settings) (out []Answered) {
	for _, k := range []renego.Kind{renego.KindSecure, renego.KindReset, renego.KindBare, renego.KindRestart, renego.KindForged} {
		signalled := k != renego.KindBare // who does not say so begins bare
		out = append(out, Answered{k, s.Policy.Answer(renego.Verdict{Kind: k, FirstSignalled: signalled})})
	}
	return out
}

// daysLeft counts whole days, down to below zero.
func daysLeft(p *proxy.Permission, now time.Time) int {
	return int(math.Floor(p.Until.Sub(now).Hours() / 24))
}

func stateOf(p *proxy.Permission, now time.Time) string {
	switch {
	case p.Ended(now):
		return stateEnded
	case p.Over(now):
		return stateOver
	case p.EndsSoon(now):
		return stateSoon
	}
	return stateHolds
}

// JSON writes the audit for programs.
func (a *Audit) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(a)
}
