//go:build interop

package interop

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What docs/symptoms.md shows is tried here as it stands there.

func TestTheGuidesServerInCFailsAndIsServedBehindParley(t *testing.T) {
	cert, key := certFiles(t)
	echo := compiledC(t, guideBlock(t, "c"))
	both := []struct{ version, log string }{
		{"tls1_2", "ssl3_get_record:wrong version number"},
		{"tls1", "scsv received when renegotiating"},
	}

	before := started(t, exec.CommandContext(t.Context(), echo, freePort(t), cert, key))
	for _, x := range both {
		if result := legacy(t, OpenSSL101j, before, Case{Mode: ModeReset, Version: x.version, Bytes: 4096}); result.OK || result.Stage != "again" {
			t.Errorf("before, %s: %v", x.version, result)
		}
		if !before.Await(x.log, 5*time.Second) {
			t.Errorf("before, %s: the log is %s", x.version, before.Output())
		}
	}

	behind := started(t, exec.CommandContext(t.Context(), echo, freePort(t)))
	after := parley(t, "--backend", behind.Address)
	for _, x := range both {
		if result := legacy(t, OpenSSL101j, after, Case{Mode: ModeReset, Version: x.version, Bytes: 4096}); !result.OK {
			t.Errorf("after, %s: %v", x.version, result)
		}
	}
}

func TestTheGuidesServerInGoServesTheClient(t *testing.T) {
	cert, key := certFiles(t)
	program := guideBlock(t, "go")
	for old, replaced := range map[string]string{"127.0.0.1:8443": "127.0.0.1:0", "server.crt": cert, "server.key": key} {
		program = strings.ReplaceAll(program, old, replaced)
	}
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "main.go"), filepath.Join(dir, "echo")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if output, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, source).CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, output)
	}
	server := started(t, exec.CommandContext(t.Context(), binary))
	for _, version := range []string{"tls1_2", "tls1"} {
		if result := legacy(t, OpenSSL101j, server, Case{Mode: ModeReset, Version: version, Bytes: 4096}); !result.OK {
			t.Errorf("%s: %v", version, result)
		}
	}
}

// guideBlock is the guide's program in a language.
func guideBlock(t *testing.T, language string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/symptoms.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(page), "```"+language+"\n")
	program, _, ended := strings.Cut(after, "```")
	if !found || !ended {
		t.Fatalf("the guide has no program in %s", language)
	}
	return program
}

func compiledC(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	source, binary := filepath.Join(dir, "echo.c"), filepath.Join(dir, "echo")
	if err := os.WriteFile(source, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	cc := exec.CommandContext(t.Context(), "cc", "-Wall", "-Wextra", "-Werror", "-o", binary, source, "-lssl", "-lcrypto")
	if output, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("cc: %v: %s", err, output)
	}
	return binary
}

func started(t *testing.T, cmd *exec.Cmd) *Server {
	t.Helper()
	server, err := start(cmd, "listening on ")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}
