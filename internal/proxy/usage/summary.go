package usage

import (
	"maps"
	"time"
)

// A Summary is what is told of an Entry.
type Summary struct {
	Since       time.Time         `json:"counted_since"`
	Uses        uint64            `json:"uses"`               // streams that would have gone otherwise without it
	First       time.Time         `json:"first_use,omitzero"` // zero: never
	Last        time.Time         `json:"last_use,omitzero"`  // when such a stream was last open
	Grants      map[string]uint64 `json:"grants"`             // streams that used a part of it, by the part
	Sources     int               `json:"sources"`            // IPv4 addresses and IPv6 /64
	MoreSources bool              `json:"more_sources"`       // than these are there, and not counted
}

// Summary tells of the entry.
func (e *Entry) Summary() Summary {
	return Summary{Since: e.Since, Uses: e.Uses, First: e.First, Last: e.Last, Grants: maps.Clone(e.Grants), Sources: len(e.Sources), MoreSources: e.More}
}

// Summaries tells of several.
func Summaries(all map[string]*Entry) map[string]Summary {
	out := map[string]Summary{}
	for name, e := range all {
		out[name] = e.Summary()
	}
	return out
}

// DaysCounted are the whole days that it has been counted for.
func (s Summary) DaysCounted(now time.Time) int { return max(0, int(now.Sub(s.Since).Hours())/24) }
