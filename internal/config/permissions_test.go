package config

import (
	"bytes"
	"strings"
	"testing"
)

func TestPermissionsAreListedByTheirEnd(t *testing.T) {
	d, err := Parse("f", []byte(`
listeners: [{listen: ':1'}, {listen: ':2'}]
permissions:
  - {name: later, owner: o, reason: r, until: 2027-06-30, after: refuse, match: {from: 192.0.2.0/24, sni: [a, b]}, grant: {min_version: 1.0, suites: AES128-SHA, bare: resumed}}
  - {name: holds, owner: o, reason: r, until: 2026-11-26, after: warn, match: {sni: a}, grant: {suites: default}}
  - {name: ended, owner: o, reason: r, until: 2026-11-25, after: refuse, match: {sni: a}, grant: {restart: isolate}}
`))
	if err != nil {
		t.Fatal(err)
	}
	settings, err := d.Settings()
	if err != nil || len(settings[0].Permissions) != 3 || len(settings[1].Permissions) != 3 {
		t.Fatalf("%v", err)
	}
	all, err := d.Permissions()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := WritePermissions(&out, all, Uses{}, now); err != nil {
		t.Fatal(err)
	}
	rest := out.String()
	for _, part := range []string{
		"ended: until 2026-11-25, EXPIRED: its clients get what everybody gets\n",
		"holds: until 2026-11-26, EXPIRED, but it still holds",
		"later: until 2027-06-30, 215 days left, and then its clients get what everybody gets\n",
		"gives   TLS 1.0, TLS_RSA_WITH_AES_128_CBC_SHA, bare resumed\n",
		"to      from 192.0.2.0/24, sni a or b\n",
		"Their use is not known: ",
	} {
		_, after, found := strings.Cut(rest, part)
		if !found {
			t.Fatalf("there is no %q in its place in\n%s", part, &out)
		}
		rest = after
	}
}

func TestThatThereAreNoPermissionsIsSaid(t *testing.T) {
	var out bytes.Buffer
	if err := WritePermissions(&out, nil, Uses{}, now); err != nil || !strings.Contains(out.String(), "everybody gets the same") {
		t.Errorf("%v, %s", err, &out)
	}
}
