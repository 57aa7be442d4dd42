package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
)

// A rung is a line of the ladder as all reports tell it, with what a page needs:
// a number to refer to, and whether the finding turns on it.
type rung struct {
	report.Rung
	Number  int    // of an arrow, from 1; 0: a remark
	Decides bool   // Breaks, or, where nothing failed, what the first finding is about
	Tag     string // what is written at one that decides
	Differs bool   // from the step beside it, where two connections are compared
}

// rungs tells a connection in about so many of them at most.
func rungs(d *diagnose.Diagnosis, most int) []rung {
	var out []rung
	for _, r := range report.Shorten(report.Story(d), most) {
		if last := len(out) - 1; last >= 0 && out[last].Breaks && r.From == trace.Nobody && strings.HasPrefix(r.Text, breaksHere) {
			out[last].Tag = cut(r.Text, 200)
			continue
		}
		out = append(out, rung{Rung: r, Decides: r.Breaks})
	}
	decide(out, d)
	addHeaders(out, d.Conversation.Events)
	number(out)
	return out
}

// breaksHere begins the remark below the arrow at which a connection broke. Here
// it is part of the arrow.
const breaksHere = "▲ it breaks here"

// decide marks the arrow that the first finding is about, where none broke.
func decide(rungs []rung, d *diagnose.Diagnosis) {
	if len(d.Findings) == 0 || len(d.Findings[0].Frames) == 0 || slices.ContainsFunc(rungs, func(r rung) bool { return r.Decides }) {
		return
	}
	for i, r := range rungs {
		if r.From != trace.Nobody && r.holds(d.Findings[0].Frames[0]) {
			rungs[i].Decides, rungs[i].Tag = true, "▲ "+cut(d.Findings[0].ID, 80)
			return
		}
	}
}

// addHeaders gives to messages whose record is remarkable that record's header:
// it may prove more than the message.
func addHeaders(rungs []rung, events []trace.Event) {
	for _, e := range events {
		record, ok := e.Detail.(trace.RecordDetail)
		if !ok || record.Sealed {
			continue
		}
		at := slices.IndexFunc(rungs, func(r rung) bool { return r.From == e.From && r.holds(e.Place.Frame) })
		if at >= 0 && !slices.ContainsFunc(rungs[at].Events, func(other trace.Event) bool { return other.Name == trace.Record }) {
			rungs[at].Events = append([]trace.Event{e}, rungs[at].Events...)
		}
	}
}

// holds reports whether a frame is one of those that a rung tells.
func (r rung) holds(frame int) bool {
	return r.Frame > 0 && r.Frame <= frame && frame <= r.Last
}

// timed reports whether a rung has a time: one that tells no event has none.
func (r rung) timed() bool { return len(r.Events) > 0 }

// side names who sent a rung to whom.
func (r rung) side() string {
	if r.From == trace.Client {
		return "client to server"
	}
	return "server to client"
}

// under says how a rung's records went.
func (r rung) under() string {
	if r.Protected {
		return "under keys"
	}
	return "in clear"
}

// spoken is a rung in one line, for those who hear it.
func (r rung) spoken() string {
	text := fmt.Sprintf("Arrow %d, ", r.Number)
	if r.Frame > 0 {
		text += fmt.Sprintf("frame %d, ", r.Frame)
	}
	if r.timed() {
		text += elapsed(r.At) + ", "
	}
	text += fmt.Sprintf("%s, %s: %s", r.side(), r.under(), say(r.Text))
	if r.Tag != "" {
		text += ". " + strings.TrimPrefix(r.Tag, "▲ ")
	}
	return text
}
