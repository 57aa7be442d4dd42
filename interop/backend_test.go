//go:build interop

package interop

import (
	"context"
	"crypto/tls"
	"crypto/x509"
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

// nginx runs nginx by a configuration until the test ends, and waits until it
// listens.
func nginx(t *testing.T, text string, addresses ...string) *transcript {
	t.Helper()
	set, dir := peers(t), t.TempDir()
	head := fmt.Sprintf("load_module %s;\ndaemon off;\nmaster_process off;\npid %s/pid;\nerror_log stderr info;\nevents {}\n", set.nginxStream(), dir)
	config := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(config, []byte(head+strings.ReplaceAll(text, "DIR", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), set.nginx(), "-p", dir, "-e", "stderr", "-c", config)
	said := newTranscript()
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatalf("%v: run interop/install.sh", err)
	}
	t.Cleanup(func() { _ = c.Process.Kill(); _ = c.Wait() }) // both err if it has ended
	for _, address := range addresses {
		if !listens(address) {
			t.Fatalf("nginx does not listen: %s", said)
		}
	}
	return said
}

// configured runs parley serve by a file until the test ends.
func configured(t *testing.T, text string) *Server {
	t.Helper()
	cert, key := certFiles(t)
	file := filepath.Join(t.TempDir(), "parley.yaml")
	text = strings.ReplaceAll(text, "CERTIFICATES", fmt.Sprintf("[{cert: %s, key: %s}]", cert, key))
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := start(exec.CommandContext(t.Context(), parleyBinary(t), "serve", "--config", file), "listening on ")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		server.Close()
		if t.Failed() {
			t.Logf("parley said: %.20000s", server.Output())
		}
	})
	return server
}

// echoServer sends back what it gets, in clear.
func echoServer(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_, _ = io.Copy(c, c)
				c.Close()
			}()
		}
	}()
	return l.Addr().String()
}

// named makes a pair of files for a name.
func namedPair(t *testing.T, name string) (cert, key string) {
	t.Helper()
	made, err := newPair(func(c *x509.Certificate) { c.Subject.CommonName, c.DNSNames = name, []string{name} })
	if err != nil {
		t.Fatal(err)
	}
	return pairFiles(t, made)
}

// The founding client, whole, before a backend that wants TLS and a certificate.
func TestFoundingClientBeforeNginxThatVerifiesItsClients(t *testing.T) {
	theirs, theirKey := namedPair(t, "nginx.example")
	ours, ourKey := namedPair(t, "parley.example")
	strange, strangeKey := namedPair(t, "stranger.example")
	for _, protocol := range []string{"TLSv1.2", "TLSv1.3"} {
		t.Run(protocol, func(t *testing.T) {
			at, dead := freeAddress(t), freeAddress(t)
			nginx(t, fmt.Sprintf("stream { server { listen %s ssl; ssl_protocols %s; ssl_certificate %s; ssl_certificate_key %s; ssl_client_certificate %s; ssl_verify_client on; proxy_pass %s; } }",
				at, protocol, theirs, theirKey, ours, echoServer(t)), at)
			config := fmt.Sprintf("listeners: [{listen: '127.0.0.1:0', backend: app, certificates: CERTIFICATES}]\nbackends: {app: {servers: ['%s', '%s'], check: {interval: 100ms}, tls: {ca: %s, name: nginx.example, cert: %%s, key: %%s}}}\n", at, dead, theirs)
			server := configured(t, fmt.Sprintf(config, ours, ourKey))
			for _, c := range []Case{
				{Mode: ModeReset, Version: "tls1", Cycles: 5, Bytes: 64 << 10},
				{Mode: ModeProper, Version: "tls1_2", Cycles: 3, Bytes: 4 << 20},
				{Mode: ModeNone, Version: "tls1_1", Resume: ResumeTicket},
			} {
				if result := legacy(t, OpenSSL101j, server, c); !result.OK {
					t.Errorf("%v", result)
				}
			}
			if strings.Contains(server.Output(), "level=WARN msg=connection") {
				t.Error("a stream that went well is told as one that failed")
			}
			if !server.Await("server="+dead+" error=", 10*time.Second) || strings.Contains(server.Output(), "is down: the others take its streams\" backend=app server="+at) {
				t.Error("the checks do not find out who is up")
			}
			stranger := configured(t, fmt.Sprintf(config, strange, strangeKey))
			if result := legacy(t, OpenSSL101j, stranger, Case{Mode: ModeNone, Version: "tls1"}); result.OK {
				t.Error("nginx takes a certificate that it does not know")
			}
			if !stranger.Await(" out=0 ", 10*time.Second) {
				t.Error("nginx says something to a stranger")
			}
		})
	}
}

// asks gets a page through a server, by a name, and says from which address.
func asks(t *testing.T, server *Server, name string) (text, from string) {
	t.Helper()
	client := &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		c, err := (&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, ServerName: name}}).DialContext(ctx, "tcp", server.Address)
		if err == nil {
			from = c.LocalAddr().String()
		}
		return c, err
	}, DisableKeepAlives: true}}
	answer, err := client.Get("https://" + name + "/")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	all, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(all)), from
}

// twoBackends is a file that sends clear.example to a backend in clear and the rest
// to one by TLS. Both are checked, and so is a server that is not there, which tells
// when that was.
func twoBackends(clear, secure, dead, version, ca, cert, key string) string {
	return fmt.Sprintf(`
listeners:
  - {listen: '127.0.0.1:0', backend: secure, routes: [{sni: clear.example, backend: clear}], certificates: CERTIFICATES}
backends:
  clear: {servers: '%s', send_proxy: %s, check: {interval: 100ms}}
  secure: {servers: ['%s', '%s'], send_proxy: %[2]s, check: {interval: 100ms}, tls: {ca: %[5]s, name: backend.example, cert: %[6]s, key: %[7]s}}
`, clear, version, secure, dead, ca, cert, key)
}

func TestNginxIsToldWhoseConnectionItIs(t *testing.T) {
	theirs, theirKey := namedPair(t, "backend.example")
	ours, ourKey := namedPair(t, "parley.example")
	for _, version := range []string{"v1", "v2", "v2-cert"} {
		t.Run(version, func(t *testing.T) {
			clear, secure, dead := freeAddress(t), freeAddress(t), freeAddress(t)
			said := nginx(t, fmt.Sprintf(`http {
				client_body_temp_path DIR/a; proxy_temp_path DIR/b; fastcgi_temp_path DIR/c; uwsgi_temp_path DIR/d; scgi_temp_path DIR/e; access_log off;
				server { listen %s proxy_protocol; return 200 "$proxy_protocol_addr:$proxy_protocol_port in clear"; }
				server { listen %s ssl proxy_protocol; ssl_certificate %s; ssl_certificate_key %s; ssl_client_certificate %s; ssl_verify_client on;
					return 200 "$proxy_protocol_addr:$proxy_protocol_port by $ssl_client_s_dn"; }
			}`, clear, secure, theirs, theirKey, ours), clear, secure)
			server := configured(t, twoBackends(clear, secure, dead, version, theirs, ours, ourKey))
			if text, from := asks(t, server, "clear.example"); text != from+" in clear" {
				t.Errorf("nginx was told %q, not %s", text, from)
			}
			if text, from := asks(t, server, "other.example"); text != from+" by CN=parley.example" {
				t.Errorf("nginx was told %q, not %s", text, from)
			}
			unchecked(t, server, said, "broken header", clear, secure, dead)
		})
	}
}

// unchecked wants that the checks found the dead server and no other, and that the
// backend had nothing against them.
func unchecked(t *testing.T, server *Server, said *transcript, complaint, clear, secure, dead string) {
	t.Helper()
	if !server.Await("server="+dead+" error=", 10*time.Second) {
		t.Error("the server that is not there is not found out")
	}
	for _, up := range []string{clear, secure} {
		if strings.Contains(server.Output(), "server="+up+" error=") {
			t.Errorf("%s is taken for down", up)
		}
	}
	if said != nil && strings.Count(said.String(), complaint) > 2 { // of whoever looked whether it listens
		t.Errorf("the backend says %s", said)
	}
}

func TestHAProxyBehindIsToldWhoseConnectionItIs(t *testing.T) {
	theirs, theirKey := namedPair(t, "backend.example")
	ours, ourKey := namedPair(t, "parley.example")
	both := filepath.Join(t.TempDir(), "both.pem")
	var text []byte
	for _, file := range []string{theirs, theirKey} {
		part, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, part...)
	}
	if err := os.WriteFile(both, text, 0o600); err != nil {
		t.Fatal(err)
	}
	clear, secure, dead := freeAddress(t), freeAddress(t), freeAddress(t)
	haproxyBy(t, fmt.Sprintf(`frontend clear
  mode http
  bind %s accept-proxy
  http-request return status 200 content-type text/plain lf-string "%%[src]:%%[src_port] %%[fc_pp_authority] in clear"
frontend secure
  mode http
  bind %s accept-proxy ssl crt %s ca-file %s verify required
  http-request return status 200 content-type text/plain lf-string "%%[src]:%%[src_port] %%[fc_pp_authority] by %%[ssl_c_s_dn(cn)]"
`, clear, secure, both, ours), secure)
	server := configured(t, twoBackends(clear, secure, dead, "v2", theirs, ours, ourKey))
	if text, from := asks(t, server, "clear.example"); text != from+" clear.example in clear" {
		t.Errorf("HAProxy was told %q, not %s", text, from)
	}
	if text, from := asks(t, server, "other.example"); text != from+" other.example by parley.example" {
		t.Errorf("HAProxy was told %q, not %s", text, from)
	}
	unchecked(t, server, nil, "", clear, secure, dead)
}
