package visit

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// all are the numbers of every suite.
func all() []uint16 {
	var list []uint16
	for _, s := range suite.All() {
		list = append(list, uint16(s.ID))
	}
	return list
}

func certificateFiles(t *testing.T) (cert, key string) {
	t.Helper()
	c := certificates()[0]
	der, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "client.crt"), filepath.Join(dir, "client.key")
	for name, b := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: c.Certificate[0]}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(b), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestWrongOptionsAreNamed(t *testing.T) {
	const address = "127.0.0.1:1"
	for name, o := range map[string]Options{
		"as":      {Address: address, As: "netscape"},
		"do":      {Address: address, Do: "behave"},
		"tls":     {Address: address, TLS: "1.3"},
		"suites":  {Address: address, Suites: []string{"TLS_NONE"}},
		"asked":   {Address: address, Asked: "dance"},
		"bytes":   {Address: address, Bytes: "1GiB"},
		"times":   {Address: address, Times: "0"},
		"after":   {Address: address, After: "soon"},
		"timeout": {Address: address, Timeout: "0s"},
		"key":     {Address: address, Key: "client.key"},
	} {
		_, err := o.Check()
		var setting *proxy.SettingError
		if !errors.As(err, &setting) || setting.Name != name {
			t.Errorf("--%s: %v", name, err)
		}
	}
	both := Options{Address: address, Request: "x", Bytes: "1"}
	if _, err := both.Check(); err == nil {
		t.Error("--bytes beside --request is taken")
	}
	for _, file := range []Options{{Address: address, Request: "@/nowhere"}, {Address: address, Cert: "/nowhere"}} {
		if _, err := file.Check(); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v", err)
		}
	}
	for _, wrong := range []string{"", "localhost", ":443", "h:0", "h:https", "h:70000"} {
		if _, err := (Options{Address: wrong}).Check(); !IsAddress(err) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
}

func TestASuggestionNamesWhatIsNear(t *testing.T) {
	_, err := Options{Address: "h:1", As: "openssl-1.0"}.Check()
	if err == nil || !strings.Contains(err.Error(), "openssl-1.0.1j") {
		t.Errorf("%v", err)
	}
}

func TestOptionsAreUnderstood(t *testing.T) {
	p := checked(t, Options{
		Address: "legacy.example:443", As: "openssl-1.0.2r", Do: "restart-clear", TLS: "TLSv1.1", Suites: []string{"AES128-SHA,TLS_DHE_RSA_WITH_AES_128_CBC_SHA"},
		Bytes: "2KiB", Times: "7", After: "3s", Timeout: "2m",
	})
	if p.behaviour.Name != "restart" || p.known.Hello.Version != wire.VersionTLS11 || p.exchange.bytes != 2048 || p.times != 7 || p.after != 3*time.Second || p.timeout != 2*time.Minute {
		t.Errorf("%+v", p)
	}
	if !p.known.Hello.Offers(wire.TLS_RSA_WITH_AES_128_CBC_SHA) || len(p.known.Hello.CipherSuites) != 3 {
		t.Errorf("%v", p.known.Hello.CipherSuites)
	}
	if p.options.ServerName != "legacy.example" || p.exchange.echo != true {
		t.Errorf("%q, echo %v", p.options.ServerName, p.exchange.echo)
	}
	if p := checked(t, Options{Address: "legacy.example:443", ServerName: "none"}); p.options.ServerName != "" {
		t.Errorf("a server name that was to be left out: %q", p.options.ServerName)
	}
	if p := checked(t, Options{Address: "legacy.example:443", As: "windows-xp"}); p.options.ServerName != "" || p.behaviour.Name != "none" {
		t.Errorf("%q, %s: Windows XP names no server, and does nothing", p.options.ServerName, p.behaviour.Name)
	}
	if p := checked(t, Options{Address: "h:1", Request: `a\r\n\\`}); string(p.exchange.request) != "a\r\n\\" || p.exchange.echo {
		t.Errorf("%q", p.exchange.request)
	}
	for word, v := range map[string]wire.Version{"SSL3.0": wire.VersionSSL30, "1.0": wire.VersionTLS10, "TLS1.1": wire.VersionTLS11, "tlsv1.2": wire.VersionTLS12} {
		if got, err := parseVersion(word); got != v || err != nil {
			t.Errorf("%s is %s, %v", word, got, err)
		}
	}
}
