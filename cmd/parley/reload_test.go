package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
)

// put writes a file's new contents where the old ones are.
func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// servesTLS11 says whether clients of TLS 1.1 are served.
func (p *process) servesTLS11() bool {
	c, err := tls.Dial("tcp", p.address, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS11, MaxVersion: tls.VersionTLS11})
	if err == nil {
		c.Close()
	}
	return err == nil
}

const (
	allVersions  = "listeners:\n  - listen: 127.0.0.1:0\n"
	onlyTLS12    = allVersions + "    min_version: 1.2\n"
	wrongVersion = allVersions + "    min_versoin: 1.2\n"
)

func TestFileThatChangesIsReadAgain(t *testing.T) {
	name := configFile(t, allVersions)
	p := startServe(t, "--config", name)
	open := p.dial()
	echo(t, open, "before")
	if !p.servesTLS11() {
		t.Error("TLS 1.1 is not served at first")
	}
	put(t, name, onlyTLS12)
	p.waitLine("reloaded")
	if p.servesTLS11() {
		t.Error("TLS 1.1 is still served")
	}
	echo(t, open, "after")
}

func TestSignalReadsTheFileAgain(t *testing.T) {
	p := startServe(t, "--config", configFile(t, allVersions))
	p.signal(syscall.SIGHUP)
	p.waitLine("reloaded")
	p.signal(syscall.SIGTERM)
	p.exits(0)
}

func TestFileThatIsWrongChangesNothingAndIsToldOf(t *testing.T) {
	name := configFile(t, onlyTLS12)
	p := startServe(t, "--config", name)
	put(t, name, wrongVersion)
	if line := p.waitLine("not reloaded"); !strings.Contains(line, name+":3:5") || !strings.Contains(line, "did you mean min_version?") {
		t.Error(line)
	}
	if p.servesTLS11() {
		t.Error("TLS 1.1 is served")
	}
	put(t, name, onlyTLS12+"metrics: "+p.address+"\n")
	if line := p.waitLine("not reloaded"); !strings.Contains(line, "listens there already") {
		t.Error(line)
	}
	put(t, name, allVersions)
	p.waitLine("level=INFO msg=\"reloaded")
	if !p.servesTLS11() {
		t.Error("what is right again is not served")
	}
}

// Kubernetes puts a directory of files in the place of another by a link.
func TestFilesBehindALinkThatChangesAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	for version, text := range map[string]string{"1": allVersions, "2": onlyTLS12} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o700); err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(dir, version, "parley.yaml"), text)
	}
	link := func(to, name string) {
		t.Helper()
		if err := os.Symlink(to, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	link("1", "..data")
	link(filepath.Join("..data", "parley.yaml"), "parley.yaml")
	p := startServe(t, "--config", filepath.Join(dir, "parley.yaml"))
	link("2", "..data_tmp")
	if err := os.Rename(filepath.Join(dir, "..data_tmp"), filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
	p.waitLine("reloaded")
	if p.servesTLS11() {
		t.Error("TLS 1.1 is still served")
	}
}

// With flags there is no file to change, but there are certificates.
func TestCertificatesThatChangeAreReadAgain(t *testing.T) {
	dir := t.TempDir()
	first, second := pemPair(t), pemPair(t)
	name := filepath.Join(dir, "server.pem")
	put(t, name, first)
	p := start(t, "--cert", name)
	before := p.dial().ConnectionState().PeerCertificates[0]
	put(t, name, second)
	p.waitLine("reloaded")
	if p.dial().ConnectionState().PeerCertificates[0].Equal(before) {
		t.Error("the old certificate is shown")
	}
}

// pemPair makes a certificate and its key.
func pemPair(t *testing.T) string {
	t.Helper()
	made, err := proxy.SelfSigned(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(made[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made[0].Certificate[0]})
	return string(append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...))
}

func TestReloadIsAskedForAndSaysWhatChanged(t *testing.T) {
	dir, err := os.MkdirTemp("", "p") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	admin := "unix:" + filepath.Join(dir, "a")
	name := configFile(t, allVersions+"admin: "+admin+"\n")
	p := startServe(t, "--config", name)
	p.waitLine("admin socket on")
	code, stdout, stderr := run(t, "reload", "--admin", admin)
	if code != 0 || stdout != nothingChanged+"\n" {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	put(t, name, onlyTLS12+"admin: "+admin+"\ndrain: 1s\n")
	code, stdout, stderr = run(t, "reload", "--admin", admin)
	if code != 0 || stdout != "127.0.0.1:0: min_version\nof the process: drain\n" && stdout != nothingChanged+"\n" { // who watches the file may be faster
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	if p.servesTLS11() {
		t.Error("TLS 1.1 is served")
	}
	put(t, name, wrongVersion+"admin: "+admin+"\n")
	code, _, stderr = run(t, "reload", "--admin", admin)
	if code != 1 || !strings.Contains(stderr, "did you mean min_version?") || !strings.Contains(stderr, "everything is as it was") {
		t.Errorf("%d %s", code, stderr)
	}
}
