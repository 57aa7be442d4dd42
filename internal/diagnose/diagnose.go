package diagnose

import (
	"cmp"
	"slices"

	"github.com/parley-tls/parley/internal/trace"
)

// A detector finds things in a story. It is pure, and does not know what the
// others find.
type detector func(*story) []Finding

// causes find what went wrong and why, or what is worth saying. Where two
// findings weigh the same, the earlier detector's comes first.
var causes = []detector{
	secondHellos, sealedSecondHellos, refusedAndSilent, dataCrossed, identityChanged, versionChanged, serverAsked,
	firstHelloRefused, fallback, weakSuite, ssl2Hello, malformedHello,
	certificateRefused, clientCertificateRefused, certificateRisks, premasterProbe,
	noTLS, strangeRecords, foreignProtocol, refusedResumption,
	toldByServer, unnamedFailure, incompleteCapture,
}

// endings find how a connection ended where no cause is known, and the first
// that finds something is the last that is asked: beside a cause they would be
// noise.
var endings = []detector{damagedRecord, oddReset, endedInHandshake, patienceLost, unnamedAlert, resetAfterwards}

// Diagnose says what is to be said of a conversation. It does not change it.
func Diagnose(c *trace.Conversation) *Diagnosis {
	s := newStory(c)
	d := &Diagnosis{Conversation: c, Facts: facts(s)}
	d.add(s, causes)
	for _, ending := range endings {
		if !d.Failed() {
			d.add(s, []detector{ending})
		}
	}
	d.add(s, []detector{withoutCloseNotify})
	if d.needsKeys(s) {
		d.add(s, []detector{withoutKeys})
	}
	if !d.Failed() {
		d.Findings = append(d.Findings, healthy(s))
	}
	rank(d.Findings)
	d.doubt(s)
	d.caution()
	if d.Failed() {
		d.Charges = charges(s, d.Findings)
	}
	return d
}

func (d *Diagnosis) add(s *story, detectors []detector) {
	for _, detect := range detectors {
		for _, f := range detect(s) {
			d.Findings = merge(d.Findings, f)
		}
	}
}

// merge adds a finding, or lets it weigh against one of the same id: a
// connection that does one thing often has one finding, with all its frames.
func merge(list []Finding, f Finding) []Finding {
	at := slices.IndexFunc(list, func(have Finding) bool { return have.ID == f.ID && have.Level == f.Level })
	if at < 0 {
		return append(list, f)
	}
	have := &list[at]
	for _, frame := range f.Frames {
		if !slices.Contains(have.Frames, frame) && len(have.Frames) < maxFrames {
			have.Frames = append(have.Frames, frame)
		}
	}
	return list
}

// maxFrames is how many frames a finding names.
const maxFrames = 16

// rank puts the findings in order: what broke the connection first, and of
// equals the better founded one.
func rank(list []Finding) {
	slices.SortStableFunc(list, func(a, b Finding) int {
		return cmp.Or(
			cmp.Compare(levelRank[a.Level], levelRank[b.Level]),
			cmp.Compare(confidenceRank(a), confidenceRank(b)),
			cmp.Compare(causeRank(a), causeRank(b)),
			cmp.Compare(quiet[a.ID], quiet[b.ID]),
		)
	})
}

var levelRank = map[Level]int{Failure: 0, Risk: 1, Note: 2}

// quiet findings stand behind others of their level: they say how well the rest
// is known, or that there is nothing to say.
var quiet = map[string]int{
	"healthy": 1, "truncated": 2, "resume-refused": 2,
	"capture-gap": 3, "capture-late": 3, "capture-snaplen": 3, "capture-no-keys": 3,
}

// causeRank puts before a hello that failed what it failed by.
func causeRank(f Finding) int {
	if f.Level == Failure && f.ID == "reneg-data-crossed" {
		return 0
	}
	return 1
}

func confidenceRank(f Finding) int {
	if f.Level != Failure {
		return 0 // among notes, order says nothing about how sure they are
	}
	return map[Confidence]int{Sure: 0, Likely: 1, Possible: 2}[f.Confidence]
}

// caution takes back advice that gives something up, where what it would be given
// up for is only possible.
func (d *Diagnosis) caution() {
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Confidence == Possible {
			f.Remedies = slices.DeleteFunc(slices.Clone(f.Remedies), func(r Remedy) bool { return !r.Safe })
		}
	}
}

// doubt lowers what is claimed over a hole in the capture: bytes that nobody saw
// can hold another reason.
func (d *Diagnosis) doubt(s *story) {
	hole := s.hole()
	if hole == "" {
		return
	}
	for i := range d.Findings {
		f := &d.Findings[i]
		if f.Level != Failure || !s.oneSided() && !slices.ContainsFunc(f.Frames, s.afterHole) {
			continue
		}
		f.Missing = append(f.Missing, hole)
		if f.Confidence == Sure && (s.oneSided() || s.holeTouches(f)) {
			f.Confidence = Likely
		}
	}
}
