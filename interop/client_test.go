//go:build interop

package interop

import (
	"context"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/visit"
	"github.com/parley-tls/parley/internal/wire"
)

// visited has our client go to a server.
func visited(t *testing.T, address string, o visit.Options) *visit.Visit {
	t.Helper()
	o.Address = address
	plan, err := o.Check()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	v, err := plan.Run(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Our founding client fails at real servers with the alerts with which the real one
// does, and is served by parley serve.
func TestTheFoundingProfileFailsWhereTheRealClientDoes(t *testing.T) {
	servers := map[string]*Server{"OpenSSL 3": openSSL3(t), "OpenSSL 1.0.1j": rigServer(t, OpenSSL101j), "OpenSSL 1.0.2r": rigServer(t, OpenSSL102r)}
	alerts := map[string]wire.Alert{"1.0": wire.AlertHandshakeFailure, "1.1": wire.AlertProtocolVersion, "1.2": wire.AlertProtocolVersion}
	parley := parley(t)
	for version, alert := range alerts {
		for name, server := range servers {
			v := visited(t, server.Address, visit.Options{TLS: version})
			if v.Outcome != visit.Aborted || v.Alert != alert || v.Stage != "reset" {
				t.Errorf("%s, TLS %s: %s", name, version, v.Sentence())
			}
			result := legacy(t, OpenSSL101j, server, Case{Mode: ModeReset, Version: "tls" + strings.TrimSuffix("1_"+version[2:], "_0")})
			if result.FatalAlert(false) != int(alert) {
				t.Errorf("%s, TLS %s, the real client: %v", name, version, result)
			}
			if d := v.Diagnosis.Findings[0]; d.ID != "reneg-reset-hello" {
				t.Errorf("%s, TLS %s: %s", name, version, d.ID)
			}
		}
		v := visited(t, parley.Address, visit.Options{TLS: version, Times: "5", Bytes: "1MiB"})
		if v.Outcome != visit.Served || v.Handshakes != 6 {
			t.Errorf("Parley, TLS %s: %s", version, v.Sentence())
		}
	}
}

// Every profile, to the byte, comes through its first handshake and a proper
// renegotiation with an old OpenSSL, unless the server chooses what only the real
// client can do.
func TestEveryProfileComesThroughAtAnOldOpenSSL(t *testing.T) {
	server := rigServer(t, OpenSSL101j)
	for _, name := range visit.ProfileNames() {
		v := visited(t, server.Address, visit.Options{As: name, Do: "proper"})
		switch {
		case v.Outcome == visit.Served && v.Handshakes == 2 && v.Diagnosis.Findings[0].ID == "reneg-secure-hello":
		case v.Outcome == visit.Unspoken && slices.Contains([]string{"android-2.3", "java-6", "windows-xp"}, name):
			// They prefer RC4 with MD5.
		case v.Outcome == visit.Refused && v.Handshakes == 1 && name == "windows-7":
			// It is from before RFC 5746, so that the server kept no binding of it.
		default:
			t.Errorf("%s: %s", name, v.Sentence())
		}
	}
}

// gnutlsServer echoes on Debian's GnuTLS until the test ends.
func gnutlsServer(t *testing.T, priority string) string {
	t.Helper()
	peers(t) // it says what is missing
	cert, key := certFiles(t)
	port := freePort(t)
	cmd := exec.CommandContext(t.Context(), "gnutls-serv", "--echo", "--quiet", "--port", port, "--x509certfile", cert, "--x509keyfile", key, "--priority", priority)
	cmd.Dir = filepath.Dir(cert)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	awaitPort(t, "127.0.0.1:"+port)
	return "127.0.0.1:" + port
}

// A report tells servers apart: what they take, and what they should not.
func TestReportsOnRealServers(t *testing.T) {
	const old = "NORMAL:+VERS-TLS1.0:+VERS-TLS1.1"
	for _, test := range []struct {
		name    string
		address string
		verdict string
	}{
		{"parley serve", parley(t, "--secure", "refuse").Address, "Nothing unsafe was accepted. The founding client is served."},
		{"OpenSSL 1.0.1j", rigServer(t, OpenSSL101j).Address, "Nothing unsafe was accepted. The founding client is not served."},
		{"OpenSSL 3", openSSL3(t).Address, "Nothing unsafe was accepted. The founding client is not served."},
		{"GnuTLS, unsafe", gnutlsServer(t, old+":%UNSAFE_RENEGOTIATION"), "UNSAFE: the server accepts splice-unsignalled, bare."},
		{"GnuTLS, safe", gnutlsServer(t, old+":%SAFE_RENEGOTIATION"), "Nothing unsafe was accepted. The founding client is not served."},
	} {
		t.Run(test.name, func(t *testing.T) {
			plan, err := visit.Options{Address: test.address, Timeout: "2s"}.Check()
			if err != nil {
				t.Fatal(err)
			}
			s, err := plan.Survey(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasPrefix(s.Verdict(), test.verdict) || s.Broken != "" {
				t.Errorf("%s %s", s.Verdict(), s.Broken)
			}
		})
	}
}

// awaitPort waits until somebody listens.
func awaitPort(t *testing.T, address string) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// What a report calls unsafe is: the attack, carried out with a real victim that
// knows RFC 5746, ends with the victim's data behind the attacker's.
func TestWhatAReportCallsUnsafeIs(t *testing.T) {
	address := gnutlsServer(t, "NORMAL:+VERS-TLS1.0:%UNSAFE_RENEGOTIATION")
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	attacker := legacyclient.New(conn, legacyclient.Options{Version: wire.VersionTLS10, NoSCSV: true, Timeout: patience})
	if err := attacker.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := attacker.Echo([]byte("the attacker's prefix\n")); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		_, _ = peers(t).SClient(minute(t), l.Addr().String(), 0, "-tls1")
	}()
	victim, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	spliced, err := (&legacyclient.Splice{Attacker: attacker, Victim: victim, Timeout: 5 * time.Second}).Run()
	if err != nil || !spliced.Complete() || spliced.ToServer.Data == 0 {
		t.Errorf("%v: %+v", err, spliced)
	}
}
