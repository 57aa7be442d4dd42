package proxy

import (
	"net/netip"
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/proxy/passage"
	"github.com/parley-tls/parley/internal/renego"
)

// settled tells the inventory that an observed client came, and what the server
// behind agreed to with it. It is called amid the passing of bytes.
func (x *passed) settled(a passage.Agreed) {
	if a.Hello == nil {
		return // at its end more is known
	}
	s := x.sighting(time.Now())
	s.Began, s.Hello, s.Version, s.Suite = true, a.Hello, a.Version, a.Suite
	x.seen.Lock()
	defer x.seen.Unlock()
	x.seen.last, x.seen.hello = s.At, a.Hello
	x.server.commons.clients.Add(s)
}

// sightAgain tells that the client is still there, once in a while.
func (x *passed) sightAgain(now time.Time) {
	x.seen.Lock()
	defer x.seen.Unlock()
	if x.seen.last.IsZero() || now.Sub(x.seen.last) < sightEvery {
		return
	}
	x.seen.last = now
	s := x.sighting(now)
	s.Hello = x.seen.hello
	x.server.commons.clients.Add(s)
}

// sightEnd tells what was found by the end.
func (x *passed) sightEnd(seen passage.Sighting) {
	if seen.Hello == nil || seen.Diagnosis == nil {
		return
	}
	s := x.sighting(time.Now())
	x.seen.Lock()
	s.Began = x.seen.last.IsZero()
	x.seen.last, x.seen.hello = time.Time{}, nil
	x.seen.Unlock()
	s.Hello, s.Failed = seen.Hello, !seen.Done
	if seen.Done {
		s.Version, s.Suite = seen.Version, seen.Suite
	}
	for _, f := range seen.Findings {
		second, concluded := concludedFrom(f)
		if concluded {
			s.Second = append(s.Second, second)
		}
		if concluded || f.Level != diagnose.Note {
			s.Findings = append(s.Findings, f.ID)
		}
	}
	x.server.commons.clients.Add(s)
}

// concludedFrom is the second hello that a finding speaks of. One inside the
// connection nobody can read here: its kind is concluded, if several facts say so,
// and it is taken for one that resumes the session in use, since what needs more
// than that is not for a conclusion to ask.
func concludedFrom(f diagnose.Finding) (inventory.Second, bool) {
	if f.Confidence == diagnose.Possible {
		return inventory.Second{}, false
	}
	for _, k := range []renego.Kind{renego.KindReset, renego.KindSecure, renego.KindRestart} {
		if f.ID == k.Finding() {
			return inventory.Second{Kind: k, Resumes: true}, true
		}
	}
	return inventory.Second{}, false
}

// sighting is one of the connection's client, whom its hello tells.
func (x *passed) sighting(at time.Time) inventory.Sighting {
	var source netip.Prefix
	if from, err := netip.ParseAddrPort(x.client.RemoteAddr().String()); err == nil {
		source = inventory.SourceOf(from.Addr())
	}
	return inventory.Sighting{Who: inventory.Who{Listener: x.by.settings.label(), Source: source}, At: at}
}
