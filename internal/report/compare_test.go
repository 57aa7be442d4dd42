package report_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// proper is the founding client's conversation, as RFC 5746 has it.
func proper(number int) *diagnose.Diagnosis {
	t := firstHandshake("")
	t.add(10, trace.Client, trace.Data, trace.DataDetail{FromClient: 5000, Records: 1})
	t.add(11, trace.Server, trace.Data, trace.DataDetail{ToClient: 5000, Records: 1})
	hello := founderHello()
	hello.CipherSuites = hello.CipherSuites[:1]
	hello.Extensions = append(hello.Extensions, wire.RenegotiationInfoExtension([]byte(secret)))
	t.add(12, trace.Client, trace.Message, trace.MessageDetail{Type: wire.MessageClientHello, Hello: hello})
	t.add(12, trace.Client, trace.SecondHello, trace.SecondHelloDetail{Kind: renego.KindSecure, HeaderVersion: wire.VersionTLS12})
	t.message(13, trace.Server, wire.MessageServerHello)
	d := healthy(number)
	d.Conversation = conversation(number, t)
	d.Facts.SecondHellos = []diagnose.SecondHello{{Kind: "secure"}}
	return d
}

func compared(t *testing.T, a, b *report.Report, o report.TerminalOptions) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := report.Compare(&out, a, b, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestComparisonIsAsItWasLookedAt(t *testing.T) {
	good := reportOf(proper(1))
	good.Source.Name = "proper-tls12.pcap"
	for name, width := range map[string]int{"compare-120.txt": 120, "compare-80.txt": 80} {
		golden(t, name, compared(t, reportOf(founder(1)), good, report.TerminalOptions{Style: report.Style{Width: width}}))
	}
}

func TestTheFirstDifferenceIsTheHello(t *testing.T) {
	d := report.Differ(founder(1), proper(1))
	if d.First < 0 || d.Steps[d.First].A == nil || d.Steps[d.First].B == nil {
		t.Fatalf("the first difference is %d of %d", d.First, len(d.Steps))
	}
	if a, b := d.Steps[d.First].A, d.Steps[d.First].B; a.Frame != 12 || b.Frame != 12 {
		t.Errorf("the first difference is %q and %q", a.Text, b.Text)
	}
	for _, want := range []string{
		"finding: reneg-reset-hello in the first, healthy in the second",
		"outcome: it failed in the first, nothing failed in the second",
		`second hello: "SCSV, a ticket" in the first, "renegotiation_info of 6 bytes" in the second`,
		"second hellos: 1 (reset) in the first, 1 (secure) in the second",
	} {
		if !slices.Contains(d.Words, want) {
			t.Errorf("it does not say %q: %q", want, d.Words)
		}
	}
}

func TestAConnectionIsLikeItself(t *testing.T) {
	for name, d := range map[string]*diagnose.Diagnosis{"founder": founder(1), "healthy": healthy(1), "sealed": sealedFounder(1), "everything": everything()} {
		if diff := report.Differ(d, d); diff.First >= 0 || diff.Words != nil {
			t.Errorf("%s: it differs from itself at %d: %q", name, diff.First, diff.Words)
		}
	}
}

func TestTheHellosDifferInWords(t *testing.T) {
	a, b := founder(1), founder(2)
	hello := founderHello()
	hello.Version = wire.VersionTLS10
	hello.CipherSuites = slices.Concat(hello.CipherSuites, []wire.SuiteID{wire.TLS_RSA_WITH_RC4_128_SHA})
	hello.Extensions = slices.Clone(hello.Extensions[1:])
	b.Conversation.Events[1].Detail = trace.MessageDetail{Type: wire.MessageClientHello, Hello: hello}
	got := report.Differ(a, b).Words
	want := []string{
		"client_version: TLS 1.2 in the first, TLS 1.0 in the second",
		"cipher suites offered: only the second has TLS_RSA_WITH_RC4_128_SHA",
		"extensions offered: only the first has session_ticket",
	}
	if !slices.Equal(got, want) {
		t.Errorf("they differ in %q", got)
	}
}

func TestEveryRungIsInOneStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawnConversation(t), drawnConversation(t)
		d := report.Differ(a, b)
		var as, bs []report.Rung
		for _, s := range d.Steps {
			if s.A != nil {
				as = append(as, *s.A)
			}
			if s.B != nil {
				bs = append(bs, *s.B)
			}
			if s.A == nil && s.B == nil {
				t.Fatal("a step of neither story")
			}
		}
		if len(as) != len(report.Story(a)) || len(bs) != len(report.Story(b)) {
			t.Fatalf("%d and %d rungs of %d and %d", len(as), len(bs), len(report.Story(a)), len(report.Story(b)))
		}
	})
}

func TestComparisonOfNothingSaysSo(t *testing.T) {
	got := string(compared(t, reportOf(founder(1)), &report.Report{Source: report.Source{Name: "empty.pcap"}}, report.TerminalOptions{Style: report.Style{Width: 100}}))
	if !strings.Contains(got, "empty.pcap has no such connection") {
		t.Errorf("it says %q", got)
	}
	got = string(compared(t, fleet(), fleet(), report.TerminalOptions{Connections: []int{3, 10}}))
	if !strings.Contains(got, "connection 3:") || !strings.Contains(got, "connection 10:") {
		t.Errorf("it compares others than 3 and 10:\n%s", got)
	}
}

func TestTheHeadlineNamesTheFirstDifferenceThatMatters(t *testing.T) {
	otherSuite := founder(2)
	otherSuite.Facts.Suite = "TLS_RSA_WITH_AES_256_GCM_SHA384"
	for i, e := range otherSuite.Conversation.Events {
		if d, ok := e.Detail.(trace.HandshakeDetail); ok {
			d.SuiteID, d.Suite = wire.TLS_RSA_WITH_AES_256_GCM_SHA384, nil
			otherSuite.Conversation.Events[i].Detail = d
		}
	}
	for name, test := range map[string]struct {
		b    *diagnose.Diagnosis
		want string
	}{
		"a proper renegotiation": {proper(1), `Here the two part: the client's second hello (frame 12 of the first, frame 12 of the second), with "SCSV, a ticket" and with "renegotiation_info of 6 bytes".`},
		"only another suite":     {otherSuite, "The same passed in both; they differ in cipher suite."},
		"the same":               {founder(1), "The two are alike in all that was looked at."},
		"healthy":                {healthy(1), "only the first has the client's second hello (frame 12)"},
	} {
		if got := report.Differ(founder(1), test.b).Headline(); !strings.Contains(got, test.want) {
			t.Errorf("%s: it says %q", name, got)
		}
	}
}
