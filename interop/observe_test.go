//go:build interop

package interop

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// observer stands before a server and ends no TLS.
func observer(t *testing.T, behind *Server) *Server {
	t.Helper()
	s, err := start(exec.CommandContext(t.Context(), parleyBinary(t), "serve", "--mode", "observe", "--listen", "127.0.0.1:0", "--backend", behind.Address), "listening on ")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// lines are those of a server's log that are of connections.
func (s *Server) lines() (out []string) {
	for line := range strings.Lines(s.Output()) {
		if strings.Contains(line, "msg=connection ") {
			out = append(out, line)
		}
	}
	return out
}

// The founding client, whole, is cut by a real OpenSSL behind an observer as it is
// without one, and the observer's line says why, though it has no key.
func TestFoundingClientIsCutBehindAnObserverWhichSaysWhy(t *testing.T) {
	for _, serving := range Versions() {
		behind := rigServer(t, serving)
		server := observer(t, behind)
		for n, want := range refusals {
			result := legacy(t, OpenSSL101j, server, Case{Mode: ModeReset, Version: want.version})
			echoed := serving == OpenSSL101e && want.alert == alertProtocolVersion
			if result.OK || result.Stage != "again" || result.FatalAlert(echoed) != want.alert {
				t.Errorf("server %s, %s: %v", serving, want.version, result)
			}
			if !await(func() bool { return len(server.lines()) > n }) {
				t.Fatalf("there is no line: %s", server.Output())
			}
			line := server.lines()[n]
			for _, part := range []string{"passed=true", "second_handshakes=1", "reneg-reset-hello"} {
				if !strings.Contains(line, part) {
					t.Errorf("server %s, %s: the line has no %s: %s", serving, want.version, part, line)
				}
			}
		}
	}
}

// await waits until something is so.
func await(is func() bool) bool {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if is() {
			return true
		}
	}
	return false
}

// Whoever renegotiates as RFC 5746 has it comes through an observer, as often as it
// likes.
func TestProperClientsComeThroughAnObserver(t *testing.T) {
	server := observer(t, rigServer(t, OpenSSL101j))
	for _, version := range []string{"tls1", "tls1_2"} {
		if result := legacy(t, OpenSSL101j, server, Case{Mode: ModeProper, Version: version, Cycles: 5}); !result.OK {
			t.Errorf("%v", result)
		}
	}
	if !await(func() bool { return len(server.lines()) == 2 }) || strings.Contains(server.Output(), "reneg-reset-hello") {
		t.Errorf("the log is %s", server.Output())
	}
	for _, line := range server.lines() {
		if !strings.Contains(line, "second_handshakes=5") {
			t.Errorf("the line is %s", line)
		}
	}
}

// A name is passed through to an old OpenSSL beside names whose TLS is ended, on one
// listener, for the clients of OpenSSL 3.
func TestNamesArePassedBesideOthers(t *testing.T) {
	server := configured(t, fmt.Sprintf(`
listeners:
  - listen: 127.0.0.1:0
    backend: %s
    routes:
      - {sni: [old.example], terminate: off, backend: "%s"}
    certificates: CERTIFICATES
`, echoServer(t), sServer(t).Address))
	for _, name := range []string{"old.example", "new.example"} {
		if out, err := peers(t).SClient(t.Context(), server.Address, 1, "-servername", name, "-tls1_2"); err != nil {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	if !await(func() bool { return len(server.lines()) == 2 }) {
		t.Fatalf("the log is %s", server.Output())
	}
	for n, part := range []string{"passed=true", "renegotiations="} {
		if line := server.lines()[n]; !strings.Contains(line, part) {
			t.Errorf("line %d has no %s: %s", n, part, line)
		}
	}
}
