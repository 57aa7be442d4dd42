package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

// refusedAtLast reports whether a second hello was refused and the connection
// then ended without another byte of data: reneg-refused.
func refusedAtLast(s *story, h *handshake, what outcome) bool {
	if what != outcomeRefused || s.helloAfter(h).n != 0 {
		return false
	}
	from, to := s.dataBetween(h.secondAt, moment{})
	end := s.stopAfter(h.secondAt)
	return from+to == 0 && end.at.n != 0 && !end.closedWell(s)
}

// closedWell reports whether an orderly end followed: a close_notify.
func (p stop) closedWell(s *story) bool {
	for _, a := range s.alerts {
		if a.Alert == wire.AlertCloseNotify && !a.after(p.at) {
			return true
		}
	}
	return p.told != nil && p.told.Finding == ""
}

// refusedAndSilent finds clients that were refused and never spoke again, and
// those that asked again and again.
func refusedAndSilent(s *story) []Finding {
	var refused []*handshake
	var last *handshake
	for _, h := range s.handshakes {
		if h.second == nil {
			continue
		}
		last = h
		if what, _ := s.outcome(h); what == outcomeRefused {
			refused = append(refused, h)
		}
	}
	if len(refused) >= insists {
		if end := s.stopAfter(last.secondAt); end.at.n != 0 && !end.closedWell(s) {
			return []Finding{insisted(s, refused, end)}
		}
	}
	if last == nil || !refusedAtLast(s, last, outcomeRefused) || len(refused) == 0 || refused[len(refused)-1] != last {
		return nil
	}
	return []Finding{silent(s, last)}
}

// insists is how many refusals Parley gives before it ends a connection.
const insists = 3

func silent(s *story, h *handshake) Finding {
	end := s.stopAfter(h.secondAt)
	return Finding{
		ID: "reneg-refused", Level: Failure, Culprit: CulpritClient, Confidence: Likely,
		Sentence: fmt.Sprintf("The client's %s hello was refused with no_renegotiation, and the client did not go on: no data came or went, and %s.", h.second.Kind, end.words()),
		Cause:    "some clients, old OpenSSL among them, do not understand the warning and wait for a ServerHello for ever",
		Frames:   frames(h.secondAt, end.at), At: h.secondAt.At,
		Proof: []Proof{
			{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "second ClientHello", Value: "a " + h.second.Kind.String() + " hello"},
			{Frame: end.at.Place.Frame, At: end.at.At, Field: "afterwards", Value: "no application data"},
		},
		Remedies: kinds[h.second.Kind].remedies(s, h, outcomeAborted),
	}
}

func insisted(s *story, refused []*handshake, end stop) Finding {
	f := Finding{
		ID: "reneg-insisted", Level: Failure, Culprit: CulpritClient, Confidence: Sure,
		Sentence: fmt.Sprintf("The client asked for a renegotiation again and again: it was refused %d times, and %s.", len(refused), end.words()),
		Cause:    "the client takes the refusal for something that passes",
		At:       refused[0].secondAt.At,
		Remedies: kinds[refused[0].second.Kind].remedies(s, refused[0], outcomeAborted),
	}
	for _, h := range refused[:min(len(refused), maxFrames)] {
		f.Frames = append(f.Frames, frames(h.secondAt)...)
		f.Proof = append(f.Proof, Proof{Frame: h.secondAt.Place.Frame, At: h.secondAt.At, Field: "second ClientHello", Value: "a " + h.second.Kind.String() + " hello, refused"})
	}
	return f
}
