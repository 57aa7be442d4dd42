package diagnose

import (
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// patienceLost finds a server that ended a handshake with an alert because the
// client had stopped in it: the alert's name, whichever it is, is not the reason.
func patienceLost(s *story) []Finding {
	if h := s.first(); h != nil && h.done != nil || len(s.data) > 0 || !s.begins() {
		return nil
	}
	a := s.serverAlert()
	if a == nil || a.Level != wire.LevelFatal {
		return nil
	}
	waited := a.At - s.lastSignOf(trace.Client, a.At)
	if waited < patienceInHandshake {
		return nil
	}
	return []Finding{{
		ID: "handshake-timeout", Level: Failure, Culprit: CulpritUnknown, Confidence: Likely,
		Sentence: fmt.Sprintf("The client said nothing for %s in the middle of the handshake, and the server gave it up with the alert %s.", waited.Round(time.Second), alertWords(a.Alert)),
		Cause:    "the client stopped, or is slow, or did not get what was sent: a device between that holds back large packets",
		Frames:   frames(a.moment), At: a.At,
		Proof: []Proof{{Frame: a.Place.Frame, At: a.At, Field: "silence of the client before the alert", Value: waited.Round(time.Millisecond).String()}, alertProof(*a)},
		Remedies: []Remedy{
			{Where: "the network", Setting: "capture on the other end too: it says whether the last message arrived", Safe: true},
			{Where: "Parley", Setting: "--handshake-timeout, for clients that are merely slow", Safe: true, Cost: "connections that do nothing are held for longer"},
		},
	}}
}

// lastSignOf is when a side had last said anything by a time. What was understood
// only later, such as a record that was never whole, came at a time unknown.
func (s *story) lastSignOf(side trace.Side, by time.Duration) (last time.Duration) {
	for _, e := range s.c.Events {
		if e.From == side && e.At < by {
			last = max(last, e.At)
		}
	}
	return last
}
