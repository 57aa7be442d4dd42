package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// problemsOf reads a text that is wrong, and gives what is said of it.
func problemsOf(t *testing.T, text string) Problems {
	t.Helper()
	d, err := Parse("parley.yaml", []byte(text))
	if err == nil {
		_, err = d.Settings()
	}
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("the error is %v", err)
	}
	return problems
}

func TestProblemsHavePlaceExcerptAndAdvice(t *testing.T) {
	for _, test := range []struct {
		text         string
		line, column int
		key          string
		says         string
	}{
		{"", 0, 0, "listeners", "parley config example"},
		{"# nothing\n", 0, 0, "listeners", "parley config example"},
		{"log: {level: info}\n", 1, 1, "listeners", "missing"},
		{"listeners: []\n", 1, 1, "listeners", "there is no listener"},
		{"listeners:\n  - listen: :1\n    backnd: b:1\n", 3, 5, "listeners[0].backnd", "did you mean backend?"},
		{"listeners:\n  - listen: :1\n    min-version: 1.2\n", 3, 5, "listeners[0].min-version", "did you mean min_version?"},
		{"listeners:\n  - listen: :1\n    zzzzzzzzzzzzzzzz: 1.2\n", 3, 5, "listeners[0].zzzzzzzzzzzzzzzz", "there are name, listen"},
		{"listeners:\n  - listen: :1\nlogs: {}\n", 3, 1, "logs", "did you mean log?"},
		{"listeners:\n  - listen: :1\nlog: {level: warning}\n", 3, 14, "log.level", "did you mean warn?"},
		{"listeners:\n  - listen: :1\n    tickets: true\n", 3, 14, "listeners[0].tickets", "on, off"},
		{"listeners:\n  - listen: :1\n    reset: accept-full\n", 3, 12, "listeners[0].reset", "no such choice here; grant it, under permissions"},
		{"listeners:\n  - listen:\n", 2, 13, "listeners[0].listen", "missing"},
		{"listeners:\n  - listen: [a, b]\n", 2, 13, "listeners[0].listen", "this is a list"},
		{"listeners:\n  - listen: {a: b}\n", 2, 14, "listeners[0].listen", "these are keys"},
		{"listeners:\n  - {listen: ':1', accept_proxy: [fd00::1]}\n", 2, 35, "listeners[0].accept_proxy[0]", "put it in quotes"},
		{"listeners:\n  listen: :1\n", 2, 3, "listeners", "begin each entry with a dash"},
		{"listeners:\n  - :1\n", 2, 5, "listeners[0]", "there must be keys here"},
		{"listeners: &x\n  - listen: :1\n", 1, 12, "listeners", "anchor"},
		{"listeners:\n  - listen: !!str x\n", 2, 13, "listeners[0].listen", "tag"},
		{"listeners:\n  - listen: :1\n    <<: {a: b}\n", 3, 5, "listeners[0].<<", "merging is not read"},
		{"listeners:\n  - listen: :1\n    certificates:\n      - key: k.pem\n", 4, 9, "listeners[0].certificates[0].cert", "missing"},
		{"listeners:\n\t- listen: :1\n", 2, 1, "", "indent with spaces"},
		{"listeners:\n  - listen: \"x\n", 2, 13, "", "not YAML"},
		{"drain: 1s\ndrain: 2s\n", 2, 1, "", "already defined"},
		{"drain: 1s\n---\ndrain: 2s\n", 3, 1, "", "second document"},
		{"# " + strings.Repeat("x", maxLine) + "\n", 1, 1, "", "this line has more than"},
		{strings.Repeat("[", 2000), 1, 1, "", "nested deeper"},
		{strings.Repeat("- ", 1000), 1, 1, "", "nested deeper"},
		{strings.Repeat("\n", maxFile+1), 0, 0, "", "no configuration"},

		{"listeners:\n  - listen: 8443\n", 2, 5, "listeners[0].listen", `"8443": this is not an address`},
		{"listeners:\n  - listen: :1\n    send_proxy: v2\n", 3, 5, "listeners[0].send_proxy", "name one with backend, or leave send_proxy out"},
		{"listeners:\n  - limits:\n      idle_timeout: soon\n", 3, 7, "listeners[0].limits.idle_timeout", "such as 30s"},
		{"listeners:\n  - limits:\n      max_connections: -1\n", 3, 7, "listeners[0].limits.max_connections", "whole number"},
		{"listeners:\n  - client_auth: {mode: require}\n", 2, 19, "listeners[0].client_auth.mode", "client_auth.ca"},
		{"listeners:\n  - profile: modern\n    reset: accept\n", 3, 5, "listeners[0].reset", "choose profile compatible"},
		{"listeners:\n  - listen: :1\n  - listen: :2\ndrain: soon\n", 4, 1, "drain", "such as 30s"},
		{"listeners:\n  - listen: 127.0.0.1:8443\n  - listen: :8443\n", 3, 5, "listeners[1].listen", "cannot be bound twice"},
		{"listeners:\n  - listen: :1\n  - listen: :9000\nmetrics: 127.0.0.1:9000\n", 4, 1, "metrics", "cannot be bound twice"},
		{"listeners:\n  - listen: :1\npermissions:\n  - {name: a, owner: o, reason: r, until: soon, after: warn, match: {sni: x}, grant: {restart: isolate}}\n", 4, 36, "permissions[0].until", "RFC 3339"},
		{"listeners:\n  - listen: :1\npermissions:\n  - name: a\n    owner: o\n    until: 2027-01-01\n    after: warn\n    match: {sni: x}\n    grant: {restart: isolate}\n", 4, 5, "permissions[0].reason", "missing"},
		{permissions("a", "match: {from: 0.0.0.0/0}, grant: {restart: isolate}"), 4, 76, "permissions[0].match.from", "everybody"},
		{permissions("a", "match: {sni: x}, grant: {bare: trust}"), 4, 93, "permissions[0].grant.bare", "by from or certificate too"},
		{permissions("a", "match: {sni: x}, grant: {suites: FAST}"), 4, 93, "permissions[0].grant.suites", "IANA or OpenSSL"},
		{permissions("a", "match: {certificate: x}, grant: {bare: resumed}"), 4, 76, "permissions[0].match.certificate", "no listener asks"},
		{permissions("a", "match: {sni: x}, grant: {bare: resumed}") + "  - {name: a, owner: o, reason: r, until: 2027-01-01, after: warn, match: {sni: x}, grant: {bare: resumed}}\n", 5, 6, "permissions[1].name", "the same name"},
		{"listeners:\n  - {name: a, listen: :1}\n  - {name: a, listen: :2}\n", 3, 6, "listeners[1].name", "the same name"},
	} {
		problems := problemsOf(t, test.text)
		p := problems[0]
		if len(problems) != 1 || p.Line != test.line || p.Column != test.column || p.Key != test.key || !strings.Contains(p.Problem+"; "+p.Advice, test.says) {
			t.Errorf("%.80q: %d problems, the first at %d:%d of %q:\n%v", test.text, len(problems), p.Line, p.Column, p.Key, problems)
		}
		if p.Line > 0 && !pointsAt(p, strings.Split(test.text, "\n")) {
			t.Errorf("%.80q: the excerpt is %q", test.text, p.excerpt)
		}
	}
}

// permissions is a file with one.
func permissions(name, rest string) string {
	return "listeners:\n  - listen: :1\npermissions:\n  - {name: " + name + ", owner: o, reason: r, until: 2027-01-01, after: warn, " + rest + "}\n"
}

// pointsAt says whether the excerpt has the line, and points at the column.
func pointsAt(p *Problem, lines []string) bool {
	n := len(p.excerpt)
	if n < 2 || !strings.HasPrefix(p.excerpt[n-2], ">") {
		return false
	}
	line := strings.ReplaceAll(lines[p.Line-1], "\t", " ")
	_, shown, _ := strings.Cut(p.excerpt[n-2], " | ")
	return strings.HasPrefix(shown, line[:min(len(line), maxShown)]) && strings.Index(p.excerpt[n-1], "^") == strings.Index(p.excerpt[n-2], shown)+p.Column-1
}

func TestAllProblemsAreToldAtOnce(t *testing.T) {
	problems := problemsOf(t, "listeners:\n  - lisen: :1\n    sweets: x\n    bare: trus\nlgo: {}\n")
	if len(problems) != 4 {
		t.Errorf("%d are told:\n%v", len(problems), problems)
	}
	problems = problemsOf(t, "listeners:\n  - listen: x\n  - listen: y\n")
	if len(problems) != 2 {
		t.Errorf("%d are told:\n%v", len(problems), problems)
	}
}

func TestThatThereAreMoreProblemsIsSaid(t *testing.T) {
	problems := problemsOf(t, "listeners:\n"+strings.Repeat("  - sweets: x\n", 30))
	if text := problems.Error(); strings.Count(text, "sweets: there is no such key") != maxProblems || !strings.Contains(text, "and 10 more") {
		t.Error(text)
	}
}

func TestExcerptsShowNothingThatMovesTheScreen(t *testing.T) {
	if text := problemsOf(t, "a\x1b[2J: b\n").Error(); strings.Contains(text, "\x1b") {
		t.Errorf("%q", text)
	}
}

func TestFileThatIsNotThereIsNamed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "none.yaml")
	if _, err := Read(name); !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), name) {
		t.Error(err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Example())
	f.Add("listeners:\n  - {listen: ':1', suites: [a, 'b'], limits: {max_connections: 1}}\n")
	f.Add("listeners: [{backend: a, routes: [{sni: x, alpn: [h2], backend: b}]}]\nbackends: {a: {servers: ['h:1'], tls: }, b: {servers: 'unix:/x', check: {fall: 1}}}\n")
	f.Add("a: &x [*x, !!str |\n  1, ? ]")
	f.Add("listeners: [[[{{{- - -\n\t---\n...")
	f.Fuzz(func(t *testing.T, text string) {
		d, err := Parse("f", []byte(text))
		if err == nil {
			_, err = d.Settings()
		}
		var problems Problems
		if err != nil && !errors.As(err, &problems) {
			t.Fatalf("the error is %T", err)
		}
		for _, p := range problems {
			if p.Problem == "" || p.Line < 0 || p.Line > len(strings.Split(text, "\n"))+1 {
				t.Errorf("%+v", p)
			}
		}
	})
}
