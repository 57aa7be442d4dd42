package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	realClient = "../../testdata/captures/founding-tls12.pcap"
	properOne  = "../../testdata/captures/proper-tls12.pcap"
	serverKey  = "../../testdata/captures/server.key"
)

func TestDiagnoseSaysByItsExitStatusWhatItFound(t *testing.T) {
	cut := filepath.Join(t.TempDir(), "cut.pcap")
	whole, err := os.ReadFile(properOne)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cut, whole[:len(whole)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name      string
		arguments []string
		code      int
	}{
		{"nothing failed", []string{properOne}, 0},
		{"a client failed", []string{realClient}, 1},
		{"the one that failed is not asked for", []string{realClient, "--filter", "version=1.0"}, 0},
		{"no capture named", nil, 2},
		{"two captures named", []string{realClient, properOne}, 2},
		{"a filter that means nothing", []string{realClient, "--filter", "colour=red"}, 2},
		{"a certificate for a key", []string{realClient, "--key", "../../testdata/captures/server.crt"}, 2},
		{"JSON and Markdown at once", []string{realClient, "--json", "--markdown"}, 2},
		{"no such file", []string{realClient + ".none"}, 3},
		{"no capture", []string{serverKey}, 3},
		{"a capture that was cut off", []string{cut}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := run(t, append([]string{"diagnose"}, c.arguments...)...)
			if code != c.code {
				t.Errorf("exit status %d, want %d\n%s%s", code, c.code, stdout, stderr)
			}
			if code >= exitUsage && !strings.HasPrefix(stderr, "parley: ") {
				t.Errorf("standard error: %q", stderr)
			}
		})
	}
}

// The measure of the report: who knows TLS a little reads the first screen only,
// and can say what is wrong, whose fault it is and what to set.
func TestTheFirstScreenAnswersTheThreeQuestions(t *testing.T) {
	_, stdout, _ := run(t, "diagnose", realClient)
	screen := strings.Join(strings.SplitN(stdout, "\n", 25)[:24], "\n")
	for _, answer := range []string{"reneg-reset-hello", "The client began its handshake again inside the connection", "the client's, not the server's", "--reset accept is the default", "SSL_renegotiate", "Is it my fault? No."} {
		if !strings.Contains(screen, answer) {
			t.Errorf("the first screen does not say %q:\n%s", answer, screen)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Error("colours in a pipe")
	}
}

func TestDiagnoseReadsStandardInput(t *testing.T) {
	capture, err := os.ReadFile(realClient)
	if err != nil {
		t.Fatal(err)
	}
	for _, arguments := range [][]string{{"diagnose", "-"}, {"diagnose", "--follow", "-"}} {
		c := exec.CommandContext(t.Context(), binary, arguments...)
		c.Stdin = bytes.NewReader(capture)
		out, _ := c.Output() // it ends with status 1
		if c.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "reneg-reset-hello") {
			t.Errorf("%v: status %d\n%s", arguments, c.ProcessState.ExitCode(), out)
		}
	}
}

func TestDiagnoseWritesTheSameReportInEveryForm(t *testing.T) {
	page := filepath.Join(t.TempDir(), "report.html")
	code, stdout, stderr := run(t, "diagnose", realClient, "--key", serverKey, "--json", "--html", page)
	if code != 1 || stderr != "" {
		t.Fatalf("status %d: %s", code, stderr)
	}
	var report struct {
		Connections []struct {
			Findings []struct{ ID, Culprit, Confidence, Sentence string }
		}
	}
	if err := json.Unmarshal([]byte(stdout), &report); err != nil {
		t.Fatal(err)
	}
	first := report.Connections[0].Findings[0]
	if first.ID != "reneg-reset-hello" || first.Culprit != "client" || first.Confidence != "sure" {
		t.Errorf("%+v", first)
	}
	html, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	_, markdown, _ := run(t, "diagnose", realClient, "--key", serverKey, "--markdown")
	for form, text := range map[string]string{"page": string(html), "Markdown": markdown} {
		if !strings.Contains(text, "reneg-reset-hello") || !strings.Contains(text, "SSL_renegotiate") {
			t.Errorf("the %s does not say it:\n%.2000s", form, text)
		}
	}
}

func TestDiagnoseComparesTwoCaptures(t *testing.T) {
	page := filepath.Join(t.TempDir(), "both.html")
	code, stdout, stderr := run(t, "diagnose", properOne, "--compare", realClient, "--html", page)
	if code != 1 || stderr != "" || !strings.Contains(stdout, "reneg-reset-hello") {
		t.Errorf("status %d: %s%s", code, stderr, stdout)
	}
	if html, err := os.ReadFile(page); err != nil || !bytes.Contains(html, []byte("reneg-reset-hello")) {
		t.Errorf("the page: %v", err)
	}
}

func TestNothingThatWasReadIsWrittenOver(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for name, from := range map[string]string{"first.pcap": realClient, "second.pcap": properOne, "server.key": serverKey} {
		b, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at(name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"first.pcap", "second.pcap", "server.key"} {
		before, _ := os.ReadFile(at(name))
		_, _, stderr := run(t, "diagnose", at("first.pcap"), "--compare", at("second.pcap"), "--key", at("server.key"), "--html", at(name))
		if after, _ := os.ReadFile(at(name)); !bytes.Equal(before, after) || !strings.Contains(stderr, "needs another name") {
			t.Errorf("%s: %s", name, stderr)
		}
	}
}
