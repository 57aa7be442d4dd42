package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sharing = "../../docs/sanitize.md"

// The page shows what is said of one of the captures of real peers.
func TestThePageShowsWhatSanitizeSays(t *testing.T) {
	out := filepath.Join(t.TempDir(), "shared.pcapng")
	code, said, stderr := run(t, "sanitize", "../../testdata/captures/rig/parley-reset-tls1_2-ECDHE-RSA-AES256-GCM-SHA384.pcapng", "-o", out)
	if code != 0 {
		t.Fatalf("exit status %d: %s", code, stderr)
	}
	want := strings.TrimRight(strings.ReplaceAll(said, out, filepath.Base(out)), "\n")
	page, err := os.ReadFile(sharing)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "```\n$ parley sanitize parley-reset.pcapng -o shared.pcapng\n", "\n```"
	before, rest, found := strings.Cut(string(page), begin)
	shown, after, ended := strings.Cut(rest, end)
	if !found || !ended {
		t.Fatalf("%s does not show it", sharing)
	}
	if *update {
		if err := os.WriteFile(sharing, []byte(before+begin+want+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if shown != want {
		t.Errorf("%s shows something else (-update writes it anew):\n%s", sharing, want)
	}
}

func TestWhatIsSharedIsDiagnosedAlike(t *testing.T) {
	out := filepath.Join(t.TempDir(), "shared.pcapng")
	if code, _, stderr := run(t, "sanitize", realClient, "--key", serverKey, "-o", out); code != 0 {
		t.Fatalf("exit status %d: %s", code, stderr)
	}
	_, was, _ := run(t, "diagnose", realClient, "--key", serverKey)
	code, is, _ := run(t, "diagnose", out)
	firstOf := func(s string) string { first, _, _ := strings.Cut(s, "\n\n"); return first }
	if code != 1 || firstOf(was) != firstOf(is) {
		t.Errorf("exit status %d, and it says\n%s", code, firstOf(is))
	}
}

func TestSanitizeIsCalledRightly(t *testing.T) {
	damaged := filepath.Join(t.TempDir(), "damaged.pcap")
	file, err := os.ReadFile(realClient)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(damaged, file[:len(file)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		arguments []string
		code      int
		says      string
	}{
		{[]string{realClient}, exitUsage, "-o"},
		{[]string{"-o", "shared.pcapng"}, exitUsage, "takes one capture"},
		{[]string{realClient, "-o", realClient}, exitFailure, "was read to make this"},
		{[]string{realClient, "--key", "sanitize.go", "-o", "shared.pcapng"}, exitUsage, "sanitize.go"},
		{[]string{"sanitize.go", "-o", filepath.Join(t.TempDir(), "shared.pcapng")}, exitFailure, "not a capture file"},
		{[]string{damaged, "-o", filepath.Join(t.TempDir(), "shared.pcapng")}, exitPartial, "damaged after frame"},
	} {
		code, _, stderr := run(t, append([]string{"sanitize"}, c.arguments...)...)
		if code != c.code || !strings.Contains(stderr, c.says) {
			t.Errorf("%q: exit status %d, not %d; it says %s", c.arguments, code, c.code, stderr)
		}
	}
}
