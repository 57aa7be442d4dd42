package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTicketKeysAreMadeRotatedAndChecked(t *testing.T) {
	name := filepath.Join(t.TempDir(), "tickets.keys")
	if code, stdout, stderr := run(t, "ticket-key", "new", name); code != 0 || stdout+stderr != "" {
		t.Fatalf("%d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := run(t, "ticket-key", "new", name); code != 1 || !strings.Contains(stderr, "rotate puts a new key into it") {
		t.Errorf("a second time: %d, %s", code, stderr)
	}
	text, _ := os.ReadFile(name)
	secret := strings.Fields(string(text))
	if code, stdout, stderr := run(t, "ticket-key", "rotate", name); code != 0 || !strings.Contains(stdout, "older keys: 1 kept") ||
		!strings.Contains(stdout, "on all nodes before that") || strings.Contains(stdout, secret[len(secret)-1]) {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	config := configFile(t, "listeners:\n  - listen: :1\nsessions: {ticket_key_files: ["+name+"]}\n")
	if code, stdout, stderr := run(t, "check", config); code > 1 {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if err := os.WriteFile(name, []byte("\nhunter2!\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := run(t, "check", config); code != 2 || !strings.Contains(stderr, "ticket_key_files: "+name+":2: this is no base64") || strings.Contains(stdout+stderr, "hunter2") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
}

func TestTicketKeyIsCalledRightly(t *testing.T) {
	for says, call := range map[string][]string{
		"takes one argument": {"ticket-key", "new"},
		"--after -1h":        {"ticket-key", "rotate", "f", "--after", "-1h"},
		"--keep 1":           {"ticket-key", "rotate", "f", "--keep", "1"},
		"no command":         {"ticket-key", "old"},
	} {
		if code, _, stderr := run(t, call...); code != 2 || !strings.Contains(stderr, says) {
			t.Errorf("%v: %d, %s", call, code, stderr)
		}
	}
	if code, _, stderr := run(t, "ticket-key", "rotate", filepath.Join(t.TempDir(), "nowhere")); code != 1 || !strings.Contains(stderr, "nowhere") {
		t.Errorf("%d, %s", code, stderr)
	}
}
