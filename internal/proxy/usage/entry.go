package usage

import (
	"maps"
	"net/netip"
	"time"
)

// What is kept of one permission at most.
const (
	maxSources = 1000
	maxGrants  = 64
)

// An Entry is what is known of the use of a permission.
type Entry struct {
	Since  time.Time         `json:"counted_since"`
	Uses   uint64            `json:"uses"`               // streams that would have gone otherwise without it
	First  time.Time         `json:"first_use,omitzero"` // zero: never
	Last   time.Time         `json:"last_use,omitzero"`  // when such a stream was last open
	Grants map[string]uint64 `json:"grants"`             // streams that used a part of it, by the part
	// Sources are the IPv4 addresses and IPv6 /64 that the streams came from, as
	// many as are kept.
	Sources map[netip.Prefix]bool `json:"-"`
	More    bool                  `json:"more_sources,omitempty"` // than are kept
}

func newEntry(now time.Time) *Entry {
	return &Entry{Since: now.UTC().Truncate(time.Second), Grants: map[string]uint64{}, Sources: map[netip.Prefix]bool{}}
}

func (e *Entry) clone() *Entry {
	out := *e
	out.Grants, out.Sources = maps.Clone(e.Grants), maps.Clone(e.Sources)
	return &out
}

func (e *Entry) note(u Use, now time.Time) {
	now = now.UTC().Truncate(time.Second)
	if u.New {
		e.Uses++
		e.from(u.Source)
	}
	if e.First.IsZero() {
		e.First = now
	}
	e.Last = now
	for _, g := range u.Grants {
		e.grant(g, 1)
	}
}

func (e *Entry) grant(word string, n uint64) {
	if _, known := e.Grants[word]; known || len(e.Grants) < maxGrants {
		e.Grants[word] += n
	}
}

func (e *Entry) from(source netip.Prefix) {
	switch {
	case !source.IsValid() || e.Sources[source]:
	case len(e.Sources) < maxSources:
		e.Sources[source] = true
	default:
		e.More = true
	}
}

// seen is when it was last heard of.
func (e *Entry) seen() time.Time {
	if e.Last.After(e.Since) {
		return e.Last
	}
	return e.Since
}

// add puts what another has counted to it.
func (e *Entry) add(other *Entry) {
	if other.Since.Before(e.Since) {
		e.Since = other.Since
	}
	if !other.First.IsZero() && (e.First.IsZero() || other.First.Before(e.First)) {
		e.First = other.First
	}
	if other.Last.After(e.Last) {
		e.Last = other.Last
	}
	e.Uses += other.Uses
	for word, n := range other.Grants {
		e.grant(word, n)
	}
	for source := range other.Sources {
		e.from(source)
	}
	e.More = e.More || other.More
}
