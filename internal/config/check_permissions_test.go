package config

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// permission is one of a file, with what is told of all of them.
func permission(name, rest string) string {
	return fmt.Sprintf("  - {name: %s, owner: o, reason: r, until: 2099-12-31, after: refuse, %s}\n", name, rest)
}

const modernListener = "listeners: [{name: office, listen: ':1', profile: modern, certificates: [{cert: server.pem}]}]\npermissions:\n"

func checked(t *testing.T, text string) *Check {
	t.Helper()
	dir := t.TempDir()
	pemFile(t, dir, "server.pem", 100)
	c, err := check(t, dir, text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCheckTriesWhatPermissionsGive(t *testing.T) {
	c := checked(t, modernListener+permission("old", "match: {from: 192.0.2.0/24, sni: '*.old.example'}, grant: {min_version: 1.0, suites: [AES128-SHA], bare: resumed}"))
	if len(c.Permitted) != 1 || c.Permitted[0].Permission != "old" || c.Permitted[0].Listener != "office" {
		t.Fatalf("%+v", c.Permitted)
	}
	p := c.Permitted[0]
	if len(p.SecondHellos) != 1 || p.SecondHellos[0].With.String() != "resumed" || p.SecondHellos[0].Without.String() != "refuse" {
		t.Errorf("%+v", p.SecondHellos)
	}
	tried := map[string]Difference{}
	for _, d := range p.Clients {
		tried[d.Name] = d
	}
	if java := tried["java-6"]; java.With.Version != wire.VersionTLS10 || java.With.Suite != wire.TLS_RSA_WITH_AES_128_CBC_SHA || java.Without.Why == "" {
		t.Errorf("%+v", java)
	}
	if d, ok := tried["curl-7.88"]; ok {
		t.Errorf("who gets what everybody gets is told: %+v", d)
	}
	var out bytes.Buffer
	if err := c.Terminal(&out, now); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"permission old at office, tried as from 192.0.2.0/24, sni *.old.example\n",
		"  second hello  bare resumed, without it refuse\n",
		"  java-6          TLS 1.0  TLS_RSA_WITH_AES_128_CBC_SHA  refused\n",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("there is no %q in\n%s", line, &out)
		}
	}
}

func TestCheckTriesTheClientsThatWearAFingerprint(t *testing.T) {
	c := checked(t, modernListener+permission("java", "match: {fingerprint: "+fingerprintOf(t, "java-7")+"}, grant: {min_version: 1.0, suites: [AES128-SHA]}"))
	if len(c.Permitted) != 1 || len(c.Permitted[0].Clients) != 1 || c.Permitted[0].Clients[0].Name != "java-7" {
		t.Errorf("%+v", c.Permitted)
	}
}

func TestCheckFindsPermissionsThatAreOdd(t *testing.T) {
	old := permission("old", "match: {from: 192.0.2.0/24}, grant: {min_version: 1.0, suites: [AES128-SHA], reset: accept-full}")
	for name, test := range map[string]struct{ text, says string }{
		"nothing is odd":        {modernListener + old, ""},
		"nothing more":          {modernListener + permission("p", "match: {sni: a}, grant: {secure: accept, min_version: 1.2}"), `"p" gives nothing`},
		"part of another":       {modernListener + old + permission("p", "match: {from: 192.0.2.7, sni: a}, grant: {reset: accept}"), `"p" is part of "old"`},
		"the same again":        {modernListener + old + strings.Replace(old, "old", "again", 1), `"again" is part of "old"`},
		"other clients":         {modernListener + old + permission("p", "match: {from: 192.0.3.7}, grant: {reset: accept}"), ""},
		"more than the other":   {modernListener + old + permission("p", "match: {from: 192.0.2.7}, grant: {bare: resumed}"), ""},
		"for longer":            {modernListener + strings.Replace(old, "2099", "2098", 1) + permission("p", "match: {from: 192.0.2.7}, grant: {reset: accept}"), ""},
		"less than another":     {modernListener + old + permission("p", "match: {from: 192.0.2.7}, grant: {bare: resumed, reset: accept}"), `"p" says reset accept, but whoever it means gets more by "old"`},
		"less than everybody":   {modernListener + permission("p", "match: {sni: a}, grant: {min_version: 1.3, restart: isolate, secure: refuse}"), `"p" says min_version TLS 1.3, secure refuse, but everybody gets more`},
		"no suite":              {modernListener + permission("p", "match: {sni: a}, grant: {min_version: 1.0}"), `"p" opens TLS 1.0 at office`},
		"of QUIC":               {modernListener + permission("p", "match: {fingerprint: q13d0310h3_55b375c5d22e_cd85d2d88918}, grant: {reset: accept}"), `"p" means nobody`},
		"no address":            {strings.Replace(modernListener, "':1'", "'unix:/run/a'", 1) + old, `"old" means nobody`},
		"an address by a proxy": {strings.Replace(modernListener, "':1'", "'unix:/run/a', accept_proxy: unix", 1) + old, ""},
	} {
		var odd []string
		for _, w := range checked(t, test.text).Warnings {
			if strings.HasPrefix(w, "permission ") {
				odd = append(odd, w)
			}
		}
		if all := strings.Join(odd, "\n"); !strings.Contains(all, test.says) || (test.says == "") != (all == "") || len(odd) > 1 {
			t.Errorf("%s: %q", name, all)
		}
	}
}

// However many permissions there are, a check ends, and says what it left out.
func TestCheckTriesSoManyHellosAndNoMore(t *testing.T) {
	d, err := Parse("parley.yaml", []byte(strings.Replace(modernListener, ", certificates: [{cert: server.pem}]", "", 1)+
		permission("p", "match: {sni: a}, grant: {min_version: 1.0, suites: [AES128-SHA]}")))
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Settings()
	if err != nil {
		t.Fatal(err)
	}
	tries := &trier{now, all[0].Permissions, 3}
	preview, err := all[0].Preview(now, spare())
	if err != nil {
		t.Fatal(err)
	}
	tries.at(Checked{Clients: clientsOf(preview.Config)}, all[0], preview)
	if got := strings.Join(tries.remarks(all), "\n"); !strings.Contains(got, "not all permissions were tried") {
		t.Errorf("%q", got)
	}
}

func TestListenersWithoutCertificatesShareAPair(t *testing.T) {
	c := checked(t, "listeners: [{listen: ':1'}, {listen: ':2'}]\n")
	if a, b := c.Listeners[0].Certificates, c.Listeners[1].Certificates; len(a) != 2 || !a[0].Equal(b[0]) || !a[1].Equal(b[1]) {
		t.Errorf("%v, %v", a, b)
	}
}
