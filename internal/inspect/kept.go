package inspect

import (
	"cmp"
	"slices"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/diagnose/survey"
	"github.com/parley-tls/parley/internal/report"
)

// A capture may hold any number of connections, and a reader has only so much
// memory: so many are kept whole, of so many more the findings, and the rest
// only counts.
const (
	keptWhole    = 2000
	keptFindings = 20000
)

// A kept is what stays of the connections that were read.
type kept struct {
	each        func(*diagnose.Diagnosis)
	total       report.Total
	survey      *survey.Survey
	connections []*diagnose.Diagnosis
	whole       int
	dropped     int
}

func newKept(each func(*diagnose.Diagnosis)) *kept {
	return &kept{each: each, survey: survey.New(), total: report.Total{Findings: map[string]int{}}}
}

func (k *kept) add(d *diagnose.Diagnosis) {
	k.total.Count(d)
	k.survey.Add(d)
	switch {
	case k.each != nil:
		k.each(d)
	case k.whole < keptWhole && (d.Failed() || k.whole < keptWhole/2):
		k.whole++
		k.connections = append(k.connections, d)
	case len(k.connections) < keptFindings:
		k.connections = append(k.connections, withoutEvents(d))
	default:
		k.dropped++
	}
}

// withoutEvents gives a diagnosis whose conversation can no longer be drawn.
func withoutEvents(d *diagnose.Diagnosis) *diagnose.Diagnosis {
	slim, c := *d, *d.Conversation
	c.Omitted += len(c.Events)
	c.Events, c.OmittedAt = nil, 0
	slim.Conversation = &c
	return &slim
}

func (k *kept) into(r *report.Report) {
	slices.SortFunc(k.connections, func(a, b *diagnose.Diagnosis) int {
		return cmp.Compare(a.Conversation.Number, b.Conversation.Number)
	})
	r.Connections, r.Total, r.Survey = k.connections, k.total, k.survey.Remarks()
}
