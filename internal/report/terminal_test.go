package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

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
		{"fleet-100", fleet(), report.Style{Width: 100}},
		{"fleet-60", fleet(), report.Style{Width: 60}},
	} {
		t.Run(c.name, func(t *testing.T) {
			golden(t, c.name+".txt", terminal(t, c.r, report.TerminalOptions{Style: c.style}))
		})
	}
}
