package report

import (
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Story makes rungs of a whole connection, from the dialogue before TLS to its
// end, and marks the arrow at which it broke.
func Story(d *diagnose.Diagnosis) []Rung {
	c := d.Conversation
	main, failed := decisive(d)
	var alone map[int]bool
	if failed && len(main.Frames) > 0 {
		alone = map[int]bool{main.Frames[0]: true}
	}
	rungs := slices.Concat(strangeRungs(c), preludeRungs(c.Prelude), ladderOf(c, alone))
	if failed {
		rungs = breakAt(rungs, main)
	}
	return rungs
}

// decisive gives the finding that matters most, and whether it is a failure.
func decisive(d *diagnose.Diagnosis) (f diagnose.Finding, failed bool) {
	if len(d.Findings) == 0 {
		return diagnose.Finding{ID: healthy, Level: diagnose.Note, Sentence: "Nothing failed."}, false
	}
	return d.Findings[0], d.Findings[0].Level == diagnose.Failure
}

// breakAt marks the arrow of a finding's first frame, or of its time where it is
// live, and says so below it.
func breakAt(rungs []Rung, f diagnose.Finding) []Rung {
	at := slices.IndexFunc(rungs, func(r Rung) bool {
		if r.From == trace.Nobody {
			return false
		}
		if len(f.Frames) > 0 {
			return r.Frame <= f.Frames[0] && f.Frames[0] <= r.Last && r.Frame > 0
		}
		return r.Marked && r.At == f.At
	})
	if at < 0 {
		return rungs
	}
	rungs[at].Breaks, rungs[at].Marked = true, true
	const here = "▲ it breaks here: "
	if next := at + 1; next < len(rungs) && strings.HasPrefix(rungs[next].Text, f.ID) {
		rungs[next].Text = here + rungs[next].Text
		return rungs
	}
	return slices.Insert(rungs, at+1, Rung{At: rungs[at].At, Text: here + f.ID, Marked: true})
}

// strangeRungs say that what was said is no TLS. Of other protocols there are no
// events.
func strangeRungs(c *trace.Conversation) []Rung {
	if c.Prelude != nil {
		return nil // which says so itself
	}
	r := Rung{Text: "what was said is " + wire.Printable(string(c.Protocol)) + " in clear, not TLS", Marked: true}
	switch c.Protocol {
	case trace.ProtocolTLS, trace.ProtocolSilent, "":
		return nil
	case trace.ProtocolUnknown:
		r.Text = "what was said is of no protocol that is known, and not TLS"
	}
	if c.Foreign.Frame > 0 {
		r.From, r.Frame, r.Last = trace.Client, c.Foreign.Frame, c.Foreign.Last
		r.Text = strings.TrimPrefix(r.Text, "what was said is ")
	}
	return []Rung{r}
}

// preludeRungs tells the dialogue in clear that came before TLS.
func preludeRungs(p *trace.Prelude) []Rung {
	if p == nil {
		return nil
	}
	protocol := wire.Printable(p.Protocol)
	var rungs []Rung
	if p.Origin.IsValid() {
		rungs = append(rungs, Rung{From: trace.Client, Text: protocol + ": it speaks for " + p.Origin.String()})
	}
	if p.Request.Frame == 0 && p.Reply.Frame == 0 && p.Upgraded && len(rungs) == 0 {
		return []Rung{{Text: "before TLS came " + bytesText(p.Bytes) + " of " + beforeTLS(p)}}
	}
	if p.Request.Frame > 0 {
		rungs = append(rungs, Rung{Frame: p.Request.Frame, Last: p.Request.Last, From: trace.Client, Text: protocol + " in clear, asks for TLS"})
	}
	if p.Injected > 0 {
		rungs = append(rungs, Rung{
			Frame: p.InjectedPlace.Frame, Last: p.InjectedPlace.Last, From: trace.Client, Marked: true,
			Text: bytesText(p.Injected) + " in clear behind the request: a server must not take them for TLS (CVE-2011-0411)",
		})
	}
	switch {
	case !p.Upgraded:
		rungs = append(rungs, Rung{Frame: p.Reply.Frame, Last: p.Reply.Last, From: trace.Server, Text: "no TLS: " + wire.Printable(p.Refused), Marked: true})
	case p.Reply.Frame > 0:
		rungs = append(rungs, Rung{Frame: p.Reply.Frame, Last: p.Reply.Last, From: trace.Server, Text: protocol + ", agrees to TLS"})
	}
	return rungs
}

// beforeTLS names a dialogue that asked for nothing.
func beforeTLS(p *trace.Prelude) string {
	if p.Protocol == "" || p.Protocol == string(trace.ProtocolUnknown) {
		return "something else in clear"
	}
	return wire.Printable(p.Protocol) + " in clear"
}
