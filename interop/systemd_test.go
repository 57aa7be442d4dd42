//go:build interop

package interop

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// runs starts a program whose children may outlive it, and ends all of them.
func runs(t *testing.T, name string, arguments ...string) (*exec.Cmd, *transcript) {
	t.Helper()
	c, out := exec.Command(name, arguments...), newTranscript()
	c.Stdout, c.Stderr = out, out
	if err := c.Start(); err != nil {
		t.Fatalf("%v: run interop/install.sh", err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may be over
		_ = c.Wait()
		if t.Failed() {
			t.Logf("it said: %.20000s", out)
		}
	})
	return c, out
}

func (t *transcript) has(text string) bool {
	return t.await(func(all string) bool { return strings.Contains(all, text) }, nil, startTimeout)
}

// systemd's own program listens, and starts Parley when the first client comes.
func TestFoundingClientThroughSocketActivation(t *testing.T) {
	cert, key := certFiles(t)
	for name, listen := range map[string]string{"by name": "fd:terminals", "by address": ""} {
		t.Run(name, func(t *testing.T) {
			address := "127.0.0.1:" + freePort(t)
			if listen == "" {
				listen = address
			}
			_, out := runs(t, "systemd-socket-activate", "-l", address, "--fdname=terminals",
				parleyBinary(t), "serve", "--listen", listen, "--cert", cert, "--key", key)
			if !out.has("Listening on " + address) {
				t.Fatal("systemd-socket-activate does not listen")
			}
			server := &Server{Address: address}
			for _, version := range []string{"tls1", "tls1_2"} {
				if result := legacy(t, OpenSSL101j, server, Case{Mode: ModeReset, Version: version, Cycles: 3}); !result.OK {
					t.Errorf("%s: %v", version, result)
				}
			}
			if !out.has("listening on " + address) {
				t.Error("the socket is not the one that was given")
			}
		})
	}
}

func TestSocketThatNoSettingNamesIsTold(t *testing.T) {
	address := "127.0.0.1:" + freePort(t)
	_, out := runs(t, "systemd-socket-activate", "-l", address, "--fdname=old", parleyBinary(t), "serve", "--listen", "127.0.0.1:0")
	if !out.has("Listening on " + address) {
		t.Fatal("systemd-socket-activate does not listen")
	}
	if c, err := net.Dial("tcp", address); err == nil {
		defer c.Close()
	}
	if !out.has("a socket was given that no setting names; it is closed") || !strings.Contains(out.String(), "fd:old") {
		t.Error("it is not told")
	}
}

// exposure is the highest that systemd-analyze may find, in tenths.
const exposure = "20"

func TestUnitsPleaseSystemd(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"parley.service", "parley.socket"} {
		text, err := os.ReadFile(filepath.Join("..", "packaging", name))
		if err != nil {
			t.Fatal(err)
		}
		// What the package installs is not here.
		unit := strings.NewReplacer("/usr/bin/parley", parleyBinary(t), " man:parley(1)", "").Replace(string(text))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(unit), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	service := filepath.Join(dir, "parley.service")
	for _, arguments := range [][]string{
		{"verify", service, filepath.Join(dir, "parley.socket")},
		{"security", "--offline=true", "--threshold=" + exposure, service},
	} {
		c := exec.CommandContext(minute(t), "systemd-analyze", arguments...)
		output, err := c.CombinedOutput()
		if err != nil || arguments[0] == "verify" && len(output) > 0 {
			t.Errorf("systemd-analyze %q: %v (where it is missing, run interop/install.sh):\n%s", arguments, err, output)
		}
	}
}

// upgrade has the program take over from itself.
func upgrade(t *testing.T, admin string) (pid int) {
	t.Helper()
	output, err := exec.CommandContext(minute(t), parleyBinary(t), "upgrade", "--admin", admin).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if _, err := fmt.Sscanf(string(output), "process %d serves new clients", &pid); err != nil {
		t.Fatalf("it said %q", output)
	}
	return pid
}

// drained waits until a process that was upgraded has ended.
func drained(t *testing.T, out *transcript) {
	t.Helper()
	if !out.await(func(text string) bool { return strings.Contains(text, "the process before has ended") }, nil, time.Minute) {
		t.Error("the process before does not end")
	}
}
