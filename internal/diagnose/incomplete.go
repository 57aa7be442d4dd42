package diagnose

import (
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/trace"
)

// incompleteCapture says which bytes the capture lacks.
func incompleteCapture(s *story) []Finding {
	var list []Finding
	for _, w := range gapWords {
		var at []moment
		var bytes int64
		for _, g := range s.gaps {
			if slices.Contains(w.why, g.Why) {
				at, bytes = append(at, g.moment), bytes+g.Bytes
			}
		}
		if len(at) > 0 {
			list = append(list, w.finding(at, bytes))
		}
	}
	return list
}

// A gapWord is what is said of one way in which a capture lacks bytes.
type gapWord struct {
	id       string
	why      []trace.GapReason
	sentence string
	missing  string
	remedy   string
}

var gapWords = []gapWord{
	{
		"capture-gap", []trace.GapReason{trace.GapLost, trace.GapLimit, trace.GapChanged},
		"The capture does not have every byte of this connection",
		"what the missing packets carried; capture with a larger buffer (tcpdump -B 65536) and with a filter for this address",
		"capture again with tcpdump -s 0 -B 65536, on the server itself and with a filter for the client's address",
	},
	{
		"capture-late", []trace.GapReason{trace.GapLate},
		"The capture began after the connection did",
		"the connection's first handshake; begin the capture before the client connects",
		"begin the capture, then have the client connect anew",
	},
	{
		"capture-snaplen", []trace.GapReason{trace.GapSnaplen},
		"The packets were cut when they were captured",
		"what was cut off; capture whole packets (tcpdump -s 0)",
		"capture again with tcpdump -s 0",
	},
}

func (w gapWord) finding(at []moment, bytes int64) Finding {
	how := "nobody can tell how many bytes are missing"
	if bytes > 0 {
		how = byteCount(bytes) + " are missing"
		if bytes == 1 {
			how = "1 byte is missing"
		}
	}
	if w.why[0] == trace.GapLost && at[0].Detail.(trace.GapDetail).Why == trace.GapChanged {
		how = "some came twice, and differently, and only the first are judged"
	}
	list := frames(at...)
	if len(list) > maxFrames {
		list = list[:maxFrames]
	}
	f := Finding{
		ID: w.id, Level: Note, Culprit: CulpritNone, Confidence: Sure,
		Sentence: w.sentence + ": " + how + ".", Frames: list, At: at[0].At,
		Missing: []string{w.missing}, Remedies: []Remedy{{Where: "the capture", Setting: w.remedy, Safe: true}},
	}
	for _, e := range at[:min(len(at), 4)] {
		g := e.Detail.(trace.GapDetail)
		f.Proof = append(f.Proof, Proof{Frame: e.Place.Frame, At: e.At, Field: "gap", Value: gapText(e, g)})
	}
	return f
}

func gapText(e moment, g trace.GapDetail) string {
	n := "bytes, nobody can tell how many,"
	if g.Bytes > 0 {
		n = byteCount(g.Bytes)
	}
	return fmt.Sprintf("%s from %s (%s)", n, sideWords(e.From), g.Why)
}

// hole says in words that bytes are missing; empty: none are.
func (s *story) hole() string {
	for _, w := range gapWords {
		for _, g := range s.gaps {
			if slices.Contains(w.why, g.Why) && g.Why != trace.GapChanged {
				return w.missing
			}
		}
	}
	if s.oneSided() {
		return "one direction of the connection; capture both (on a switch, mirror both)"
	}
	return ""
}

// afterHole reports whether a frame comes after the first missing bytes.
func (s *story) afterHole(frame int) bool {
	return slices.ContainsFunc(s.gaps, func(g gap) bool {
		return g.Why != trace.GapChanged && g.Place.Frame <= frame
	})
}

// holeTouches reports whether a finding's grounds lie over missing bytes: they
// are between its frames, or next before the first of them.
func (s *story) holeTouches(f *Finding) bool {
	least, most := slices.Min(f.Frames), slices.Max(f.Frames)
	return slices.ContainsFunc(s.gaps, func(g gap) bool {
		return g.Why != trace.GapChanged && g.Place.Frame >= least && g.Place.Frame <= most
	})
}

// needsKeys reports whether something is left that a key would tell.
func (d *Diagnosis) needsKeys(s *story) bool {
	if s.locked == "" && !s.dataSealed && len(s.sealed) == 0 {
		return false
	}
	if slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.ID == "capture-no-keys" }) {
		return false
	}
	unsure := slices.ContainsFunc(d.Findings, func(f Finding) bool { return f.Level == Failure && f.Confidence != Sure })
	return unsure || slices.ContainsFunc(s.sealed, func(h *sealedHandshake) bool { return !h.done() })
}

// withoutKeys says that records stayed sealed, and what would open them.
func withoutKeys(s *story) []Finding {
	why := s.locked
	if why == "" {
		why = "no key was given"
	}
	f := Finding{
		ID: "capture-no-keys", Level: Note, Culprit: CulpritNone, Confidence: Sure,
		Sentence: "Records of this connection stayed sealed, and what they say could tell more.",
		Proof:    []Proof{{Field: "keys", Value: why}},
		Remedies: []Remedy{{Where: "the capture", Setting: s.howToOpen(), Safe: true}},
	}
	for _, h := range s.sealed {
		f.Frames = append(f.Frames, frames(h.hello.moment)...)
	}
	return []Finding{f}
}

// healthy says that nothing failed, and how well that is known.
func healthy(s *story) Finding {
	f := Finding{ID: "healthy", Level: Note, Culprit: CulpritNone, Confidence: Sure}
	first := s.first()
	switch {
	case s.c.Protocol == trace.ProtocolSilent && len(s.c.Events) == 0:
		f.Sentence = "Nothing was said on this connection, and nothing failed."
	case s.c.Protocol != "" && s.c.Protocol != trace.ProtocolTLS:
		f.Confidence = Possible
		f.Sentence = "This connection does not speak TLS, so that there is nothing to judge."
	case first != nil && first.done != nil && !first.done.Unverified:
		f.Sentence = "Nothing failed on this connection."
	case s.established():
		f.Confidence = Likely
		f.Sentence = "Nothing failed on this connection, as far as can be seen without a key."
	default:
		f.Confidence = Possible
		f.Sentence = "Nothing failed as far as this goes, but the handshake was not seen to its end."
		f.Missing = append(f.Missing, "how the handshake went on; capture until the connection ends")
	}
	if hole := s.hole(); hole != "" {
		f.Confidence = Possible
		f.Missing = append(f.Missing, hole)
	}
	if s.undecided() {
		f.Confidence = Possible
		f.Sentence = "Nothing failed as far as this goes, but a second handshake was not seen to its end."
		f.Missing = append(f.Missing, "how the second handshake went on; capture until the connection ends")
	}
	return f
}

// undecided reports whether a second handshake came of which the end is not known.
func (s *story) undecided() bool {
	for _, h := range s.handshakes {
		if h.second == nil {
			continue
		}
		if what, _ := s.outcome(h); what == outcomeOpen && s.helloAfter(h).n == 0 {
			return true
		}
	}
	return slices.ContainsFunc(s.sealed, func(h *sealedHandshake) bool { return s.view(h).pending() })
}
