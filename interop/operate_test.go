//go:build interop

package interop

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// promtool is Prometheus' own judge of metrics and rules.
func promtool(t *testing.T, in io.Reader, arguments ...string) {
	t.Helper()
	c := exec.CommandContext(t.Context(), peers(t).promtool(), arguments...)
	c.Stdin = in
	if output, err := c.CombinedOutput(); err != nil || strings.Contains(string(output), "error") {
		t.Errorf("promtool %q: %v (where it is missing, run interop/install.sh):\n%s", arguments, err, output)
	}
}

func TestMetricsOfRealClientsPleasePromtool(t *testing.T) {
	server := parley(t, "--metrics", "127.0.0.1:0", "--restart", "isolate")
	for _, mode := range []Mode{ModeReset, ModeProper, ModeNewSSL} {
		legacy(t, OpenSSL101j, server, Case{Mode: mode, Version: "tls1", Cycles: 2})
	}
	const mark = "metrics on "
	if !server.Await(mark, 5*time.Second) {
		t.Fatal("there are no metrics")
	}
	answer, err := http.Get(strings.Trim(addressLine(server.Output(), mark), `"`))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, series := range []string{
		`parley_second_hellos_total{answer="accept",kind="reset"} 2`, `parley_second_hellos_total{answer="accept",kind="secure"} 2`,
		`parley_second_hellos_total{answer="isolate",kind="restart"} 2`, `parley_handshakes_total{kind="first"`,
	} {
		if !strings.Contains(string(page), series) {
			t.Errorf("there is no %s", series)
		}
	}
	promtool(t, strings.NewReader(string(page)), "check", "metrics")
}

// addressLine is what follows a mark, up to the end of the line.
func addressLine(text, mark string) string {
	_, after, _ := strings.Cut(text, mark)
	line, _, _ := strings.Cut(after, "\n")
	return line
}

func TestAlertRulesPleasePromtool(t *testing.T) {
	promtool(t, nil, "check", "rules", "../packaging/alerts.yaml")
	promtool(t, nil, "test", "rules", "../packaging/alerts_test.yaml")
}

// haproxy stands before a server, as a balancer does, at another address than
// its clients'.
func haproxy(t *testing.T, server, options string) *Server {
	t.Helper()
	front := freeAddress(t)
	haproxyBy(t, fmt.Sprintf("listen front\n  bind %s\n  server parley %s source 127.0.0.2 %s\n", front, server, options), front)
	return &Server{Address: front}
}

// haproxyBy runs HAProxy by a configuration until the test ends, and waits until it
// listens.
func haproxyBy(t *testing.T, text, address string) {
	t.Helper()
	text = "defaults\n  mode tcp\n  timeout connect 10s\n  timeout client 1m\n  timeout server 1m\n" + text
	config := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), haproxyBinary, "-db", "-f", config)
	var said strings.Builder
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatalf("%v: run interop/install.sh", err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() }) // both err if it has ended
	if !listens(address) {
		t.Fatalf("HAProxy does not listen: %s", &said)
	}
}

// listens waits until somebody listens.
func listens(address string) bool {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if probe, err := net.Dial("tcp", address); err == nil {
			probe.Close()
			return true
		}
	}
	return false
}

// freeAddress is one where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func TestFoundingClientBehindHAProxy(t *testing.T) {
	for _, version := range []string{"send-proxy", "send-proxy-v2"} {
		t.Run(version, func(t *testing.T) {
			server := parley(t, "--accept-proxy", "127.0.0.2", "--max-per-source", "100")
			front := haproxy(t, server.Address, version)
			result := legacy(t, OpenSSL101j, front, Case{Mode: ModeReset, Version: "tls1", Cycles: 5})
			if !result.OK {
				t.Errorf("%v", result)
			}
			if !server.Await("client=127.0.0.1:", 5*time.Second) {
				t.Error("the log does not name the client that HAProxy named")
			}
		})
	}
}

func TestHAProxyThatIsNotTrustedIsNotHeard(t *testing.T) {
	server := parley(t, "--accept-proxy", "192.0.2.1")
	front := haproxy(t, server.Address, "send-proxy-v2")
	if result := legacy(t, OpenSSL101j, front, Case{Mode: ModeNone, Version: "tls1"}); result.OK {
		t.Errorf("%v", result)
	}
	if !server.Await("ended=not-tls", 5*time.Second) {
		t.Error("the header is not what it is to TLS")
	}
}
