package report

import (
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
)

// Count adds one connection.
func (t *Total) Count(d *diagnose.Diagnosis) {
	t.Connections++
	if d.Conversation.Protocol == trace.ProtocolTLS {
		t.TLS++
	}
	if t.Findings == nil {
		t.Findings = map[string]int{}
	}
	seen := map[string]bool{}
	atRisk := false
	for _, f := range d.Findings {
		atRisk = atRisk || f.Level == diagnose.Risk
		if !seen[f.ID] {
			seen[f.ID] = true
			t.Findings[f.ID]++
		}
	}
	switch {
	case d.Failed():
		t.Failed++
	case atRisk:
		t.AtRisk++
	default:
		t.Healthy++
	}
}
