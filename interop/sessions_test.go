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

// redis runs a Redis server until the test ends; with a certificate it speaks TLS.
// Debian's binary is a server if that is what it is called.
func redis(t *testing.T, address, password, cert, key string) *exec.Cmd {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	words := []string{"redis-server", "--bind", host, "--port", port, "--requirepass", password, "--save", "", "--dir", t.TempDir()}
	if cert != "" {
		words = append(words, "--port", "0", "--tls-port", port, "--tls-cert-file", cert, "--tls-key-file", key, "--tls-auth-clients", "no")
	}
	c := exec.CommandContext(t.Context(), redisBinary)
	c.Args = words
	if err := c.Start(); err != nil {
		t.Fatalf("%v: run interop/install.sh", err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() }) // both err if it has ended
	if !listens(address) {
		t.Fatal("redis does not listen")
	}
	return c
}

// ticketKeys is a file of ticket keys that parley made.
func ticketKeys(t *testing.T) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tickets.keys")
	if output, err := exec.CommandContext(t.Context(), parleyBinary(t), "ticket-key", "new", file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return file
}

// resumes says whether OpenSSL's client resumes at one server the session that it
// had at another.
func resumes(t *testing.T, first, second *Server, options ...string) bool {
	t.Helper()
	session := filepath.Join(t.TempDir(), "session.pem")
	sClient(t, first, append(options, "-sess_out", session)...)
	return strings.Contains(sClient(t, second, append(options, "-sess_in", session)...), "\nReused, ")
}

// sClient is a visit of openssl s_client; it gives what that says.
func sClient(t *testing.T, server *Server, options ...string) string {
	t.Helper()
	c := exec.CommandContext(t.Context(), "openssl", append([]string{"s_client", "-connect", server.Address}, options...)...)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	said := newTranscript()
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = c.Wait() }() // it may have been refused
	if _, err := fmt.Fprintln(in, "over and out"); err == nil {
		said.await(func(text string) bool { return strings.Contains(text, "over and out") }, done, 20*time.Second)
	}
	_ = in.Close()
	<-done
	return said.String()
}

func TestNodesShareSessionIDsByRedis(t *testing.T) {
	cert, key := namedPair(t, "localhost")
	password := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(password, []byte("open-sesame\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for scheme, tls := range map[string]bool{"valkey": false, "valkeys": true} {
		t.Run(scheme, func(t *testing.T) {
			at := freeAddress(t)
			more, serverCert, serverKey := "", "", ""
			if tls {
				more, serverCert, serverKey = ", store_ca: "+cert, cert, key
			}
			store := redis(t, at, "open-sesame", serverCert, serverKey)
			text := fmt.Sprintf("listeners:\n  - {listen: 127.0.0.1:0, certificates: CERTIFICATES}\nsessions: {store: '%s://localhost:%s/3', store_password_file: %s, ticket_key_files: [%s]%s}\n",
				scheme, at[strings.LastIndex(at, ":")+1:], password, ticketKeys(t), more)
			one, two := configured(t, text), configured(t, text)
			for _, node := range []*Server{one, two} {
				if !node.Await("the session store answers", 20*time.Second) {
					t.Fatal("the store does not answer")
				}
			}
			options := []string{"-tls1_2", "-no_ticket"}
			if !resumes(t, one, two, options...) {
				t.Error("a session of one node is not resumed at the other")
			}
			_ = store.Process.Kill()
			_ = store.Wait()
			for range 8 { // more than it takes to give the store up
				if text := sClient(t, one, options...); !strings.Contains(text, "over and out") {
					t.Fatalf("without the store nobody is served: %s", text)
				}
			}
			if !one.Await("the session store does not answer", 20*time.Second) {
				t.Error("nobody is told that it is gone")
			}
			if strings.Contains(one.Output(), "open-sesame") {
				t.Error("the password is in the log")
			}
			redis(t, at, "open-sesame", serverCert, serverKey)
			for end := time.Now().Add(40 * time.Second); !resumes(t, one, two, options...); {
				if time.Now().After(end) {
					t.Fatal("when the store is back, sessions are not shared again")
				}
			}
		})
	}
}

func TestNodesShareTicketsOfRealClients(t *testing.T) {
	text := "listeners:\n  - {listen: 127.0.0.1:0, certificates: CERTIFICATES}\nsessions: {ticket_key_files: [" + ticketKeys(t) + "]}\n"
	one, two, stranger := configured(t, text), configured(t, text), parley(t)
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		if !resumes(t, one, two, version) {
			t.Errorf("%s: a session of one node is not resumed at the other", version)
		}
		if resumes(t, one, stranger, version) {
			t.Errorf("%s: a session is resumed by who has not the keys", version)
		}
	}
}
