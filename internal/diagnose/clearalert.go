package diagnose

import (
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

// clearAlerts finds alerts in clear from a side that has keys. A close_notify is
// a goodbye all the same.
func clearAlerts(s *story) []Finding {
	var list []Finding
	for _, a := range s.alerts {
		since := s.keyed[a.From]
		if since.n == 0 || !a.after(since) || a.Place.Length != clearAlert || s.restartedBefore(a.moment) {
			continue
		}
		f := alertInClear(a)
		if a.Alert == wire.AlertCloseNotify {
			f.Level, f.Culprit = Note, CulpritNone
		}
		list = append(list, f)
	}
	return list
}

// clearAlert is the length of an alert's record that nothing protects.
const clearAlert = wire.RecordHeaderLen + 2

// restartedBefore: after a restart both sides may speak in clear again.
func (s *story) restartedBefore(m moment) bool {
	for _, h := range s.handshakes {
		if h.second != nil && h.second.Kind.Finding() == "reneg-restart-hello" && m.after(h.secondAt) {
			return true
		}
	}
	return false
}

func alertInClear(a alert) Finding {
	return Finding{
		ID: "alert-in-clear", Level: Failure, Culprit: culpritOf(a.From), Confidence: Sure,
		Sentence: fmt.Sprintf("The %s sent the alert %s in clear on a connection that has keys; the other side cannot take it for its own.", a.From, alertWords(a.Alert)),
		Cause:    "it lost its keys, or gave up on a state that never had them; or somebody on the path wrote the alert",
		Frames:   frames(a.moment), At: a.At,
		Proof:    []Proof{alertProof(a), {Frame: a.Place.Frame, At: a.At, Field: "record length", Value: "7 bytes: header, level and description, with no room for a protection"}},
		Remedies: []Remedy{{Where: sideWords(a.From), Setting: "read the alert's name: it is the complaint, though nothing proves whose; then look at what that side does after an error", Safe: true}},
	}
}
