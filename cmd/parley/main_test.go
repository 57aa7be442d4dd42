package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/spf13/pflag"

	"github.com/parley-tls/parley/internal/proxy"
)

// patience bounds every wait.
const patience = 30 * time.Second

// binary is the program under test, which TestMain builds.
var binary string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "parley")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary = filepath.Join(dir, "parley")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// run runs the program to its end.
func run(t *testing.T, arguments ...string) (code int, stdout, stderr string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), binary, arguments...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// A process is a running parley serve.
type process struct {
	t       *testing.T
	command *exec.Cmd
	address string
	logged  string // the line that told the address
	log     *bufio.Scanner
}

// start waits until clients can connect, as a script would.
func start(t *testing.T, arguments ...string) *process {
	t.Helper()
	return startServe(t, append([]string{"--listen", "127.0.0.1:0"}, arguments...)...)
}

// startServe is start where a file says where to listen.
func startServe(t *testing.T, arguments ...string) *process {
	t.Helper()
	return startCommand(t, exec.Command(binary, append([]string{"serve"}, arguments...)...))
}

func startCommand(t *testing.T, c *exec.Cmd) *process {
	t.Helper()
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() }) // both err if it has ended
	p := &process{t: t, command: c, log: bufio.NewScanner(stderr)}
	p.logged = p.waitLine("listening on ")
	p.address = addressIn(p.logged)
	return p
}

// addressIn is where a line of the log says that it listens.
func addressIn(line string) string {
	return regexp.MustCompile(`listening on ([0-9.:]+)`).FindStringSubmatch(line)[1]
}

// waitLine reads the log up to a line with a text.
func (p *process) waitLine(text string) string {
	p.t.Helper()
	var seen strings.Builder
	for p.log.Scan() {
		if strings.Contains(p.log.Text(), text) {
			return p.log.Text()
		}
		fmt.Fprintln(&seen, p.log.Text())
	}
	p.t.Fatalf("the log has no %q: %v\n%s", text, p.log.Err(), &seen)
	return ""
}

func (p *process) dial() *tls.Conn {
	p.t.Helper()
	c, err := tls.Dial("tcp", p.address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		p.t.Fatal(err)
	}
	return c
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// exits waits for the end, and gives the rest of the log.
func (p *process) exits(code int) string {
	p.t.Helper()
	var rest strings.Builder
	for p.log.Scan() {
		fmt.Fprintln(&rest, p.log.Text())
	}
	_ = p.command.Wait() // the exit code says it
	if got := p.command.ProcessState.ExitCode(); got != code {
		p.t.Errorf("it exits with %d, not %d:\n%s", got, code, &rest)
	}
	return rest.String()
}

func echo(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		t.Fatalf("the echo of %q is %q, %v", text, got, err)
	}
}

func TestServeWithoutMoreDoesSomethingTrue(t *testing.T) {
	p := start(t)
	c := p.dial()
	echo(t, c, "hello")
	c.Close()
	if line := p.waitLine("msg=connection"); !strings.Contains(line, "in=5 out=5") || !strings.Contains(line, "ended=clean") {
		t.Error(line)
	}
	p.signal(syscall.SIGTERM)
	if rest := p.exits(0); !strings.Contains(rest, "stopped") {
		t.Error(rest)
	}
}

func TestCertificateMadeAtStartIsToldByItsFingerprint(t *testing.T) {
	c := exec.Command(binary, "serve", "--listen", "127.0.0.1:0", "--log-format", "json")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Process.Kill(); _ = c.Wait() }()
	p := &process{t: t, command: c, log: bufio.NewScanner(stderr)}
	for _, key := range []string{"ECDSA", "RSA"} {
		line := p.waitLine(`"key":"` + key + `"`)
		if !regexp.MustCompile(`"sha256":"([0-9A-F]{2}:){31}[0-9A-F]{2}"`).MatchString(line) {
			t.Error(line)
		}
	}
	p.waitLine(`"msg":"listening on 127.0.0.1:`)
}

func TestFirstSignalDrainsAndASecondCuts(t *testing.T) {
	for _, s := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		p := start(t, "--drain", "1h")
		c := p.dial()
		echo(t, c, "before")
		p.signal(s)
		p.waitLine("stopping")
		echo(t, c, "still served")
		p.signal(s)
		if rest := p.exits(0); !strings.Contains(rest, "the server stopped") {
			t.Error(rest)
		}
	}
}

func TestDescriptorsRunOutAndComeBack(t *testing.T) {
	p := startCommand(t, exec.Command("sh", "-c", "ulimit -n 24; exec "+binary+" serve --listen 127.0.0.1:0"))
	var held []net.Conn
	for range 40 {
		c, err := net.Dial("tcp", p.address)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, c)
	}
	p.waitLine("too many open files")
	for _, c := range held {
		c.Close()
	}
	echo(t, p.dial(), "served again")
}

func TestListeningIsToldWhateverTheLevel(t *testing.T) {
	p := start(t, "--log-level", "error")
	c := p.dial()
	echo(t, c, "x")
	c.Close()
	p.signal(syscall.SIGTERM)
	if rest := p.exits(0); rest != "" {
		t.Errorf("below its level it logs %s", rest)
	}
}

func TestAddressInUseIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	code, _, stderr := run(t, "serve", "--listen", l.Addr().String())
	if code != 1 || !strings.Contains(stderr, l.Addr().String()) || !strings.Contains(stderr, "another program") {
		t.Errorf("%d, %s", code, stderr)
	}
}

func TestWrongUse(t *testing.T) {
	for _, test := range []struct {
		says      string
		arguments []string
	}{
		{`no command "sevre"`, []string{"sevre"}},
		{`--nonsense; see parley serve --help`, []string{"serve", "--nonsense"}},
		{`takes no argument, but was given "8443"`, []string{"serve", "8443"}},
		{`--listen "8443"`, []string{"serve", "--listen", "8443"}},
		{`--reset "maybe"`, []string{"serve", "--reset", "maybe"}},
		{`--trust-from CIDR`, []string{"serve", "--bare", "trust"}},
		{`--key "k.pem"`, []string{"serve", "--key", "k.pem"}},
		{`takes no argument`, []string{"version", "now"}},
		{`takes one argument, the directory`, []string{"man"}},
		{`was given 2`, []string{"man", "a", "b"}},
	} {
		code, stdout, stderr := run(t, test.arguments...)
		if code != 2 || stdout != "" || !strings.HasPrefix(stderr, "parley: ") || !strings.Contains(stderr, test.says) {
			t.Errorf("%q: %d, %s%s", test.arguments, code, stdout, stderr)
		}
	}
}

func TestFilesThatCannotBeReadAreNamed(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing.pem")
	for _, arguments := range [][]string{
		{"--cert", missing},
		{"--client-auth", "require", "--client-ca", missing},
		{"--key-log", filepath.Join(missing, "keys")},
	} {
		code, _, stderr := run(t, append([]string{"serve", "--listen", "127.0.0.1:0"}, arguments...)...)
		if code != 1 || !strings.Contains(stderr, missing) {
			t.Errorf("%q: %d, %s", arguments, code, stderr)
		}
	}
}

func TestVersionSaysWhichParleyThisIs(t *testing.T) {
	for _, way := range []string{"version", "--version"} {
		code, stdout, _ := run(t, way)
		if code != 0 || !regexp.MustCompile(`^parley \S+ go\S+ \w+/\w+\n$`).MatchString(stdout) {
			t.Errorf("%s: %d, %q", way, code, stdout)
		}
	}
}

func TestManualPagesAndCompletions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man")
	if code, _, stderr := run(t, "man", dir); code != 0 {
		t.Fatal(stderr)
	}
	page, err := os.ReadFile(filepath.Join(dir, "parley-serve.1"))
	if err != nil || !bytes.Contains(page, []byte("trust")) {
		t.Errorf("the page of serve: %v", err)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if code, stdout, stderr := run(t, "completion", shell); code != 0 || !strings.Contains(stdout, "parley") {
			t.Errorf("%s: %d, %s", shell, code, stderr)
		}
	}
}

func TestHelpNamesTheFlags(t *testing.T) {
	code, stdout, _ := run(t, "serve", "--help")
	newServe().Flags().VisitAll(func(f *pflag.Flag) {
		if !strings.Contains(stdout, "--"+f.Name+" ") {
			t.Errorf("help does not name --%s", f.Name)
		}
	})
	if code != 0 {
		t.Errorf("it exits with %d", code)
	}
}

func TestHelpAndDemoFitTheColumns(t *testing.T) {
	t.Setenv("COLUMNS", "72")
	for _, arguments := range [][]string{{"serve", "--help"}, {"listen", "--help"}, {"client", "--help"}, {"demo", "reset"}} {
		code, stdout, stderr := run(t, arguments...)
		if code != 0 {
			t.Fatalf("%q: %d, %s", arguments, code, stderr)
		}
		flags := stdout
		if _, examples, found := strings.Cut(stdout, "Examples:\n"); found { // one is one line however long
			_, flags, found = strings.Cut(examples, "\n\n")
			if !found {
				t.Fatalf("%q: there are no flags", arguments)
			}
		}
		for line := range strings.Lines(flags) {
			if width := utf8.RuneCountInString(strings.TrimRight(line, "\n")); width > 72 {
				t.Errorf("%q: %d columns: %s", arguments, width, line)
			}
		}
	}
}

func TestShellsCompleteTheWordsOfFlags(t *testing.T) {
	_, stdout, _ := run(t, "__complete", "serve", "--bare", "")
	if !strings.HasPrefix(stdout, "refuse\nresumed\nisolate\ntrust\nabort\n") {
		t.Errorf("--bare completes to %q", stdout)
	}
	_, stdout, _ = run(t, "__complete", "serve", "--cert", "")
	if stdout != ":0\n" {
		t.Errorf("--cert does not complete with files: %q", stdout)
	}
}

func TestWordsThatAreCompletedAreTheFlags(t *testing.T) {
	for name, words := range choices {
		for _, word := range strings.Fields(words) {
			var o proxy.Options
			f := pflag.NewFlagSet("serve", pflag.ContinueOnError)
			for _, add := range []func(*pflag.FlagSet, *proxy.Options){modeFlag, profileFlag, answerFlags, protocolFlags, clientFlags, resumptionFlags, backendFlags, endFlags, watchFlags, logFlags} {
				add(f, &o)
			}
			if f.Lookup(name) == nil {
				continue // another command's
			}
			o.Backend, o.ClientCA, o.ClientAuth, o.ClientCRLs = "backend:1", "ca.pem", "request", []string{"ca.crl"}
			o.TrustFrom, o.TrustUntil = []string{"192.0.2.1"}, "2999-01-01"
			if err := f.Set(name, word); err != nil {
				t.Fatal(err)
			}
			var setting *proxy.SettingError
			if _, err := o.Check(); errors.As(err, &setting) && setting.Name == name {
				t.Error(err)
			}
		}
	}
}
