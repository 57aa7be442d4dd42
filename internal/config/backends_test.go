package config

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy/upstream"
)

func TestBackendsAndRoutesOfAFile(t *testing.T) {
	all := settingsOf(t, `
listeners:
  - listen: :1
    backend: app
    routes:
      - {sni: Pay.example, alpn: [mqtt, h2], backend: pay}
      - {sni: ["*.old.example"], backend: 'unix:/s'}
    send_proxy: v1
  - {listen: ':2', backend: app}
backends:
  app:
    servers: [127.0.0.1:1, 'unix:/b']
    check: {interval: 1s, timeout: 2s, fall: 4, rise: 5}
    send_proxy: v2
  pay:
    servers: pay.example:443
    tls: {ca: ca.crt, cert: /c.crt, key: c.key, truncation: close}
`)
	app := &upstream.Backend{
		Name: "app", Servers: []upstream.Address{{Network: "tcp", Address: "127.0.0.1:1"}, {Network: "unix", Address: "/b"}},
		Check: upstream.Check{Interval: time.Second, Timeout: 2 * time.Second, Fall: 4, Rise: 5}, Header: 2,
	}
	pay := &upstream.Backend{
		Name: "pay", Servers: []upstream.Address{{Network: "tcp", Address: "pay.example:443"}},
		TLS:   &upstream.TLS{CA: "/etc/parley/ca.crt", Cert: "/c.crt", Key: "/etc/parley/c.key", CloseTruncated: true},
		Check: upstream.Check{Timeout: 3 * time.Second, Fall: 3, Rise: 2},
	}
	routes := upstream.Routes{
		{SNI: []string{"pay.example"}, ALPN: []string{"mqtt", "h2"}, Backend: pay},
		{SNI: []string{"*.old.example"}, Backend: upstream.Single(upstream.Address{Network: "unix", Address: "/s"}, 1)},
	}
	if got := all[0]; !reflect.DeepEqual(got.Backend, app) || !reflect.DeepEqual(got.Routes, routes) {
		t.Errorf("%+v\n%+v", got.Backend, got.Routes)
	}
	if all[1].Backend != all[0].Backend {
		t.Error("two listeners have two backends of one name")
	}
}

func TestSeveralServersAreCheckedAndTLSNeedsNoKey(t *testing.T) {
	all := settingsOf(t, "listeners:\n  - backend: a\nbackends:\n  a:\n    servers: [127.0.0.1:1, 127.0.0.1:2]\n    tls:\n")
	if b := all[0].Backend; b.TLS == nil || b.Check.Interval != 5*time.Second {
		t.Errorf("%+v", b)
	}
}

func TestWhatBackendsAndRoutesCannotBe(t *testing.T) {
	const listener, entry = "listeners:\n  - {listen: ':1', backend: app}\n", "backends:\n  app: {servers: 'a:1'}\n"
	for _, test := range []struct{ text, key, says string }{
		{"listeners:\n  - {listen: ':1', backend: ap}\n" + entry, "listeners[0].backend", `"ap": there is no backend of this name; did you mean app?`},
		{"listeners:\n  - {listen: ':1', backend: zebra}\n" + entry, "listeners[0].backend", "there are app; an address has a port"},
		{"listeners:\n  - {listen: ':1', backend: app}\n", "listeners[0].backend", "not an address"},
		{"listeners:\n  - listen: ':1'\n    routes: [{sni: a, backend: apq}]\n" + entry, "listeners[0].routes[0].backend", "did you mean app?"},
		{"listeners:\n  - listen: ':1'\n    routes: [{sni: a}]\n" + entry, "listeners[0].routes[0].backend", "missing"},
		{"listeners:\n  - listen: ':1'\n    routes: [{sni: 'a b', backend: app}]\n" + entry, "listeners[0].routes[0].sni", "not a name"},
		{"listeners:\n  - listen: ':1'\n    routes: [{sni: a, backend: 'b:0'}]\n", "listeners[0].routes[0].backend", "port 0"},
		{"listeners:\n  - {listen: ':1', backend: app, send_proxy: v2}\n" + entry, "listeners[0].send_proxy", "write it at backends.app"},
		{listener + "backends:\n  app: {servers: []}\n", "backends.app.servers", "empty"},
		{listener + "backends:\n  app: {}\n", "backends.app.servers", "missing"},
		{listener + "backends:\n  app: {servers: [a]}\n", "backends.app.servers[0]", "not an address"},
		{listener + "backends:\n  app: {servers: ['a:1', 'b:2', 'a:1']}\n", "backends.app.servers[2]", "there already"},
		{listener + "backends:\n  app: {servers: ['unix:/a'], tls: {}}\n", "backends.app.servers[0]", "tls.name"},
		{listener + "backends:\n  app: {servers: ['a:1'], tls: {key: k}}\n", "backends.app.tls.key", "no certificate"},
		{listener + "backends:\n  app: {servers: ['a:1'], tls: {truncation: cut}}\n", "backends.app.tls.truncation", "there is no such choice"},
		{listener + "backends:\n  app: {servers: ['a:1'], tls: {verify: off}}\n", "backends.app.tls.verify", "no such key"},
		{listener + "backends:\n  app: {servers: ['a:1'], check: {interval: 1ms}}\n", "backends.app.check.interval", "burden"},
		{listener + "backends:\n  app: {servers: ['a:1'], check: {interval: often}}\n", "backends.app.check.interval", "not a duration"},
		{listener + "backends:\n  app: {servers: ['a:1'], check: {timeout: 0s}}\n", "backends.app.check.timeout", "no time"},
		{listener + "backends:\n  app: {servers: ['a:1'], check: {fall: 0}}\n", "backends.app.check.fall", "from 1"},
		{listener + "backends:\n  app: {servers: ['a:1'], check: {rise: x}}\n", "backends.app.check.rise", "from 1"},
		{listener + "backends:\n  a.b: {servers: ['a:1']}\n  app: {servers: ['a:1']}\n", "backends.a.b", "cannot be a name"},
		{listener + "backends: [app]\n", "backends", "names here"},
	} {
		d, err := Parse("f.yaml", []byte(test.text))
		if err == nil {
			_, err = d.Settings()
		}
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s is taken", test.text)
			continue
		}
		if p := problems[0]; p.Key != test.key || !strings.Contains(p.Error(), test.says) || p.Line == 0 {
			t.Errorf("%s: %v", test.text, p)
		}
		if len(problems) != 1 && test.key != "backends.a.b" && test.key != "backends" {
			t.Errorf("%s: it is told with more: %v", test.text, problems)
		}
	}
}

func TestCheckReadsWhatBackendsName(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "server.pem", 100)
	pemFile(t, dir, "soon.pem", 10)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	writeTo(t, filepath.Join(dir, "other.key"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	const listener = "listeners:\n  - {listen: ':1', backend: app, certificates: [{cert: server.pem}]}\nbackends:\n  app:\n    servers: a:1\n    tls: "
	for keys, says := range map[string]string{
		"{ca: none}":                         "none: no such file",
		"{ca: other.key}":                    "no certificate in this file",
		"{cert: other.key}":                  "no certificate in this file",
		"{cert: server.pem, key: none}":      "none: no such file",
		"{cert: server.pem, key: other.key}": "belongs to this certificate",
	} {
		_, err := check(t, dir, listener+keys+"\n")
		var problems Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Key != "backends.app.tls" || problems[0].Line != 6 || !strings.Contains(problems[0].Problem, says) {
			t.Errorf("%s: %v", keys, err)
		}
	}
	c, err := check(t, dir, listener+"{cert: soon.pem}\n")
	if err != nil || len(c.Listeners[0].Warnings) != 1 || !strings.Contains(c.Listeners[0].Warnings[0], "that a backend is shown expires soon") {
		t.Errorf("%v, %+v", err, c)
	}
}

func TestCheckNamesRoutesThatNeverMatchAndBackendsThatNobodyUses(t *testing.T) {
	dir := t.TempDir()
	pemFile(t, dir, "server.pem", 100)
	c, err := check(t, dir, `
listeners:
  - listen: ':1'
    backend: app
    alpn: mqtt
    certificates: [{cert: server.pem}]
    routes:
      - {sni: '*.a.example', backend: app}
      - {sni: [b.a.example], backend: 'other:1'}
      - {alpn: h2, backend: 'other:1'}
      - {backend: app}
  - listen: ':2'
    certificates: [{cert: server.pem}]
    routes:
      - {sni: a.example, backend: app}
backends:
  app: {servers: ['a:1', 'a:2'], tls: {}}
  idle: {servers: 'a:1'}
`)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := c.Terminal(&out, now); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		":1 → app (a:1, a:2) by TLS, profile compatible\n",
		"a route never has a stream: those before it take all that it fits (route: sni b.a.example → other:1, number: 2); put it before them, or take it out\n",
		"a route never has a stream: the listener agrees on none of its protocols (route: alpn h2 → other:1, number: 3); name them under alpn of the listener too\n",
		"the backend of the listener never has a stream: its routes take all (backend: app (a:1, a:2) by TLS)",
		"  route         sni *.a.example → app (a:1, a:2) by TLS\n",
		"  route         everybody → app",
		":2 → its routes, and none else, profile compatible\n",
		"warning  the backend idle is used by no listener",
		"with 4 warnings",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("there is no %q in\n%s", line, &out)
		}
	}
}
