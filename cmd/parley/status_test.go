package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStatusOfARunningServer(t *testing.T) {
	dir, err := os.MkdirTemp("", "p") // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	admin := "unix:" + filepath.Join(dir, "a")
	p := start(t, "--admin", admin)
	p.waitLine("admin socket on")
	echo(t, p.dial(), "hello")
	code, stdout, stderr := run(t, "status", "--admin", admin)
	if code != 0 || !strings.Contains(stdout, "1 open, 1 since the start") || !strings.Contains(stdout, "TLS 1.3  first") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	var s struct{ Listeners []struct{ Address string } }
	_, stdout, _ = run(t, "status", "--admin", admin, "--json")
	if err := json.Unmarshal([]byte(stdout), &s); err != nil || len(s.Listeners) != 1 || s.Listeners[0].Address != p.address {
		t.Errorf("%v: %s", err, stdout)
	}
}

func TestStatusWithoutAServer(t *testing.T) {
	code, _, stderr := run(t, "status", "--admin", "unix:"+filepath.Join(t.TempDir(), "a"))
	if code != 1 || !strings.Contains(stderr, "is parley serve running") {
		t.Errorf("%d, %s", code, stderr)
	}
	if code, _, stderr = run(t, "status"); code != 2 || !strings.Contains(stderr, "unix:PATH") {
		t.Errorf("%d, %s", code, stderr)
	}
}
