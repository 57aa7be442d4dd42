package inventory

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/wire"
)

// A Client is all that is known of one. It is made of sightings, in whatever order
// they come.
type Client struct {
	Who
	Name        string            `json:"name,omitempty"` // the common name in its certificate
	First       time.Time         `json:"first"`
	Last        time.Time         `json:"last"`
	Connections uint64            `json:"connections"`
	Failed      uint64            `json:"failed"` // of those, how many had no first handshake
	Agreed      Agreed            `json:"agreed,omitzero"`
	Weakest     string            `json:"weakest,omitempty"`
	Needs       Needs             `json:"needs,omitzero"`
	Second      map[string]uint64 `json:"second_hellos,omitempty"` // by kind
	Findings    map[string]uint64 `json:"findings,omitempty"`
	Permissions []string          `json:"permissions,omitempty"`
	Trials      map[string]Tally  `json:"trials,omitempty"` // by the names of their settings
}

// Agreed is what a handshake agreed on last.
type Agreed struct {
	At      time.Time `json:"at"`
	Version string    `json:"version"`
	Suite   string    `json:"suite"`
}

// A Tally counts what a trial would have done.
type Tally struct {
	Served  uint64            `json:"served"`
	Refused map[string]uint64 `json:"refused,omitempty"` // by finding
}

// Bounds of a client.
const (
	maxPermissions = 16
	maxTrials      = 4
	maxText        = 255
)

// hello2 is the finding of a hello in the format of SSL 2.0.
const hello2 = "hello-ssl2"

// seen makes a client of one sighting.
func seen(s *Sighting) Client {
	at := s.At.UTC().Truncate(time.Millisecond)
	c := Client{Who: s.Who, Name: bounded(s.Name), First: at, Last: at, Weakest: s.weakest()}
	if s.Began {
		c.Connections = 1
		if s.Failed {
			c.Failed = 1
		}
	}
	if s.Version != 0 {
		c.Agreed = Agreed{at, s.Version.String(), s.Suite.String()}
	}
	for _, second := range s.Second {
		count(&c.Second, second.Kind.String(), 1)
		c.Needs.add(second)
	}
	for _, id := range s.Findings {
		if id = known(id); id != "" {
			count(&c.Findings, id, 1)
		}
		if id == hello2 { // the one hello that nobody reads
			c.Weakest, c.Needs.Never = weaker(c.Weakest, WeakSSL2), id
		}
	}
	for _, name := range s.Permissions {
		c.Permissions = append(c.Permissions, bounded(name))
	}
	if t := s.Trial; t.Name != "" {
		tally := Tally{Served: 1}
		if t.Finding != "" {
			tally = Tally{Refused: map[string]uint64{t.Finding: 1}}
		}
		c.Trials = map[string]Tally{bounded(t.Name): tally}
	}
	return c
}

// with is what two sightings, or many, tell of one client. The order is nothing
// to it.
func (c Client) with(d Client) Client {
	out := c
	out.Name = max(c.Name, d.Name)
	if d.First.Before(c.First) {
		out.First = d.First
	}
	if d.Last.After(c.Last) {
		out.Last = d.Last
	}
	out.Connections += d.Connections
	out.Failed += d.Failed
	if c.Agreed.before(d.Agreed) {
		out.Agreed = d.Agreed
	}
	out.Weakest = weaker(c.Weakest, d.Weakest)
	out.Needs = c.Needs.with(d.Needs)
	out.Second = sum(c.Second, d.Second)
	out.Findings = sum(c.Findings, d.Findings)
	out.Permissions = slices.Compact(slices.Sorted(slices.Values(slices.Concat(c.Permissions, d.Permissions))))
	out.Permissions = out.Permissions[:min(len(out.Permissions), maxPermissions)]
	out.Trials = together(c.Trials, d.Trials)
	return out
}

func (a Agreed) before(b Agreed) bool {
	if !a.At.Equal(b.At) {
		return a.At.Before(b.At)
	}
	return a.Version+a.Suite < b.Version+b.Suite
}

func together(a, b map[string]Tally) map[string]Tally {
	if len(a)+len(b) == 0 {
		return nil
	}
	out := maps.Clone(a)
	if out == nil {
		out = map[string]Tally{}
	}
	for name, t := range b {
		out[name] = Tally{out[name].Served + t.Served, sum(out[name].Refused, t.Refused)}
	}
	for len(out) > maxTrials {
		delete(out, slices.Max(slices.Collect(maps.Keys(out))))
	}
	return out
}

func sum(a, b map[string]uint64) map[string]uint64 {
	out := maps.Clone(a)
	for key, n := range b {
		count(&out, key, n)
	}
	return out
}

func count(m *map[string]uint64, key string, n uint64) {
	if *m == nil {
		*m = map[string]uint64{}
	}
	(*m)[key] += n
}

// known is a finding that has a page; empty: it has none.
func known(id string) string {
	if _, ok := findings.Page(id); ok {
		return id
	}
	return ""
}

// bounded keeps what fits of a text, as the file can hold it.
func bounded(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "\ufffd")
}

// complete fills in what the hello tells, and leaves out a server name that is
// none: a stranger's hello may hold anything.
func (s *Sighting) complete() {
	if h := s.Hello; h != nil {
		if s.JA3 == "" {
			_, s.JA3 = h.JA3()
			s.JA4 = h.JA4()
		}
		if name, err := h.ServerName(); err == nil && s.SNI == "" {
			s.SNI = name
		}
	}
	s.SNI = strings.ToLower(bounded(s.SNI))
	if s.Certificate != "" {
		s.SNI = ""
	}
	if s.Version < wire.VersionSSL30 {
		s.Version, s.Suite = 0, 0
	}
}
