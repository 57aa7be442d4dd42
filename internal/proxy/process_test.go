//go:build unix

package proxy

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// settingsVar has the test's binary be a server by the options in a file, as
// parley serve is. The process that an upgrade starts is one, too.
const settingsVar = "PARLEY_TEST_SETTINGS"

func TestMain(m *testing.M) {
	if name := os.Getenv(settingsVar); name != "" {
		if err := Run(Source{Load: func() ([]*Settings, error) { return settingsIn(name) }}, os.Stderr); err != nil {
			os.Stderr.WriteString(`{"msg":"ended with an error"}` + "\n")
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func settingsIn(name string) ([]*Settings, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var o Options
	if err := json.Unmarshal(text, &o); err != nil {
		return nil, err
	}
	s, err := o.Check()
	return []*Settings{s}, err
}

// A service is a server in processes of its own, with what a supervisor hears.
type service struct {
	t       *testing.T
	file    string
	options Options
	log     *logLines
	manager *net.UnixConn
	heard   chan string
	texts   []string // that were heard so far
	stored  chan stored
	started *exec.Cmd
	address string
	others  []int // processes that upgrades started
}

// A stored is a descriptor that the supervisor keeps.
type stored struct {
	name string
	file *os.File
}

// starts a service on a free port. Whoever is left of it in the end is killed.
func starts(t *testing.T, o Options, env ...string) *service {
	t.Helper()
	c := certificateFor(t, testKeys().rsa)
	o.Certs = []string{writeFile(t, "server.pem", certBlock(c.Certificate[0]), keyBlock(t, testKeys().rsa))}
	o.Listen, o.LogFormat = "127.0.0.1:0", "json"
	x := &service{t: t, log: &logLines{}, options: o, file: filepath.Join(t.TempDir(), "settings"), heard: make(chan string, 1024), stored: make(chan stored, 16)}
	x.writeSettings(o)
	x.listens()
	t.Cleanup(x.killAll)
	x.begins(nil, env...)
	awaits(t, "the log has the address", func() bool {
		_, a, ok := strings.Cut(x.log.String(), `"msg":"listening on `)
		x.address, _, _ = strings.Cut(a, `"`)
		return ok
	})
	return x
}

// begins starts the process, with what the supervisor kept.
func (x *service) begins(kept []stored, env ...string) {
	x.t.Helper()
	program, err := os.Executable()
	if err != nil {
		x.t.Fatal(err)
	}
	x.started = exec.Command(program)
	x.started.Env = append(append(os.Environ(), settingsVar+"="+x.file, "NOTIFY_SOCKET="+x.manager.LocalAddr().String()), env...)
	x.started.Stderr = x.log
	if len(kept) > 0 {
		var names []string
		for _, s := range kept {
			names = append(names, s.name)
			x.started.ExtraFiles = append(x.started.ExtraFiles, s.file)
		}
		x.started.Path, x.started.Args = "/bin/sh", []string{"sh", "-c", `LISTEN_PID=$$ exec "$0"`, program}
		x.started.Env = append(x.started.Env, "LISTEN_FDS="+strconv.Itoa(len(kept)), "LISTEN_FDNAMES="+strings.Join(names, ":"))
	}
	if err := x.started.Start(); err != nil {
		x.t.Fatal(err)
	}
	x.hears(`^READY=1\n`)
}

func (x *service) writeSettings(o Options) {
	x.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		x.t.Fatal(err)
	}
	if err := os.WriteFile(x.file, text, 0o600); err != nil {
		x.t.Fatal(err)
	}
}

// listens has the supervisor hear.
func (x *service) listens() {
	x.t.Helper()
	path := filepath.Join(x.t.TempDir(), "n")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		x.t.Fatal(err)
	}
	x.manager = c
	x.t.Cleanup(func() { c.Close() })
	go func() {
		b, oob := make([]byte, 4096), make([]byte, 4096)
		for {
			n, o, _, _, err := c.ReadMsgUnix(b, oob)
			if err != nil {
				return
			}
			text := string(b[:n])
			rights, _ := unix.ParseSocketControlMessage(oob[:o]) // what cannot be parsed is none
			for _, r := range rights {
				fds, _ := unix.ParseUnixRights(&r)
				_, name, _ := strings.Cut(text, "FDNAME=")
				for _, fd := range fds {
					x.stored <- stored{name, os.NewFile(uintptr(fd), name)}
				}
			}
			x.heard <- text
		}
	}()
}

// hears waits until the supervisor hears what matches, and gives its groups.
func (x *service) hears(pattern string) []string {
	x.t.Helper()
	want := regexp.MustCompile(pattern)
	var others bytes.Buffer
	for end := time.After(patience); ; {
		select {
		case text := <-x.heard:
			x.texts = append(x.texts, text)
			if groups := want.FindStringSubmatch(text); groups != nil {
				return groups
			}
			others.WriteString(strconv.Quote(text) + "\n")
		case <-end:
			x.t.Fatalf("the supervisor does not hear %s, but\n%s\nthe log is\n%s", pattern, &others, x.log)
		}
	}
}

// upgrades asks by signal, and gives the process that serves then.
func (x *service) upgrades() (pid int) {
	x.t.Helper()
	x.signals(x.current(), syscall.SIGUSR2)
	pid, err := strconv.Atoi(x.hears(`^MAINPID=(\d+)$`)[1])
	if err != nil {
		x.t.Fatal(err)
	}
	x.others = append(x.others, pid)
	return pid
}

// current is the process that serves.
func (x *service) current() int {
	if n := len(x.others); n > 0 {
		return x.others[n-1]
	}
	return x.started.Process.Pid
}

func (x *service) signals(pid int, s syscall.Signal) {
	x.t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		x.t.Fatal(err)
	}
}

// killAll ends what is left, and waits for it.
func (x *service) killAll() {
	for _, pid := range x.others {
		_ = syscall.Kill(pid, syscall.SIGKILL) // it may be over
	}
	_ = x.started.Process.Kill() // likewise
	_ = x.started.Wait()
}

// ends waits for the end of the process that was started first.
func (x *service) ends() error {
	x.t.Helper()
	ended := make(chan error, 1)
	go func() {
		state, err := x.started.Process.Wait()
		if err == nil && !state.Success() {
			err = &exec.ExitError{ProcessState: state}
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
		x.t.Fatalf("it does not end:\n%s", x.log)
		return nil
	}
}
