package proxy

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// lenient is a permission for streams without an end, for clients of this machine.
func lenient(change func(*PermissionOptions)) PermissionOptions {
	return permitted(func(o *PermissionOptions) {
		o.Leniencies = []string{"no-close-notify"}
		change(o)
	})
}

func TestOnlyThePermittedMayLeaveWithoutCloseNotify(t *testing.T) {
	b := newBackend(t)
	d := serve(t, Options{Backend: b.Addr().String()}, lenient(func(o *PermissionOptions) { o.SNI = []string{"old.example"} }))
	n := 0
	eachVersion(t, func(t *testing.T, version uint16) {
		c := d.dial(version, func(c *tls.Config) { c.ServerName = "old.example" })
		writes(t, c, "message")
		v := b.next(t)
		c.NetConn().Close()
		reads(t, v, "message")
		ends(t, v)
		v.Close()
		n++
		line := d.log.wait(t, "connection", n)
		wants(t, line, map[string]any{"ended": "truncated"})
		if used, _ := line["permissions"].([]any); len(used) != 1 || used[0] != "near" {
			t.Errorf("used are %v", line["permissions"])
		}
		c = d.dial(version)
		writes(t, c, "half a mess")
		v = b.next(t)
		c.NetConn().Close()
		v.isReset(t, "half a mess")
		n++
		wants(t, d.log.wait(t, "connection", n), map[string]any{"ended": "truncated", "permissions": nil})
	})
	if e := d.uses.Of("near"); e.Uses != uint64(len(versions)) || e.Grants["no-close-notify"] != e.Uses || len(e.Sources) != 1 {
		t.Errorf("%+v", e)
	}
}

// What everybody may do is no use of a permission, and neither is what nobody did.
func TestALeniencyThatIsNotNeededIsNotUsed(t *testing.T) {
	for name, o := range map[string]Options{"everybody may": {Truncation: "close"}, "close_notify came": {}} {
		t.Run(name, func(t *testing.T) {
			b := newBackend(t)
			o.Backend = b.Addr().String()
			d := serve(t, o, lenient(func(*PermissionOptions) {}))
			c := d.dial(tls.VersionTLS12)
			writes(t, c, "message")
			v := b.next(t)
			if o.Truncation == "" {
				c.Close()
			} else {
				c.NetConn().Close()
			}
			reads(t, v, "message")
			ends(t, v)
			v.Close()
			wants(t, d.log.wait(t, "connection", 1), map[string]any{"permissions": nil})
		})
	}
}

func TestLenienciesAreWarnedOfAndNamed(t *testing.T) {
	p, err := lenient(func(o *PermissionOptions) { o.Leniencies = append(o.Leniencies, "no-close-notify") }).Check()
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Grant.String(); got != "no-close-notify" {
		t.Errorf("it grants %q", got)
	}
	warnings := strings.Join(PermissionWarnings([]*Permission{p}, time.Now()), "\n")
	if !strings.Contains(warnings, "cut short") || !strings.Contains(warnings, "leniency: no-close-notify") {
		t.Errorf("%s", warnings)
	}
}

// A client whose premaster secret has the version agreed on inside is served if it
// is permitted to, which is counted; another one fails as with any bad secret.
func TestOnlyThePermittedMayAdaptTheirPremaster(t *testing.T) {
	d := serve(t, Options{MaxVersion: "1.0"}, permitted(func(o *PermissionOptions) {
		o.Leniencies, o.SNI = []string{"premaster-version"}, []string{"old.example"}
	}))
	client := func(name string, adapts bool) error {
		conn, err := net.Dial("tcp", d.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		c := legacyclient.New(conn, legacyclient.Options{
			Timeout: patience, ServerName: name, Suites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA},
			Premaster: func(secret []byte) {
				if adapts {
					secret[1] = 1 // TLS 1.0
				}
			},
		})
		if err := c.Handshake(); err != nil {
			return err
		}
		return c.Close()
	}
	for n, test := range []struct {
		name         string
		adapts, used bool
	}{{"old.example", true, true}, {"old.example", false, false}} {
		if err := client(test.name, test.adapts); err != nil {
			t.Fatal(err)
		}
		if line := d.log.wait(t, "connection", n+1); (line["permissions"] != nil) != test.used {
			t.Errorf("%+v: used are %v", test, line["permissions"])
		}
	}
	if err := client("new.example", true); err == nil {
		t.Error("whoever is not permitted is served")
	}
	d.log.wait(t, "handshake failed", 1)
	if e := d.uses.Of("near"); e.Uses != 1 || e.Grants["premaster-version"] != 1 {
		t.Errorf("%+v", e)
	}
}
