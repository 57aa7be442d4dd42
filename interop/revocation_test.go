//go:build interop

package interop

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// An authority is one of openssl ca's.
type authority struct {
	t   *testing.T
	dir string
}

const authorityConfig = `[ca]
default_ca = ours
[ours]
dir = DIR
database = DIR/index
serial = DIR/serial
crlnumber = DIR/crlnumber
new_certs_dir = DIR
certificate = DIR/ca.crt
private_key = DIR/ca.key
default_md = sha256
default_days = 30
default_crl_days = 7
policy = any
x509_extensions = client
unique_subject = no
[any]
commonName = supplied
[client]
extendedKeyUsage = clientAuth
`

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t, t.TempDir()}
	for name, text := range map[string]string{"ca.cnf": strings.ReplaceAll(authorityConfig, "DIR", a.dir), "index": "", "serial": "1000\n", "crlnumber": "01\n"} {
		if err := os.WriteFile(a.file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=authority", "-keyout", a.file("ca.key"), "-out", a.file("ca.crt"), "-addext", "keyUsage=keyCertSign,cRLSign")
	a.list()
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

func (a *authority) openssl(words ...string) {
	a.t.Helper()
	if output, err := exec.CommandContext(a.t.Context(), "openssl", words...).CombinedOutput(); err != nil {
		a.t.Fatalf("openssl %q: %v: %s", words, err, output)
	}
}

// issue makes a client's certificate, and gives the options that show it.
func (a *authority) issue(name string) []string {
	a.t.Helper()
	key, request, cert := a.file(name+".key"), a.file(name+".csr"), a.file(name+".crt")
	a.openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN="+name, "-keyout", key, "-out", request)
	a.openssl("ca", "-batch", "-config", a.file("ca.cnf"), "-in", request, "-out", cert, "-notext")
	return []string{"-cert", cert, "-key", key}
}

// revoke takes a client's certificate back.
func (a *authority) revoke(name string) {
	a.t.Helper()
	a.openssl("ca", "-config", a.file("ca.cnf"), "-revoke", a.file(name+".crt"), "-crl_reason", "keyCompromise")
	a.list()
}

// list writes the list of all that were revoked.
func (a *authority) list() {
	a.t.Helper()
	a.openssl("ca", "-config", a.file("ca.cnf"), "-gencrl", "-out", a.file("new.crl"))
	if err := os.Rename(a.file("new.crl"), a.file("ca.crl")); err != nil {
		a.t.Fatal(err)
	}
}

// A list of openssl's, exchanged while the server runs, turns a client away that has
// a session, in each version with the alert that it has for it.
func TestOpenSSLClientsAreRevokedByTheirAuthority(t *testing.T) {
	a := newAuthority(t)
	good, bad := a.issue("good"), a.issue("bad")
	server := configured(t, fmt.Sprintf("listeners:\n  - {listen: 127.0.0.1:0, certificates: CERTIFICATES, client_auth: {mode: require, ca: %s, crl: %s}}\n", a.file("ca.crt"), a.file("ca.crl")))
	versions := map[string]string{"-tls1_2": "certificate revoked", "-tls1_3": "bad certificate"}
	sessions := map[string]string{}
	for version := range versions {
		sessions[version] = filepath.Join(t.TempDir(), "session")
		if text := sClient(t, server, append(bad, version, "-sess_out", sessions[version])...); !strings.Contains(text, "over and out") {
			t.Fatalf("before it was revoked: %s", text)
		}
	}
	a.revoke("bad")
	if !server.Await("reloaded", 20*time.Second) {
		t.Fatal("the new list is not read")
	}
	for version, alert := range versions {
		for _, options := range [][]string{bad, append(bad, "-sess_in", sessions[version])} {
			if text := sClient(t, server, append(options, version)...); strings.Contains(text, "over and out") || !strings.Contains(text, alert) {
				t.Errorf("%s: %s", version, text)
			}
		}
		if text := sClient(t, server, append(good, version)...); !strings.Contains(text, "over and out") {
			t.Errorf("another client: %s", text)
		}
	}
	if !strings.Contains(server.Output(), "ended=client-cert-revoked") || !strings.Contains(server.Output(), "(keyCompromise)") || !strings.Contains(server.Output(), "client_cert.subject=\"CN=good\"") {
		t.Error("the log does not say it")
	}
}
