package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// An explainer is a running parley listen, whose notes are its log.
type explainer struct {
	*process
	text bytes.Buffer // its standard output
}

// explaining waits until clients can connect.
func explaining(t *testing.T, arguments ...string) *explainer {
	t.Helper()
	e := new(explainer)
	c := exec.Command(binary, append([]string{"listen", "--explain", "--listen", "127.0.0.1:0"}, arguments...)...)
	c.Stdout = &e.text
	e.process = startCommand(t, c)
	return e
}

func (e *explainer) says(wanted ...string) {
	e.t.Helper()
	for _, w := range wanted {
		if !strings.Contains(e.text.String(), w) {
			e.t.Errorf("it does not say %q:\n%s", w, &e.text)
		}
	}
}

func TestListenExplainsAHealthyClientAndEnds(t *testing.T) {
	e := explaining(t, "--connections", "1")
	c := e.dial()
	echo(t, c, "hello")
	c.Close()
	e.exits(0)
	e.says("connection 1 from 127.0.0.1:", "healthy", "served by", "1 connection: 0 failed")
}

func TestListenExitsWithOneWhereAClientFailed(t *testing.T) {
	e := explaining(t, "--connections", "1")
	c, err := net.Dial("tcp", e.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET / HTTP/1.1\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if rest := e.exits(1); strings.Contains(rest, "parley: ") {
		t.Errorf("it complains of itself: %s", rest)
	}
	e.says("not-tls-http", "the client's, not the server's")
}

func TestListenEndsWithASummaryWhenItIsTold(t *testing.T) {
	e := explaining(t)
	echo(t, e.dial(), "still open")
	e.signal(os.Interrupt)
	e.exits(0)
	e.says("1 connection: 0 failed")
	quiet := explaining(t, "--for", "1ms")
	quiet.exits(0)
	quiet.says("No client connected.")
	told := explaining(t)
	told.signal(syscall.SIGTERM)
	told.exits(0)
}

func TestListenGivesTheReportInAllForms(t *testing.T) {
	dir := t.TempDir()
	page, capture := filepath.Join(dir, "report.html"), filepath.Join(dir, "seen.pcapng")
	e := explaining(t, "--connections", "1", "--json", "--html", page, "--write", capture)
	c := e.dial()
	echo(t, c, "hello")
	c.Close()
	if rest := e.exits(0); !strings.Contains(rest, "served by") {
		t.Errorf("the running text is not on standard error: %s", rest)
	}
	var report struct {
		Connections []any `json:"connections"`
	}
	if err := json.Unmarshal(e.text.Bytes(), &report); err != nil || len(report.Connections) != 1 {
		t.Errorf("%v: %s", err, &e.text)
	}
	if html, err := os.ReadFile(page); err != nil || !bytes.Contains(html, []byte("<html")) {
		t.Errorf("the page: %v", err)
	}
	if code, stdout, stderr := run(t, "diagnose", capture); code != 0 || !strings.Contains(stdout, "healthy") {
		t.Errorf("what it recorded: %d, %s%s", code, stdout, stderr)
	}
	e = explaining(t, "--connections", "1", "--markdown")
	e.dial().Close()
	e.exits(0)
	e.says("What passed", "Also to know")
}

func TestListenCalledWrongly(t *testing.T) {
	there := filepath.Join(t.TempDir(), "there")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		says      string
		arguments []string
	}{
		{`--for "soon"`, []string{"--for", "soon"}},
		{`--connections "0"`, []string{"--connections", "0"}},
		{`--suites "nonsense"`, []string{"--suites", "nonsense"}},
		{`there already`, []string{"--listen", "127.0.0.1:0", "--write", there}},
		{`parley listen explains`, []string{"--explain=false"}},
		{`choose --json or --markdown`, []string{"--json", "--markdown"}},
		{`takes no argument`, []string{"8443"}},
	} {
		code, stdout, stderr := run(t, append([]string{"listen"}, test.arguments...)...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "parley: ") || !strings.Contains(stderr, test.says) {
			t.Errorf("%q: %d, %s%s", test.arguments, code, stdout, stderr)
		}
	}
}
