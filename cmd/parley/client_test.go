package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/visit"
)

func TestClientIsServedByServe(t *testing.T) {
	p := start(t)
	code, stdout, stderr := run(t, "client", p.address)
	if code != 0 || !strings.Contains(stdout, "reneg-reset-hello") || !strings.Contains(stdout, "How the server did: served. 2 handshakes completed, the last one abbreviated.") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "verifies no certificate") || strings.Contains(stdout, "frame") {
		t.Errorf("%s%s", stdout, stderr)
	}
	code, stdout, _ = run(t, "client", p.address, "--as", "gnutls-3.7", "--do", "bare", "--trim")
	if code != 1 || !strings.Contains(stdout, "refused with the warning no_renegotiation, at bare.") {
		t.Errorf("%d, %s", code, stdout)
	}
}

// goEcho echoes on crypto/tls, which knows no renegotiation.
func goEcho(t *testing.T) string {
	t.Helper()
	certificates, err := proxy.SelfSigned(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: certificates})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				_, _ = io.Copy(c, c)
			}()
		}
	}()
	return l.Addr().String()
}

func TestClientIsCutOffByAnotherServer(t *testing.T) {
	code, stdout, stderr := run(t, "client", goEcho(t))
	if code != 1 || stderr == "" || !strings.Contains(stdout, "cut off with the alert") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	code, stdout, _ = run(t, "client", goEcho(t), "--do", "none", "--as", "curl-7.88")
	if code != 0 || !strings.Contains(stdout, "healthy") {
		t.Errorf("%d, %s", code, stdout)
	}
}

func TestClientRecordsWhatDiagnoseReads(t *testing.T) {
	p := start(t)
	file := filepath.Join(t.TempDir(), "seen.pcapng")
	code, told, stderr := run(t, "client", p.address, "--write", file)
	if code != 0 {
		t.Fatalf("%d, %s", code, stderr)
	}
	code, read, _ := run(t, "diagnose", file, "--all")
	_, ladder, _ := strings.Cut(told, "What passed")
	ladder, _, _ = strings.Cut(ladder, "How the server did")
	ladder = strings.Replace(ladder, "this client's own keys", "the key log inside the capture", 1)
	if code != 0 || ladder == "" || !strings.Contains(words(read), words(ladder)) {
		t.Errorf("diagnose draws another ladder: %d,\n%s\nthan the client:\n%s", code, read, ladder)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if code, _, stderr := run(t, "client", p.address, "--write", file); code != 2 || !strings.Contains(stderr, "there already") {
		t.Errorf("over a file that is there: %d, %s", code, stderr)
	}
}

// words are a text's, its spaces no matter.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestClientWithoutAConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, more := range [][]string{nil, {"--server-report"}} {
		code, stdout, stderr := run(t, append([]string{"client", l.Addr().String()}, more...)...)
		if code != 3 || stdout != "" || !strings.Contains(stderr, "parley: ") {
			t.Errorf("%d, %s%s", code, stdout, stderr)
		}
	}
}

func TestClientCalledWrongly(t *testing.T) {
	for _, test := range []struct {
		says      string
		arguments []string
	}{
		{"takes one HOST:PORT", nil},
		{"takes one HOST:PORT", []string{"h:1", "h:2"}},
		{"takes one HOST:PORT", []string{"h:1", "--list"}},
		{"this is not HOST:PORT", []string{"localhost"}},
		{`--as "netscape"`, []string{"h:1", "--as", "netscape"}},
		{`--do "behave"`, []string{"h:1", "--do", "behave"}},
		{`--tls "1.3"`, []string{"h:1", "--tls", "1.3"}},
		{"--json and --markdown", []string{"h:1", "--json", "--markdown"}},
		{"--do and --server-report", []string{"h:1", "--do", "reset", "--server-report"}},
	} {
		code, stdout, stderr := run(t, append([]string{"client"}, test.arguments...)...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "parley: ") || !strings.Contains(stderr, test.says) {
			t.Errorf("%q: %d, %s%s", test.arguments, code, stdout, stderr)
		}
	}
}

func TestClientReportsOnAServer(t *testing.T) {
	p := start(t, "--secure", "refuse") // so that no storm is held back for long
	code, stdout, stderr := run(t, "client", p.address, "--server-report", "--timeout", "2s")
	if code != 0 || !strings.Contains(stdout, "The founding client is served.") || !strings.Contains(stdout, "✓ reset ") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if !strings.Contains(stderr, "at most") || !strings.Contains(stderr, "to this address only") {
		t.Errorf("it does not say what it is going to do: %s", stderr)
	}
	code, stdout, _ = run(t, "client", p.address, "--server-report", "--timeout", "2s", "--json")
	var form struct {
		Unsafe     bool
		Behaviours []struct{ Behaviour, Level string }
	}
	if err := json.Unmarshal([]byte(stdout), &form); err != nil || code != 0 || form.Unsafe || len(form.Behaviours) < 15 {
		t.Errorf("%d, %v: %s", code, err, stdout)
	}
}

func TestClientReportFindsAnUnsafeServer(t *testing.T) {
	p := start(t, "--secure", "refuse", "--bare", "trust", "--trust-from", "127.0.0.1", "--trust-until", "2999-01-01")
	code, stdout, _ := run(t, "client", p.address, "--server-report", "--timeout", "2s", "--markdown")
	if code != 1 || !strings.Contains(stdout, "UNSAFE: the server accepts bare") || !strings.Contains(stdout, "| ✗ | bare, TLS 1.2, 1.0:") {
		t.Errorf("%d, %s", code, stdout)
	}
}

func TestClientInJSONAndMarkdown(t *testing.T) {
	p := start(t)
	code, stdout, _ := run(t, "client", p.address, "--json", "--do", "proper")
	var form struct {
		Served  bool
		Outcome string
		Report  struct{ Connections []any }
	}
	if err := json.Unmarshal([]byte(stdout), &form); err != nil || code != 0 || !form.Served || form.Outcome != "served" || len(form.Report.Connections) != 1 {
		t.Errorf("%d, %v: %s", code, err, stdout)
	}
	code, stdout, _ = run(t, "client", p.address, "--markdown")
	if code != 0 || !strings.Contains(stdout, "**How the server did:** served.") {
		t.Errorf("%d, %s", code, stdout)
	}
}

func TestClientListsProfilesAndBehaviours(t *testing.T) {
	for _, columns := range []string{"80", "100"} {
		t.Setenv("COLUMNS", columns)
		code, stdout, _ := run(t, "client", "--list")
		if code != 0 || !strings.Contains(stdout, "From literature:") || !strings.Contains(stdout, "\n  restart ") {
			t.Errorf("%d, %s", code, stdout)
		}
		for line := range strings.Lines(stdout) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > 80 && columns == "80" || n > 100 {
				t.Errorf("%d columns of %s: %s", n, columns, line)
			}
		}
	}
	code, stdout, _ := run(t, "client", "--list", "--json")
	var form struct {
		Profiles   []struct{ Name, JA3 string }
		Behaviours []struct{ Name string }
	}
	if err := json.Unmarshal([]byte(stdout), &form); err != nil || code != 0 || len(form.Profiles) < 15 || form.Profiles[0].Name != "founding" || len(form.Profiles[0].JA3) != 32 || len(form.Behaviours) < 40 {
		t.Errorf("%d, %v: %s", code, err, stdout)
	}
}

func TestShellsCompleteProfilesAndBehaviours(t *testing.T) {
	for flag, wanted := range map[string]string{"--as": "openssl-1.0.1j", "--do": "restart-clear", "--tls": "1.1", "--asked": "decline"} {
		_, stdout, _ := run(t, "__complete", "client", flag, "")
		if !slices.Contains(strings.Split(stdout, "\n"), wanted) {
			t.Errorf("%s does not complete to %s: %s", flag, wanted, stdout)
		}
	}
	if _, stdout, _ := run(t, "__complete", "client", "--write", ""); stdout != ":0\n" {
		t.Errorf("--write does not complete with files: %q", stdout)
	}
}

func TestWordsThatClientCompletesAreUnderstood(t *testing.T) {
	for flag, words := range clientChoices {
		for _, word := range words() {
			o := visit.Options{Address: "h:1"}
			*map[string]*string{"as": &o.As, "do": &o.Do, "tls": &o.TLS, "asked": &o.Asked}[flag] = word
			if _, err := o.Check(); err != nil {
				t.Errorf("--%s %s: %v", flag, word, err)
			}
		}
	}
}
