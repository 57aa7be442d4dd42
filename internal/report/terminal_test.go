package report_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden holds what was written against testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what was written (-update writes it anew):\n%s", file, got)
	}
}

func terminal(t *testing.T, r *report.Report, o report.TerminalOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.Terminal(&b, r, o); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestTerminalIsAsItWasLookedAt(t *testing.T) {
	for _, c := range []struct {
		name  string
		r     *report.Report
		style report.Style
	}{
		{"founder-100", reportOf(founder(1)), report.Style{Width: 100}},
		{"founder-80", reportOf(founder(1)), report.Style{Width: 80}},
		{"founder-60", reportOf(founder(1)), report.Style{Width: 60}},
		{"founder-100-colour", reportOf(founder(1)), report.Style{Width: 100, Color: true}},
		{"founder-60-colour", reportOf(founder(1)), report.Style{Width: 60, Color: true}},
		{"sealed-100", reportOf(sealedFounder(1)), report.Style{Width: 100}},
		{"healthy-100", reportOf(healthy(1)), report.Style{Width: 100}},
		{"live-100", reportOf(live(1)), report.Style{Width: 100}},
		{"fleet-100", fleet(), report.Style{Width: 100}},
		{"fleet-60", fleet(), report.Style{Width: 60}},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, c.name+".txt", terminal(t, c.r, report.TerminalOptions{Style: c.style}))
		})
	}
}

func said(t *testing.T, r *report.Report, o report.TerminalOptions) string {
	t.Helper()
	o.Width = 200
	return string(terminal(t, r, o))
}

func TestTheVerdictIsTheFirstLine(t *testing.T) {
	for want, r := range map[string]*report.Report{
		"reneg-reset-hello: The client began its handshake again": reportOf(founder(1)),
		"healthy: The connection did what it should.":             reportOf(healthy(1)),
		"36 of 40 connections failed.":                            fleet(),
		"healthy: nothing failed in 2 connections.":               reportOf(healthy(1), healthy(2)),
		"All of 2 connections failed.":                            reportOf(founder(1), founder(2)),
		"There is no TCP connection in it.":                       {},
	} {
		if got := said(t, r, report.TerminalOptions{}); !strings.HasPrefix(got, want) {
			t.Errorf("it begins\n%.200s\nand not %q", got, want)
		}
	}
}

func TestWhatCouldBeReadOnlyInPartIsSaidFirst(t *testing.T) {
	r := reportOf(healthy(1))
	r.Source.Broken = "the file ends inside a packet"
	if got := said(t, r, report.TerminalOptions{}); !strings.HasPrefix(got, "Only part of the capture could be read: the file ends inside a packet.") {
		t.Errorf("it begins\n%.200s", got)
	}
}

func TestTheFirstScreenSaysWhatIsWrongWhoseFaultAndWhatToSet(t *testing.T) {
	for _, d := range []*diagnose.Diagnosis{founder(1), sealedFounder(1)} {
		for _, width := range []int{80, 100} {
			lines := strings.SplitAfter(string(terminal(t, reportOf(d), report.TerminalOptions{Style: report.Style{Width: width}})), "\n")
			screen := strings.Join(strings.Fields(strings.Join(lines[:40], "")), " ")
			for _, want := range []string{
				"reneg-reset-hello: The client began its handshake again", "Whose fault the client's, not the server's",
				"in Parley: nothing to set", "in the client: call SSL_renegotiate", "Is it my fault? Not by what could be seen.",
				"no HelloRequest in frames 1 to 12", "frame 12 record header version: 0x0301",
			} {
				if !strings.Contains(screen, want) {
					t.Errorf("at %d columns the first screen does not say %q:\n%s", width, want, strings.Join(lines[:40], ""))
				}
			}
		}
	}
}

func TestConnectionsCanBeChosen(t *testing.T) {
	got := said(t, fleet(), report.TerminalOptions{Connections: []int{10, 12, 99}})
	for want, is := range map[string]bool{
		"10: 192.0.2.17": true, "12: 192.0.2.12": true, "11: 192.0.2.11": false,
		"There is no connection 99 among the 40 that were kept.": true,
	} {
		if strings.Contains(got, want) != is {
			t.Errorf("%q is in it: %t", want, !is)
		}
	}
}

func TestAllTellsEveryConnection(t *testing.T) {
	got := said(t, fleet(), report.TerminalOptions{All: true})
	if n := strings.Count(got, "What passed"); n != 40 {
		t.Errorf("%d of 40 connections have a ladder", n)
	}
	if strings.Contains(got, "times data") {
		t.Error("a ladder is shortened")
	}
}

func TestAFollowedConnectionThatWentWellIsOneLine(t *testing.T) {
	for _, c := range []struct {
		d     *diagnose.Diagnosis
		lines bool
	}{{healthy(7), false}, {founder(8), true}} {
		var b bytes.Buffer
		if err := report.Connection(&b, c.d, report.TerminalOptions{Style: report.Style{Width: 100}}); err != nil {
			t.Fatal(err)
		}
		if (strings.Count(b.String(), "\n") > 1) != c.lines {
			t.Errorf("connection %d is told as\n%s", c.d.Conversation.Number, &b)
		}
	}
}

func TestIsItMyFault(t *testing.T) {
	charges := func(v ...diagnose.Verdict) []diagnose.Charge {
		var out []diagnose.Charge
		for _, one := range v {
			out = append(out, diagnose.Charge{Verdict: one})
		}
		return out
	}
	for _, c := range []struct {
		culprit diagnose.Culprit
		charges []diagnose.Charge
		want    string
	}{
		{diagnose.CulpritClient, charges(diagnose.DidNot, diagnose.DidNot), "No."},
		{diagnose.CulpritClient, charges(diagnose.DidNot, diagnose.Unknown), "Not by what could be seen."},
		{diagnose.CulpritUnknown, charges(diagnose.Did, diagnose.Unknown), `Perhaps in part: see "yes" below.`},
		{diagnose.CulpritServer, charges(diagnose.DidNot), "Yes, if the server is yours."},
	} {
		if got := report.Acquittal(diagnose.Finding{Culprit: c.culprit}, c.charges); got != c.want {
			t.Errorf("%s, %v: %q, not %q", c.culprit, c.charges, got, c.want)
		}
	}
}

func TestAdviceSaysWhatItCosts(t *testing.T) {
	for want, r := range map[string]diagnose.Remedy{
		"--reset accept (safe)":                              {Where: "Parley", Setting: "--reset accept", Safe: true},
		"--bare trust (NOT SAFE; cost: it is CVE-2009-3555)": {Where: "Parley", Setting: "--bare trust", Cost: "it is CVE-2009-3555"},
		"call SSL_renegotiate":                               {Where: "the client", Setting: "call SSL_renegotiate", Safe: true},
		"prefer ECDHE (cost: CPU)":                           {Where: "nginx", Setting: "prefer ECDHE", Safe: true, Cost: "CPU"},
	} {
		if got := report.Advice(r); got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}

func TestFindingsAreTalliedFailuresFirst(t *testing.T) {
	r := fleet()
	r.Total.Findings["record-mac"] = 7 // in connections that were not kept
	var got []string
	for _, t := range report.Tallies(r) {
		got = append(got, fmt.Sprint(t.ID, " ", t.Count))
	}
	want := []string{"reneg-reset-hello 36", "suite-weak 36", "record-mac 7", "healthy 4"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// full is a disk that is full.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

var errFull = errors.New("no space left")

func TestWhatCannotBeWrittenIsAnError(t *testing.T) {
	o := report.TerminalOptions{}
	for name, err := range map[string]error{
		"Terminal":   report.Terminal(full{}, fleet(), o),
		"Connection": report.Connection(full{}, founder(1), o),
		"Compare":    report.Compare(full{}, fleet(), fleet(), o),
		"JSON":       report.JSON(full{}, fleet()),
		"Markdown":   report.Markdown(full{}, fleet()),
		"Draw":       report.Draw(full{}, report.Story(founder(1)), o.Style),
	} {
		if !errors.Is(err, errFull) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
