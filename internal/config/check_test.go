package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

var now = time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

// rsaKey is made once: it is slow to make.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// pemFile writes a certificate that holds for so many days, and its key.
func pemFile(t *testing.T, dir, name string, days int) {
	t.Helper()
	key := rsaKey()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(0, 0, days)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})...)
	writeTo(t, filepath.Join(dir, name), text)
}

func writeTo(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// check checks a text beside the files of a directory.
func check(t *testing.T, dir, text string) (*Check, error) {
	t.Helper()
	d, err := Parse(filepath.Join(dir, "parley.yaml"), []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return d.Check(now)
}

func (c Checked) client(t *testing.T, name string) Client {
	t.Helper()
	for _, one := range c.Clients {
		if one.Name == name {
			return one
		}
	}
	t.Fatalf("there is no client %s", name)
	return Client{}
}

func TestCheckTellsWhatClientsGet(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "server.pem", 100)
	c, err := check(t, dir, `
listeners:
  - {listen: ':1', profile: modern, certificates: [{cert: server.pem}]}
  - {listen: ':2', certificates: [{cert: server.pem}], max_version: 1.2, bare: resumed}
  - {listen: ':3', certificates: [{cert: server.pem}], profile: museum}
`)
	if err != nil {
		t.Fatal(err)
	}
	modern, compatible, museum := c.Listeners[0], c.Listeners[1], c.Listeners[2]
	if len(modern.Warnings)+len(compatible.Warnings) != 0 {
		t.Errorf("%q, %q", modern.Warnings, compatible.Warnings)
	}
	if !modern.Modern || compatible.Modern {
		t.Error("TLS 1.3 is not where it is set")
	}
	if xp := compatible.client(t, "windows-xp"); !strings.Contains(xp.Why, "none that serves TLS 1.0") {
		t.Errorf("%+v", xp)
	}
	if xp := museum.client(t, "windows-xp"); xp.Version != wire.VersionTLS10 || xp.Suite != wire.TLS_RSA_WITH_3DES_EDE_CBC_SHA {
		t.Errorf("%+v", xp)
	}
	if java := modern.client(t, "java-6"); !strings.Contains(java.Why, "no version from TLS 1.2") {
		t.Errorf("%+v", java)
	}
	if old := compatible.client(t, "openssl-1.0.1j-ssl2"); !strings.Contains(old.Why, "SSL 2.0") {
		t.Errorf("%+v", old)
	}
	for _, a := range modern.Answers {
		if (a.Answer == renego.AnswerAccept) != (a.Kind == renego.KindSecure) {
			t.Errorf("modern answers %s by %s", a.Kind, a.Answer)
		}
	}
	if bare := compatible.Answers[2]; bare != (Answered{renego.KindBare, renego.AnswerResumed}) {
		t.Errorf("%+v", bare)
	}
}

func TestCheckWarnsOfWhatWillHurt(t *testing.T) {
	dir := t.TempDir()
	for name, days := range map[string]int{"expired": -1, "soon": 29, "later": 31} {
		pemFile(t, dir, name, days)
	}
	for text, says := range map[string]string{
		"certificates: [{cert: expired}]":                              "has expired",
		"certificates: [{cert: soon}]":                                 "expires soon (subject: CN=soon, not_after: 2026-12-26); renew it",
		"certificates: [{cert: later}]":                                "",
		"certificates: [{cert: later}], suites: [default, RC4-SHA]":    "a weak cipher suite is on",
		"certificates: [{cert: later}], listen: '192.0.2.1:443'":       "no interface",
		"certificates: [{cert: later}], suites: AES128-GCM-SHA256":     "no client can connect with this version",
		"certificates: [{cert: later}], truncation: close, listen: :1": "cut short",
	} {
		c, err := check(t, dir, "listeners:\n  - {"+text+"}\n")
		if err != nil {
			t.Fatal(err)
		}
		if all := strings.Join(c.Listeners[0].Warnings, "\n"); !strings.Contains(all, says) || (says == "") != (all == "") {
			t.Errorf("%s: %s", text, all)
		}
	}
}

func TestCheckTellsOfFilesWhereTheyAreNamed(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "server.pem", 100)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeTo(t, filepath.Join(dir, "other.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	writeTo(t, filepath.Join(dir, "empty"), nil)
	for _, test := range []struct{ key, says string }{
		{"certificates: [{cert: none}]", "none: no such file"},
		{"certificates: [{cert: empty}]", "nothing in PEM"},
		{"certificates: [{cert: server.pem, key: other.key}]", "the file of its certificate"},
		{"client_auth: {mode: require, ca: none}", "none: no such file"},
	} {
		_, err := check(t, dir, "listeners:\n  - listen: :1\n  - listen: :2\n    "+test.key+"\n")
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || !strings.Contains(problems[0].Problem, test.says) {
			t.Errorf("%s: %v", test.key, err)
			continue
		}
		if p := problems[0]; p.Line < 3 || len(p.excerpt) != 3 {
			t.Errorf("%s: it is told of line %d: %q", test.key, p.Line, p.excerpt)
		}
	}
}

func TestCheckReads(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "server.pem", 29)
	c, err := check(t, dir, "listeners:\n  - {name: old, listen: ':1', certificates: [{cert: server.pem}]}\n")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Terminal(&out, now); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"old, :1 → back to the client, profile compatible\n",
		"  certificate   CN=server.pem, RSA, until 2026-12-26 (29 days)\n",
		"  second hello  secure accept, reset accept, bare refuse, restart abort, forged abort\n",
		"  founding             TLS 1.2  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n",
		"  windows-xp           refused  the client offers",
		"parley serve takes it, with 1 warning.\n",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("there is no %q in\n%s", line, &out)
		}
	}
}
