package report_test

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
)

func TestMarkdownIsAsItWasLookedAt(t *testing.T) {
	golden(t, "founder.md", written(t, report.Markdown, reportOf(founder(1))))
	golden(t, "fleet.md", written(t, report.Markdown, fleet()))
}

func TestMarkdownShowsAPeersTextAsItStands(t *testing.T) {
	d := founder(1)
	d.Findings[0].Sentence = "<img src=x> [a](b) @all #12 `x` | y\nz"
	d.Facts.ServerName = "*a*"
	d.Conversation.Prelude = &trace.Prelude{Protocol: "SM```TP", Request: at(1)}
	got := string(written(t, report.Markdown, reportOf(d)))
	for _, want := range []string{
		`\<img src=x\> \[a\](b) @<!-- -->all #<!-- -->12 \` + "`x\\`" + ` \| y z`,
		`server name \*a\*`,
		"````text\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %s in\n%s", want, got)
		}
	}
}

func TestMarkdownHasRoomInAnIssue(t *testing.T) {
	r := fleet()
	for range 2000 {
		r.Connections = append(r.Connections, founder(1))
	}
	for i := range r.Connections[0].Findings {
		f := &r.Connections[0].Findings[i]
		for range 10000 {
			f.RuledOut = append(f.RuledOut, f.RuledOut...)[:min(len(f.RuledOut)*2, 5000)]
			f.Missing = append(f.Missing, strings.Repeat("much ", 100))
		}
	}
	if n := len(written(t, report.Markdown, r)); n > 65536 {
		t.Errorf("it is %d bytes long", n)
	}
}
