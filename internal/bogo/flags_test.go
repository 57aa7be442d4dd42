package bogo

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/legacyclient"
)

func TestStatusOfFlags(t *testing.T) {
	tests := []struct {
		name   string
		args   []string
		status int
		stderr string
	}{
		{"unknown flag", []string{"-server", "-no-such-flag"}, 89, "the flag -no-such-flag is not implemented"},
		{"unknown flag with a prefix", []string{"-server", "-on-resume-no-such-flag"}, 89, "-on-resume-no-such-flag"},
		{"flag of another protocol", []string{"-server", "-dtls"}, 89, "-dtls"},
		{"no flag at all", []string{"-server", "stray"}, 89, "stray"},
		{"the client's part", []string{"-port", "1"}, 89, "a client"},
		{"value missing", []string{"-server", "-port"}, 1, "-port needs a value"},
		{"no number", []string{"-server", "-port", "https"}, 1, `"https" is not such a number`},
		{"number too large", []string{"-server", "-max-version", "65536"}, 1, "-max-version"},
		{"no curve's number", []string{"-server", "-curves", "P-256"}, 1, "-curves"},
		{"no certificate", []string{"-server", "-cert-file", "no-such-file", "-key-file", "no-such-file"}, 1, "no-such-file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if status := Main(test.args, &stdout, &stderr); status != test.status {
				t.Errorf("the status is %d, want %d", status, test.status)
			}
			if !strings.Contains(stderr.String(), test.stderr) {
				t.Errorf("stderr is %q, want %q in it", stderr.String(), test.stderr)
			}
		})
	}
}

func TestHandshakerIsNotSupported(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if status := Main([]string{"-no-tls13", "-is-handshaker-supported"}, &stdout, &stderr); status != exitWell {
		t.Errorf("the status is %d", status)
	}
	if stdout.String() != "No\n" || stderr.Len() > 0 {
		t.Errorf("stdout is %q, stderr %q", stdout.String(), stderr.String())
	}
}

func TestPrefixesChooseTheConnections(t *testing.T) {
	f, err := parseFlags([]string{"-server", "-expect-alpn", "both", "-on-initial-shim-writes-first",
		"-on-resume-expect-alpn", "resume", "-on-retry-expect-alpn", "retry"})
	if err != nil {
		t.Fatal(err)
	}
	if f.initial.expectALPN != "both" || !f.initial.shimWritesFirst {
		t.Errorf("the first connection has %+v", f.initial)
	}
	if f.resume.expectALPN != "resume" || f.resume.shimWritesFirst {
		t.Errorf("the others have %+v", f.resume)
	}
}

// serverOn gives the flags for a server on a port where nobody may be.
func serverOn(t *testing.T, port int, more ...string) []string {
	files := writeFiles(t)
	return append([]string{"-server", "-port", strconv.Itoa(port), "-cert-file", files["rsa.pem"], "-key-file", files["rsa.key"]}, more...)
}

func TestIPv6DialsTheOtherLoopback(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for flag, host := range map[string]string{"-no-tls13": "127.0.0.1:", "-ipv6": "[::1]:"} {
		var stdout, stderr bytes.Buffer
		if status := Main(serverOn(t, port, flag), &stdout, &stderr); status != exitFailed {
			t.Errorf("%s: the status is %d", flag, status)
		}
		if !strings.Contains(stderr.String(), host+strconv.Itoa(port)) {
			t.Errorf("%s: stderr is %q, want %s in it", flag, stderr.String(), host)
		}
	}
}

// A runner from before -shim-id expects TLS from the first byte on.
func TestNoShimIDWithoutTheFlag(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	done := make(chan error, 1)
	go func() {
		conn, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		done <- legacy(peer{}, handshake, inverted)(conn)
	}()
	var stdout, stderr bytes.Buffer
	if status := Main(serverOn(t, l.Addr().(*net.TCPAddr).Port), &stdout, &stderr); status != exitWell {
		t.Errorf("the status is %d; stderr: %s", status, &stderr)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// The shim ends by itself, whatever its peer leaves undone.
func TestEndsByItself(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	f, err := parseFlags(serverOn(t, l.Addr().(*net.TCPAddr).Port))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		// Half a handshake, so that the shim is known to wait for the rest.
		c := legacyclient.New(conn, peer{})
		_ = c.Begin(legacyclient.Hello{})
		_ = c.ReceiveFlight()
		cancel(errTimeLimit)
		_, _ = conn.Read(make([]byte, 1)) // till the shim is gone
	}()
	if err := run(ctx, f); !errors.Is(err, errTimeLimit) {
		t.Errorf("got %v", err)
	}
}
