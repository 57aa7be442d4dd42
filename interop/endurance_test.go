//go:build interop

package interop

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A fileServer is a parley serve by a file, looked at from outside.
type fileServer struct {
	*Server
	t     *testing.T
	file  string
	admin string // path of the admin socket
}

// serveFile serves by the listeners given, in YAML, until the test ends.
func serveFile(t *testing.T, listeners string) *fileServer {
	t.Helper()
	dir, err := os.MkdirTemp("", "p") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &fileServer{t: t, file: filepath.Join(dir, "parley.yaml"), admin: filepath.Join(dir, "a")}
	s.write(listeners)
	if s.Server, err = start(exec.CommandContext(t.Context(), parleyBinary(t), "serve", "--config", s.file), "listening on "); err != nil {
		t.Fatal(err)
	}
	if !s.Await("admin socket on ", startTimeout) {
		t.Fatalf("it has no admin socket: %s", s.Output())
	}
	t.Cleanup(func() {
		s.Close()
		if text := s.Output(); t.Failed() {
			t.Logf("parley said, in the end: %s", text[max(0, len(text)-20_000):])
		}
	})
	return s
}

// write writes the file anew: nothing is left of it that is half written.
func (s *fileServer) write(listeners string) {
	s.t.Helper()
	text := listeners + "admin: unix:" + s.admin + "\nadmin_pprof: on\nlog: {failures: 1}\n"
	if err := os.WriteFile(s.file+".new", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(s.file+".new", s.file); err != nil {
		s.t.Fatal(err)
	}
}

// ask asks the admin socket.
func (s *fileServer) ask(method, path string) string {
	s.t.Helper()
	client := &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", s.admin)
		},
	}}
	request, err := http.NewRequest(method, "http://parley"+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	answer, err := client.Do(request)
	if err != nil {
		s.t.Errorf("%s: %v", path, err)
		return ""
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		s.t.Errorf("%s: %s %v %s", path, answer.Status, err, text)
	}
	return string(text)
}

// A sample is what a process has at a moment.
type sample struct{ goroutines, descriptors, kilobytes, heap int } // resident, and in use, in KB

func (s sample) String() string {
	return fmt.Sprintf("%d goroutines, %d descriptors, %d KB, %d KB of them in use", s.goroutines, s.descriptors, s.kilobytes, s.heap)
}

// sample looks at the process. Garbage is collected first, so that what is left
// is in use.
func (s *fileServer) sample() (out sample) {
	s.t.Helper()
	_, heap, _ := strings.Cut(s.ask("GET", "/debug/pprof/heap?gc=1&debug=1"), "# HeapAlloc = ")
	heap, _, _ = strings.Cut(heap, "\n")
	bytes, err := strconv.Atoi(heap)
	if err != nil {
		s.t.Fatalf("the profile of the heap has no HeapAlloc: %v", err)
	}
	out.heap = bytes >> 10
	line, _, _ := strings.Cut(s.ask("GET", "/debug/pprof/goroutine?debug=1"), "\n")
	_, total, _ := strings.Cut(line, "total ")
	if out.goroutines, err = strconv.Atoi(total); err != nil {
		s.t.Fatalf("the profile begins with %q", line)
	}
	proc := fmt.Sprintf("/proc/%d", s.cmd.Process.Pid)
	descriptors, err := os.ReadDir(proc + "/fd")
	if err != nil {
		s.t.Fatal(err)
	}
	out.descriptors = len(descriptors)
	text, err := os.ReadFile(proc + "/status")
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	out.kilobytes, _ = strconv.Atoi(strings.Fields(rest)[0])
	return out
}

// eventually waits for what must come.
func eventually(t *testing.T, patience time.Duration, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !so(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}
