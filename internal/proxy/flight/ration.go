package flight

import (
	"sync"
	"time"
)

// A ration bounds how many flights are made of connections that end alike: whoever
// has seen four of a minute has seen them all, and a diagnosis takes time that
// clients need.
type ration struct {
	mu      sync.Mutex // guards what follows
	since   time.Time
	finding map[string]int
	source  map[[2]string]int // of finding and source
}

// What a minute has room for.
const (
	perFinding = 200
	perSource  = 4 // and finding
)

// take reports whether there is room for one more.
func (r *ration) take(now time.Time, finding, source string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.finding == nil || now.Sub(r.since) >= time.Minute {
		r.since, r.finding, r.source = now, map[string]int{}, map[[2]string]int{}
	}
	key := [2]string{finding, source}
	if r.finding[finding] >= perFinding || r.source[key] >= perSource {
		return false
	}
	r.finding[finding]++
	r.source[key]++
	return true
}
