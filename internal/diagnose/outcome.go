package diagnose

import (
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// An outcome is what became of a second hello.
type outcome uint8

const (
	outcomeOpen     outcome = iota // nothing more is known
	outcomeDone                    // its handshake ended well
	outcomeRefused                 // no_renegotiation, and the connection went on
	outcomeIsolated                // its handshake began another stream
	outcomeAborted                 // the server ended the connection
	outcomeGivenUp                 // the client did
	outcomeCut                     // TCP ended
)

// levels say how bad each outcome is, where nothing else does.
var levels = map[outcome]Level{
	outcomeOpen: Note, outcomeDone: Note, outcomeRefused: Note, outcomeIsolated: Note,
	outcomeAborted: Failure, outcomeGivenUp: Failure, outcomeCut: Failure,
}

// outcome says what became of a second hello, and by which event, if one shows it.
func (s *story) outcome(h *handshake) (outcome, stop) {
	next := s.helloAfter(h)
	switch {
	case h.isolated:
		return outcomeIsolated, stop{}
	case h.done != nil:
		return outcomeDone, stop{}
	case h.refused() || s.warned(h, next):
		return outcomeRefused, stop{}
	case next.n != 0:
		return outcomeOpen, stop{}
	}
	end := s.stopAfter(h.secondAt)
	if end.alert == nil && s.wentOn(h, end) {
		return outcomeOpen, stop{}
	}
	switch {
	case h.answered != nil && h.answered.Answer == renego.AnswerAbort:
		return outcomeAborted, end
	case end.by == trace.Server && end.alerted():
		return outcomeAborted, end
	case end.by == trace.Client && end.alerted():
		return outcomeGivenUp, end
	case end.at.n != 0:
		return outcomeCut, end
	}
	return outcomeOpen, end
}

// wentOn reports whether data came after the hello and bytes are missing, behind it
// or so that what is behind it does not open: then its handshake was done or
// refused where nobody saw it.
func (s *story) wentOn(h *handshake, end stop) bool {
	from, to := s.dataBetween(h.secondAt, end.at)
	return from+to > 0 && s.gapBefore(end.at)
}

func (h *handshake) refused() bool {
	return h.answered != nil && h.answered.Answer == renego.AnswerRefuse
}

// helloAfter is the second hello after h's.
func (s *story) helloAfter(h *handshake) moment {
	for _, other := range s.handshakes {
		if other.second != nil && other.secondAt.after(h.secondAt) {
			return other.secondAt
		}
	}
	return moment{}
}

// warned reports whether the server refused h's hello with the warning
// no_renegotiation (RFC 5246, section 7.2.2) before the next one came.
func (s *story) warned(h *handshake, next moment) bool {
	for _, a := range s.alerts {
		if a.Alert == wire.AlertNoRenegotiation && a.From == trace.Server && a.after(h.secondAt) && (next.n == 0 || next.after(a.moment)) {
			return true
		}
	}
	return false
}

// bound reports whether the handshake resumed the session in use, so that its
// Finished proved the client.
func (h *handshake) bound() bool {
	return h.answered != nil && (h.answered.Terms == renego.TermsBound || h.answered.Terms == renego.TermsResumed)
}
