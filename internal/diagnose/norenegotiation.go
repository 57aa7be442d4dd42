package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

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
	refused := s.refusals()
	if len(refused) == 0 {
		return nil
	}
	last := refused[len(refused)-1]
	end := s.stopAfter(last.secondAt)
	if end.at.n == 0 || end.closedWell(s) || s.helloAfter(last).n != 0 {
		return nil
	}
	if len(refused) >= insists {
		return []Finding{insisted(s, refused, end)}
	}
	if from, to := s.dataBetween(last.secondAt, moment{}); from+to == 0 {
		return []Finding{silent(s, last, end)}
	}
	return nil
}

// refusals are the handshakes that the server refused.
func (s *story) refusals() []*handshake {
	var list []*handshake
	for _, h := range s.handshakes {
		if h.second == nil {
			continue
		}
		if what, _ := s.outcome(h); what == outcomeRefused {
			list = append(list, h)
		}
	}
	return list
}

// insists is how many refusals Parley gives before it ends a connection.
const insists = 3

// silent is a client that did not live with a refusal. Where it had renegotiated
// as it should, it is the server that would not have it.
func silent(s *story, h *handshake, end stop) Finding {
	culprit := CulpritClient
	if h.second.Kind == renego.KindSecure {
		culprit = CulpritServer
	}
	return Finding{
		ID: "reneg-refused", Level: Failure, Culprit: culprit, Confidence: Likely,
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
