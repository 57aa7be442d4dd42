package proxy

import (
	"crypto/tls"
	"strings"
	"testing"
	"time"
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
