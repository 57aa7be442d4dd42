package main

import (
	"crypto/tls"
	"encoding/json"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cutsOff is a server of crypto/tls's, which serves no second handshake.
func cutsOff(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	pair, err := tls.LoadX509KeyPair("../../testdata/captures/server.crt", serverKey)
	if err != nil {
		t.Fatal(err)
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS10}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_ = c.SetDeadline(time.Now().Add(patience))
			go func() {
				defer c.Close()
				s := tls.Server(c, config)
				_, _ = io.Copy(s, s)
			}()
		}
	}()
	return l.Addr().String()
}

func TestReplaySaysByItsExitStatusHowTheServerDid(t *testing.T) {
	parley, other := start(t).address, cutsOff(t)
	nobody := func() string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return l.Addr().String()
	}()
	for _, c := range []struct {
		name      string
		arguments []string
		code      int
		says      string
	}{
		{"served", []string{realClient, parley, "--key", serverKey}, 0, "The server served it: the handshake that failed in the capture was completed"},
		{"served without a key", []string{realClient, parley, "--speed", "fast"}, 0, "The server served it"},
		{"failed as in the capture", []string{realClient, other, "--key", serverKey}, 1, "The server failed it as in the capture: fatal protocol_version (70) at the same step"},
		{"twice as fast", []string{properOne, parley, "--speed", "2"}, 0, "served it to the end"},
		{"no arguments", nil, 2, ""},
		{"no address", []string{realClient}, 2, ""},
		{"an address without a port", []string{realClient, "127.0.0.1"}, 2, ""},
		{"a speed that means nothing", []string{realClient, parley, "--speed", "-1"}, 2, ""},
		{"data and none", []string{realClient, parley, "--data", "--no-data"}, 2, ""},
		{"half a certificate", []string{realClient, parley, "--client-cert", "x.pem"}, 2, ""},
		{"a time-out that means nothing", []string{realClient, parley, "--timeout", "0s"}, 2, ""},
		{"a tape that is there already", []string{realClient, parley, "--write", serverKey}, 2, ""},
		{"no such file", []string{realClient + ".none", parley}, 3, ""},
		{"no capture", []string{serverKey, parley}, 3, ""},
		{"no such connection", []string{realClient, parley, "--connection", "9"}, 3, ""},
		{"nothing of TLS", []string{"../../testdata/captures/rig/http.pcapng", parley}, 3, ""},
		{"nobody listens", []string{realClient, nobody}, 3, ""},
		{"TLS 1.3", []string{"../../testdata/captures/rig/tls13.pcapng", other}, 3, "Not played to its end: the server chose TLS 1.3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, stdout, stderr := run(t, append([]string{"replay"}, c.arguments...)...)
			if code != c.code || !strings.Contains(strings.Join(strings.Fields(stdout), " "), c.says) {
				t.Errorf("exit status %d, want %d\n%s%s", code, c.code, stdout, stderr)
			}
			if c.says == "" && !strings.HasPrefix(stderr, "parley: ") {
				t.Errorf("standard error: %q", stderr)
			}
		})
	}
}

// First what is played, then what came of it.
func TestReplaySaysWhatItPlaysAndWhatCameOfIt(t *testing.T) {
	_, stdout, _ := run(t, "replay", realClient, start(t).address, "--key", serverKey)
	at := 0
	for _, text := range []string{
		"What is played", "ClientHello, 297 bytes as captured but for its random", "4096 bytes of filler",
		"a reset ClientHello inside the connection", "in the capture: fatal protocol_version (70)", "FIN, without close_notify",
		"Not as in the capture", "What passed", "it breaks here: reneg-reset-hello", "The server served it",
	} {
		i := strings.Index(stdout[at:], text)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place:\n%s", text, stdout)
		}
		at += i
	}
}

func TestReplayInJSONAndAsACapture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "seen.pcapng")
	code, stdout, stderr := run(t, "replay", realClient, start(t).address, "--key", serverKey, "--json", "--write", file)
	var out struct {
		Schema, Status, Verdict string
		Plan                    []struct{ Text string }
		Live                    struct{ Finding string }
	}
	if err := json.Unmarshal([]byte(stdout), &out); err != nil || code != 0 {
		t.Fatalf("%d, %v\n%s%s", code, err, stdout, stderr)
	}
	if out.Schema != "parley.replay/1" || out.Status != "served" || out.Verdict == "" || len(out.Plan) < 8 || out.Live.Finding != "reneg-reset-hello" {
		t.Errorf("%+v", out)
	}
	if code, stdout, stderr := run(t, "diagnose", file, "--all"); code != 0 || !strings.Contains(stdout, "and was served") {
		t.Errorf("%d\n%s%s", code, stdout, stderr)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// What it recorded it can replay: the replay of a replay is the same client.
func TestReplayOfAReplay(t *testing.T) {
	address := start(t).address
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.pcapng"), filepath.Join(dir, "second.pcapng")
	if code, stdout, _ := run(t, "replay", realClient, address, "--key", serverKey, "--write", first); code != 0 {
		t.Fatal(stdout)
	}
	code, stdout, _ := run(t, "replay", first, address, "--write", second)
	if code != 0 || !strings.Contains(stdout, "The two are alike in all that was looked at.") {
		t.Errorf("%d\n%s", code, stdout)
	}
}
