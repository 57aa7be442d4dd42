package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// A stop is what ended a connection: an alert, sealed or not, or the end of its
// TCP streams.
type stop struct {
	at     moment // none: nothing ended it
	by     trace.Side
	alert  *alert
	sealed *record
	end    *end
	told   *failure
	closed trace.Side // who then ended TCP first; nobody: it did not end
}

func (p stop) alerted() bool { return p.alert != nil || p.sealed != nil }

// stopAfter is what ended the connection after an event, if something did.
func (s *story) stopAfter(e moment) stop {
	if p := s.firstAlert(e); p.at.n != 0 {
		return p
	}
	for i := range s.failures {
		if f := &s.failures[i]; f.after(e) && f.Name == trace.Closed {
			return stop{at: f.moment, by: f.From, told: f}
		}
	}
	return s.firstEnd(e)
}

// firstAlert is the first alert after an event that ended the connection: one
// that is fatal, or a sealed one behind which no data came.
func (s *story) firstAlert(e moment) stop {
	var p stop
	if i := since(s.fatals, e); i < len(s.fatals) {
		p = stop{at: s.fatals[i].moment, by: s.fatals[i].From, alert: &s.fatals[i]}
	}
	if n := len(s.data); n > 0 && s.data[n-1].after(e) {
		e = s.data[n-1].moment
	}
	if i := since(s.sealedAlerts, e); i < len(s.sealedAlerts) && (p.at.n == 0 || p.at.after(s.sealedAlerts[i].moment)) {
		p = stop{at: s.sealedAlerts[i].moment, by: s.sealedAlerts[i].From, sealed: &s.sealedAlerts[i]}
	}
	if p.sealed != nil {
		p.closed = s.firstEnd(p.at).by
	}
	return p
}

// firstEnd is the first TCP stream that ended after an event.
func (s *story) firstEnd(e moment) stop {
	var first stop
	for side, closed := range s.ends {
		if closed.How == trace.EndOfCapture || !closed.after(e) {
			continue
		}
		if first.at.n == 0 || first.at.after(closed.moment) {
			first = stop{at: closed.moment, by: side, end: &closed}
		}
	}
	return first
}

// words tells a stop as the end of a sentence.
func (p stop) words() string {
	switch {
	case p.alert != nil:
		return fmt.Sprintf("%s ended the connection with the fatal alert %s", sideWords(p.by), alertWords(p.alert.Alert))
	case p.sealed != nil && p.closed == p.by:
		return fmt.Sprintf("%s ended the connection with an alert that no key opens here", sideWords(p.by))
	case p.sealed != nil && p.closed != trace.Nobody:
		// It may have been a warning that the other side did not live with.
		return fmt.Sprintf("%s answered with an alert that no key opens here, upon which the connection ended", sideWords(p.by))
	case p.sealed != nil:
		return fmt.Sprintf("%s answered with an alert that no key opens here", sideWords(p.by))
	case p.told != nil && ends[p.told.Finding] != "":
		return ends[p.told.Finding]
	case p.told != nil:
		return "the server ended the connection"
	case p.end != nil && p.end.How == trace.EndReset:
		return sideWords(p.by) + " reset the TCP connection"
	case p.end != nil:
		return sideWords(p.by) + " closed the TCP connection"
	}
	return "the capture does not show what followed"
}

// ends are those that a server tells and did not make.
var ends = map[string]string{
	"truncated": "the TCP connection ended without close_notify",
	"tcp-reset": "the TCP connection was reset",
}

func alertWords(a wire.Alert) string { return fmt.Sprintf("%s (%d)", a, uint8(a)) }
