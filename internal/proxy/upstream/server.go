package upstream

import (
	"crypto/tls"
	"sync"
	"sync/atomic"
	"time"
)

// penalty is how long a server is left alone that did not take a connection, and
// that nobody checks. Then one client tries it again.
const penalty = 10 * time.Second

// A server is one of a pool's, and what is known of it.
type server struct {
	backend  *Backend
	address  Address
	tls      *tls.Config // nil: in clear
	fresh    *tls.Config // likewise, but that no session is resumed
	failures atomic.Uint64
	down     atomic.Bool // mu guards its changes

	mu      sync.Mutex // guards what follows
	told    teller
	checked bool      // checks decide when it is up again
	why     error     // it is down for
	since   time.Time // of the last change
	retry   time.Time // while it is down: when a client may try it; zero: when a check has found it up
	failed  int       // checks in a row
	passed  int       // likewise, since it is down
}

// isUp says whether clients are sent to this server before those that are down.
func (s *server) isUp() bool { return !s.down.Load() }

// isDue says whether the penalty of a server that is down is over. It says so to
// one client, who finds out whether it is up; the others wait for another penalty.
func (s *server) isDue(now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.isUp() || s.retry.IsZero() || now.Before(s.retry) {
		return false
	}
	s.retry = now.Add(penalty)
	return true
}

// served notes that a client's connection was made: that proves as much as any
// check.
func (s *server) served(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed = 0
	s.rise(now)
}

// failedClient notes that a client's connection was not.
func (s *server) failedClient(now time.Time, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fall(now, why)
	if !s.checked {
		s.retry = now.Add(penalty)
	}
}

// probed notes what a check found.
func (s *server) probed(now time.Time, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.checked {
		return // the pool has stopped meanwhile
	}
	if why == nil {
		s.failed = 0
		if s.passed++; s.passed >= s.backend.Check.Rise {
			s.rise(now)
		}
		return
	}
	s.passed = 0
	if s.failed++; s.failed >= s.backend.Check.Fall {
		s.fall(now, why)
	}
}

// fall takes the server down. s.mu is held.
func (s *server) fall(now time.Time, why error) {
	s.why, s.passed = why, 0
	if s.isUp() {
		s.down.Store(true)
		s.since, s.retry = now, time.Time{}
		s.told.untold++
	}
	s.told.tell(s, now)
}

// rise takes it up. s.mu is held.
func (s *server) rise(now time.Time) {
	if !s.isUp() {
		s.down.Store(false)
		s.since, s.why = now, nil
		s.told.untold++
	}
	s.told.tell(s, now)
}

// check says whether checks decide from now on. Of a server that nobody knows yet
// the first one does.
func (s *server) check(on bool, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.checked, s.retry = on, now
	if on {
		s.failed, s.passed, s.retry = s.backend.Check.Fall-1, s.backend.Check.Rise-1, time.Time{}
	}
}

// A Status says how a server of a backend fares.
type Status struct {
	Backend  string    `json:"backend"`
	Server   string    `json:"server"`
	Up       bool      `json:"up"`
	Since    time.Time `json:"since,omitzero"` // of the last change; zero: there was none
	Why      string    `json:"why_down,omitempty"`
	Failures uint64    `json:"failures"` // connections that could not be made to it, for clients or checks
}

func (s *server) status() Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := Status{Backend: s.backend.Name, Server: s.address.String(), Up: s.isUp(), Since: s.since, Failures: s.failures.Load()}
	if s.why != nil {
		out.Why = bounded(s.why.Error())
	}
	return out
}
