package inspect

import (
	"cmp"
	"slices"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/diagnose/survey"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
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
	k.count(d)
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

func (k *kept) count(d *diagnose.Diagnosis) {
	k.total.Connections++
	if d.Conversation.Protocol == trace.ProtocolTLS {
		k.total.TLS++
	}
	seen := map[string]bool{}
	atRisk := false
	for _, f := range d.Findings {
		atRisk = atRisk || f.Level == diagnose.Risk
		if !seen[f.ID] {
			seen[f.ID] = true
			k.total.Findings[f.ID]++
		}
	}
	switch {
	case d.Failed():
		k.total.Failed++
	case atRisk:
		k.total.AtRisk++
	default:
		k.total.Healthy++
	}
}

// withoutEvents gives a diagnosis whose conversation can no longer be drawn.
func withoutEvents(d *diagnose.Diagnosis) *diagnose.Diagnosis {
	slim, c := *d, *d.Conversation
	c.Omitted += len(c.Events)
	c.Events = nil
	slim.Conversation = &c
	return &slim
}

func (k *kept) into(r *report.Report) {
	slices.SortFunc(k.connections, func(a, b *diagnose.Diagnosis) int {
		return cmp.Compare(a.Conversation.Number, b.Conversation.Number)
	})
	r.Connections, r.Total, r.Survey = k.connections, k.total, k.survey.Remarks()
}
