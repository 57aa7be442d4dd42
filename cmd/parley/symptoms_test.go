package main

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write what the guide shows anew")

const guide = "../../docs/symptoms.md"

// testdata/cut-off.pcap was recorded with tcpdump between the guide's server in C,
// on OpenSSL 3.0, and a client on OpenSSL 1.0.1j that begins its handshake again.
func TestTheGuideShowsWhatDiagnoseSays(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	t.Setenv("NO_COLOR", "1")
	_, said, _ := run(t, "diagnose", "testdata/cut-off.pcap")
	want := shortened(t, said)

	page, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "```\n$ parley diagnose cut-off.pcap        (shortened)\n", "\n```"
	before, rest, found := strings.Cut(string(page), begin)
	shown, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s does not show it", guide)
	}
	if *update {
		if err := os.WriteFile(guide, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != want {
		t.Errorf("%s shows something else (-update writes it anew):\n%s", guide, want)
	}
}

// shortened is the verdict, the list of what a server can have done, and the ladder.
func shortened(t *testing.T, said string) string {
	t.Helper()
	verdict, _, found := strings.Cut(said, "\n\nHow we know")
	_, ladder, passed := strings.Cut(said, "\n\nWhat passed")
	ladder, _, _ = strings.Cut(ladder, "\n\n")
	if !found || !passed {
		t.Fatalf("diagnose says\n%s", said)
	}
	var lines []string
	for line := range strings.Lines(verdict + "\n\n…\n\nWhat passed" + ladder) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.Join(lines, "\n")
}

// What the README leaves out it marks with "…"; the rest is as it is printed.
func TestTheREADMEShowsWhatDiagnoseSays(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	t.Setenv("NO_COLOR", "1")
	_, said, _ := run(t, "diagnose", "../../testdata/captures/founding-tls12.pcap")
	page, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(page), "$ parley diagnose testdata/captures/founding-tls12.pcap        (shortened)\n")
	shown, _, _ := strings.Cut(rest, "\n```")
	if !found {
		t.Fatal("the README does not show it")
	}
	for part := range strings.SplitSeq(shown, "\n…\n") {
		_, after, is := strings.Cut(said, part+"\n")
		if !is {
			t.Errorf("this is not what is printed, or not in this place:\n%s", part)
			continue
		}
		said = after
	}
}
