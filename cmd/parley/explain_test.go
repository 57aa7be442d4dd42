package main

import (
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestExplainSaysWhatAMessageMeans(t *testing.T) {
	code, stdout, stderr := run(t, "explain", "error:1408F10B:SSL", "routines:SSL3_GET_RECORD:wrong", "version", "number")
	for _, part := range []string{"wrong version number\n", "reason 267", "reneg-reset-hello", "parley diagnose"} {
		if !strings.Contains(stdout, part) {
			t.Errorf("it does not say %q:\n%s", part, stdout)
		}
	}
	if code != 0 || stderr != "" {
		t.Errorf("%d, %s", code, stderr)
	}
}

func TestExplainTakesNegativeNumbersForTexts(t *testing.T) {
	for _, arguments := range [][]string{{"explain", "-0x7780"}, {"explain", "mbedtls_ssl_handshake", "returned", "-0x7780"}, {"explain", "-30592", "--json"}} {
		code, stdout, stderr := run(t, arguments...)
		if code != 0 || !strings.Contains(stdout, "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE") {
			t.Errorf("%q: %d, %s%s", arguments, code, stdout, stderr)
		}
	}
}

func TestExplainShowsAFindingsPage(t *testing.T) {
	code, stdout, _ := run(t, "explain", "reneg-reset-hello")
	for _, part := range []string{"reneg-reset-hello\n", "What it means\n", "What proves it\n", "Who causes it\n", "What to do\n"} {
		if code != 0 || !strings.Contains(stdout, part) {
			t.Errorf("%d, and it does not say %q:\n%s", code, part, stdout)
		}
	}
}

func TestExplainReadsLinesFromStandardInput(t *testing.T) {
	for _, arguments := range [][]string{{"explain"}, {"explain", "-"}} {
		c := exec.CommandContext(t.Context(), binary, arguments...)
		c.Stdin = strings.NewReader("nothing of TLS\nRemote host closed connection during handshake\nalert 70\n")
		out, err := c.Output()
		if err != nil || !strings.Contains(string(out), "Remote host closed connection") || !strings.Contains(string(out), "protocol_version") {
			t.Errorf("%q: %v\n%s", arguments, err, out)
		}
	}
}

func TestExplainOwnsUpToWhatItDoesNotKnow(t *testing.T) {
	code, stdout, stderr := run(t, "explain", "renge-reset-hello")
	if code != 1 || !strings.Contains(stdout, "reneg-reset-hello") || !strings.Contains(stderr, "could not be explained") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := run(t, "explain", " "); code != 2 || !strings.Contains(stderr, "needs a text") {
		t.Errorf("%d, %s", code, stderr)
	}
}

func TestExplainWritesJSON(t *testing.T) {
	for text, want := range map[string]struct {
		code    int
		message string
	}{
		"alert 70":                         {0, "protocol_version"},
		"scsv received when renegotiating": {0, "scsv received when renegotiating"},
		"ended=truncated":                  {0, "truncated"},
		"good weather":                     {1, ""},
	} {
		code, stdout, _ := run(t, "explain", "--json", text)
		var got struct {
			Version   int
			Explained bool
			Messages  []struct{ Message, Meaning string }
		}
		if err := json.Unmarshal([]byte(stdout), &got); err != nil {
			t.Fatalf("%s: %v\n%s", text, err, stdout)
		}
		if code != want.code || got.Version != 1 || got.Explained != (want.code == 0) {
			t.Errorf("%s: %d\n%s", text, code, stdout)
		}
		if got.Explained && (got.Messages[0].Message != want.message || got.Messages[0].Meaning == "") {
			t.Errorf("%s:\n%s", text, stdout)
		}
	}
}

func TestExplanationsFitTheColumns(t *testing.T) {
	for _, columns := range []string{"60", "80"} {
		t.Setenv("COLUMNS", columns)
		for _, text := range []string{"alert 40", "reneg-reset-hello", "isolate", "nonsense of SSL routines"} {
			_, stdout, _ := run(t, "explain", text)
			for line := range strings.Lines(stdout) {
				if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 || columns == "60" && n > 60 {
					t.Errorf("%s at %s: %d columns: %s", text, columns, n, line)
				}
			}
		}
	}
}

func TestShellsCompleteTheFindings(t *testing.T) {
	_, stdout, _ := run(t, "__complete", "explain", "reneg-re")
	if !strings.Contains(stdout, "reneg-reset-hello\n") || strings.Contains(stdout, "truncated") {
		t.Error(stdout)
	}
}
