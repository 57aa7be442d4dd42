package report_test

import (
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
)

func TestConnectionIsCountedOnceByItsWorstFinding(t *testing.T) {
	var total report.Total
	count := func(p trace.Protocol, levels ...diagnose.Level) {
		d := &diagnose.Diagnosis{Conversation: &trace.Conversation{Protocol: p}}
		for _, l := range levels {
			d.Findings = append(d.Findings, diagnose.Finding{ID: "an-" + string(l), Level: l})
		}
		total.Count(d)
	}
	count(trace.ProtocolTLS, diagnose.Failure, diagnose.Risk, diagnose.Note)
	count(trace.ProtocolTLS, diagnose.Risk, diagnose.Risk)
	count(trace.ProtocolHTTP, diagnose.Note)
	if total.Connections != 3 || total.TLS != 2 || total.Failed != 1 || total.AtRisk != 1 || total.Healthy != 1 {
		t.Errorf("%+v", total)
	}
	if f := total.Findings; f["an-failure"] != 1 || f["an-risk"] != 2 || f["an-note"] != 2 {
		t.Errorf("a finding that stands twice in a connection counts once: %v", f)
	}
}
