package main

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/pflag"
)

// configFile writes a configuration and gives its name.
func configFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "parley.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestListenersOfAFileServeTogetherAndStopTogether(t *testing.T) {
	name := configFile(t, "listeners:\n  - {name: a, listen: '127.0.0.1:0'}\n  - {name: b, listen: '127.0.0.1:0', profile: modern}\n")
	p := startServe(t, "--config", name)
	if line := p.logged; !strings.Contains(line, "listener=a") {
		t.Error(line)
	}
	first := *p
	p.address = addressIn(p.waitLine("listening on "))
	for name, at := range map[string]*process{"a": &first, "b": p} {
		c := at.dial()
		echo(t, c, "hello")
		c.Close()
		p.waitLine("msg=connection listener=" + name)
	}
	p.signal(syscall.SIGTERM)
	if rest := p.exits(0); strings.Count(rest, "msg=stopped") != 2 {
		t.Error(rest)
	}
}

func TestFileThatIsWrongIsWrongUse(t *testing.T) {
	name := configFile(t, "listeners:\n  - lisen: :1\n")
	code, stdout, stderr := run(t, "serve", "--config", name)
	want := "parley: " + name + ":2:5: listeners[0].lisen: there is no such key here; did you mean listen?\n" +
		"      1 | listeners:\n>     2 |   - lisen: :1\n        |     ^\n"
	if code != 2 || stdout != "" || stderr != want {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
}

func TestFlagsBesideAFileAreWrongUse(t *testing.T) {
	one := configFile(t, "listeners:\n  - listen: 127.0.0.1:0\n")
	two := configFile(t, "listeners:\n  - listen: 127.0.0.1:0\n  - listen: 127.0.0.1:0\n")
	for _, test := range []struct {
		says      string
		arguments []string
	}{
		{"--min-version cannot stand beside --config; write min_version", []string{"--config", one, "--min-version", "1.2"}},
		{"which of the 2 listeners", []string{"--config", two, "--listen", ":1"}},
	} {
		if code, _, stderr := run(t, append([]string{"serve"}, test.arguments...)...); code != 2 || !strings.Contains(stderr, test.says) {
			t.Errorf("%q: %d, %s", test.arguments, code, stderr)
		}
	}
	if code, _, stderr := run(t, "serve", "--config", filepath.Join(t.TempDir(), "none")); code != 1 || !strings.Contains(stderr, "none: no such file") {
		t.Errorf("%d, %s", code, stderr)
	}
}

func TestAddressAndLogMayBeChangedBesideAFile(t *testing.T) {
	name := configFile(t, "listeners:\n  - listen: 127.0.0.1:1\n")
	p := start(t, "--config", name, "--log-format", "json")
	p.signal(syscall.SIGTERM)
	if rest := p.exits(0); !strings.Contains(rest, `"msg":"stopped"`) {
		t.Error(rest)
	}
}

func TestOneListenerThatCannotListenStopsAll(t *testing.T) {
	p := start(t)
	name := configFile(t, "listeners:\n  - listen: 127.0.0.1:0\n  - listen: "+p.address+"\n")
	code, _, stderr := run(t, "serve", "--config", name)
	if code != 1 || !strings.Contains(stderr, "another program") {
		t.Errorf("%d, %s", code, stderr)
	}
}

func TestExampleServes(t *testing.T) {
	code, example, _ := run(t, "config", "example")
	if code != 0 {
		t.Fatal(code)
	}
	p := start(t, "--config", configFile(t, example))
	c := p.dial()
	echo(t, c, "hello")
	c.Close()
	p.waitLine("msg=connection")
}

func TestSchemaIsWritten(t *testing.T) {
	code, stdout, _ := run(t, "config", "schema")
	if code != 0 || !regexp.MustCompile(`(?s)^\{.*"listeners".*\}\n$`).MatchString(stdout) {
		t.Errorf("%d, %s", code, stdout)
	}
}

func TestCheckExitsByWhatItFinds(t *testing.T) {
	for _, test := range []struct {
		code      int
		text      string
		out, errs string
	}{
		{1, "listeners:\n  - listen: 127.0.0.1:0\n", "takes it, with 2 warnings", ""},
		{2, "listeners:\n  - listen: nowhere\n", "", "listeners[0].listen"},
		{2, "listeners:\n  - certificates: [{cert: none.pem}]\n", "", "none.pem: no such file"},
	} {
		code, stdout, stderr := run(t, "check", configFile(t, test.text))
		if code != test.code || !strings.Contains(stdout, test.out) || !strings.Contains(stderr, test.errs) || test.errs == "" && stderr != "" {
			t.Errorf("%q: %d, %s%s", test.text, code, stdout, stderr)
		}
	}
	if code, _, stderr := run(t, "check", "no-such-file.yaml"); code != 2 || !strings.Contains(stderr, "no-such-file.yaml") {
		t.Errorf("%d, %s", code, stderr)
	}
	if code, _, stderr := run(t, "check"); code != 2 || !strings.Contains(stderr, "takes one argument") {
		t.Errorf("%d, %s", code, stderr)
	}
}

func TestPermissionsAreListed(t *testing.T) {
	name := configFile(t, "listeners:\n  - listen: :1\npermissions:\n  - {name: old, owner: o, reason: r, until: 2020-01-01, after: refuse, match: {sni: a}, grant: {min_version: 1.0}}\n")
	if code, stdout, stderr := run(t, "permissions", name); code != 0 || !strings.Contains(stdout, "old: until 2020-01-01, EXPIRED") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := run(t, "permissions", configFile(t, "listeners: x\n")); code != 2 || !strings.Contains(stderr, "listeners") {
		t.Errorf("%d, %s", code, stderr)
	}
}

// What a server counts its operator can ask for while it runs, and read when it
// does not run any more.
func TestUsesOfPermissionsAreTold(t *testing.T) {
	dir, err := os.MkdirTemp("", "p") // a socket's name must be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "a")
	name := configFile(t, "listeners: [{listen: '127.0.0.1:0', profile: modern}]\nadmin: unix:"+socket+"\npermission_uses: uses.json\npermissions:\n"+
		"  - {name: old, owner: o, reason: r, until: 2999-12-31, after: refuse, match: {from: 127.0.0.1}, grant: {min_version: 1.0, suites: default}}\n")
	p := startServe(t, "--config", name)
	c, err := tls.Dial("tcp", p.address, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS11})
	if err != nil {
		t.Fatal(err)
	}
	echo(t, c, "hello")
	if code, stdout, stderr := run(t, "permissions", name, "--admin", "unix:"+socket); code != 0 || !strings.Contains(stdout, "used    by 1 connection from 1 source") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	c.Close()
	p.signal(syscall.SIGTERM)
	p.exits(0)
	if code, stdout, stderr := run(t, "permissions", name, "--report"); code != 0 || !strings.Contains(stdout, "| used | by 1 connection from 1 source, last on ") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := run(t, "permissions", name, "--admin", "unix:"+socket); code != 1 || !strings.Contains(stderr, "is parley serve running") {
		t.Errorf("%d, %s", code, stderr)
	}
	if code, _, _ := run(t, "permissions", name, "--report", "--csv"); code != 2 {
		t.Errorf("two forms at once exit with %d", code)
	}
}

// What a flag can say a file can say, by the same word.
func TestEveryFlagOfServeHasItsKey(t *testing.T) {
	_, example, _ := run(t, "config", "example")
	otherwise := map[string]string{ // a permission in a file, or no setting
		"trust-from": "from", "trust-until": "until", "config": "", "help": "", "trial": "profile", "inventory": "file", "inventory-keep": "keep", "flights": "directory", "flights-keep": "keep", "flights-max-size": "max_size", "client-auth": "mode", "client-ca": "ca", "client-crl": "crl", "client-crl-expired": "crl_expired", "client-allow": "allow", "ticket-key-file": "ticket_key_files", "session-store": "store", "session-store-password-file": "store_password_file", "session-store-ca": "store_ca", "log-format": "format", "log-level": "level", "log-failures": "failures",
	}
	newServe().Flags().VisitAll(func(f *pflag.Flag) {
		key, ok := otherwise[f.Name]
		if !ok {
			key = strings.ReplaceAll(f.Name, "-", "_")
		}
		if key != "" && !strings.Contains(example, key+": ") {
			t.Errorf("--%s has no key %s", f.Name, key)
		}
	})
}
