package config

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/proxy/usage"
)

const audited = `
listeners:
  - {listen: ':1', profile: modern, name: 'office|1'}
  - {listen: ':2', bare: resumed}
permissions:
  - {name: used, owner: '=o()', reason: 'a | b', until: 2027-06-30, after: warn, match: {from: 192.0.2.0/24}, grant: {min_version: 1.0, suites: [DES-CBC3-SHA], bare: trust}}
  - {name: unused, owner: o, reason: r, until: 2026-12-01, after: refuse, match: {sni: a}, grant: {secure: accept}}
  - {name: held, owner: o, reason: r, until: 2026-11-20, after: warn, match: {sni: a}, grant: {suites: default}}
  - {name: ended, owner: o, reason: r, until: 2026-11-26, after: refuse, match: {sni: a}, grant: {restart: isolate}}
permission_uses: uses.json
`

// auditOf audits the file with what a server wrote beside it.
func auditOf(t *testing.T) *Audit {
	t.Helper()
	dir := t.TempDir()
	book := usage.New()
	if _, err := book.Keep(filepath.Join(dir, "uses.json")); err != nil {
		t.Fatal(err)
	}
	book.Know("used", "unused", "held", "ended")
	for n := range 3 {
		book.Note(usage.Use{Permission: "used", New: true, Grants: []string{"TLS 1.0", "bare trust"}[:1+n%2], Source: netip.MustParsePrefix("192.0.2.1/32")})
	}
	if err := book.Save(); err != nil {
		t.Fatal(err)
	}
	d, err := Parse(filepath.Join(dir, "parley.yaml"), []byte(audited))
	if err != nil {
		t.Fatal(err)
	}
	uses, err := d.Uses("")
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Audit(uses, now)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAuditHasWhatAnAuditorAsksFor(t *testing.T) {
	a := auditOf(t)
	sum := sha256.Sum256([]byte(audited))
	if a.SHA256 != hex.EncodeToString(sum[:]) || a.Generated != now || !strings.HasSuffix(a.UsesFrom, "uses.json") || len(a.Permissions) != 4 || len(a.Listeners) != 2 {
		t.Errorf("%+v", a)
	}
	for i, want := range []struct {
		name, state string
		days        int
	}{{"held", stateOver, -7}, {"ended", stateEnded, -1}, {"unused", stateSoon, 4}, {"used", stateHolds, 215}} {
		if p := a.Permissions[i]; p.Name != want.name || p.State != want.state || p.DaysLeft != want.days {
			t.Errorf("%+v, not %+v", p, want)
		}
	}
	used := a.Permissions[3]
	if u := used.Use; u == nil || u.Uses != 3 || u.Sources != 1 || u.Grants["bare trust"] != 1 || len(used.Dangers) < 4 || used.Owner != "=o()" {
		t.Errorf("%+v, %+v", used, u)
	}
	if l := a.Listeners[0]; l.Profile != "modern" || l.MinVersion != "TLS 1.2" || l.Answers["reset"] != "abort" || l.Answers["secure"] != "accept" {
		t.Errorf("%+v", l)
	}
	if l := a.Listeners[1]; l.Profile != "compatible" || l.MinVersion != "TLS 1.0" || l.MaxVersion != "TLS 1.3" || l.Answers["bare"] != "resumed" {
		t.Errorf("%+v", l)
	}
}

// A listener that observes permits nothing to anybody.
func TestListenersThatObserveArePassedBy(t *testing.T) {
	rule := permission("p", "match: {from: 192.0.2.0/24}, grant: {min_version: 1.0, suites: [AES128-SHA], bare: resumed}")
	observing := "listeners: [{name: watch, listen: ':2', backend: 'b:1', mode: observe}"
	c := checked(t, observing+", {listen: ':1', profile: modern, certificates: [{cert: server.pem}]}]\npermissions:\n"+rule)
	if len(c.Permitted) != 1 || c.Permitted[0].Listener != ":1" {
		t.Errorf("%+v", c.Permitted)
	}
	alone := observing + "]\npermissions:\n" + rule
	if all := strings.Join(checked(t, alone).Warnings, "\n"); !strings.Contains(all, "every listener only observes") {
		t.Errorf("%q", all)
	}
	d, err := Parse("parley.yaml", []byte(alone))
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Audit(Uses{}, now)
	if err != nil {
		t.Fatal(err)
	}
	if text := written(t, a.Markdown); !strings.Contains(text, "| watch | | it only observes; the backend ends TLS | | | | |\n") {
		t.Error(text)
	}
}

func written(t *testing.T, write func(io.Writer) error) string {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestAuditInMarkdown(t *testing.T) {
	text := written(t, auditOf(t).Markdown)
	for _, part := range []string{
		"Generated 2026-11-27T12:00:00Z from the file with the SHA-256 `",
		"| past their last day, and still holding | 1 | held |\n",
		"| past their last day, and without effect | 1 | ended |\n",
		"| with less than 30 days left | 1 | unused |\n",
		"| never used since they are counted | 3 | held, ended, unused |\n",
		"| last day | 2026-11-20, **7 days ago** |\n",
		"## unused\n",
		"- Nothing that RFC 5246 and RFC 5746 would not have.\n",
		"| owner | =o() |\n| reason | a \\| b |\n",
		"| grants | TLS 1.0, TLS_RSA_WITH_3DES_EDE_CBC_SHA, bare trust |\n",
		"| used | by 3 connections from 1 source, last on 20",
		"| what was used | 3 × TLS 1.0, 1 × bare trust |\n",
		"- 3DES: 64-bit blocks: about 32 GB",
		"- bare trust: Nothing binds such a hello",
		"| office\\|1 | modern | TLS 1.2 to TLS 1.3 | accept | abort | refuse | abort |\n",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("there is no %q in\n%s", part, text)
		}
	}
}

// A row is as long as the heading, and no cell is a formula.
func TestAuditAsATable(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, auditOf(t).CSV))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	at := map[string]int{}
	for i, name := range rows[0] {
		at[name] = i
	}
	used := rows[4]
	for name, want := range map[string]string{"name": "used", "owner": "'=o()", "reason": "a | b", "days_left": "215", "uses": "3", "sources": "1", "used": "3 × TLS 1.0, 1 × bare trust"} {
		if got := used[at[name]]; got != want {
			t.Errorf("%s is %q, not %q", name, got, want)
		}
	}
	if held := rows[1]; held[at["days_left"]] != "-7" || held[at["last_use"]] != "" || held[at["uses"]] != "0" {
		t.Errorf("%q", held)
	}
}

func TestAuditAsJSON(t *testing.T) {
	var got Audit
	if err := json.Unmarshal([]byte(written(t, auditOf(t).JSON)), &got); err != nil || len(got.Permissions) != 4 || got.Permissions[3].Use.Uses != 3 {
		t.Errorf("%v, %+v", err, got)
	}
}

// Without anybody who counted, nothing is said to be unused.
func TestAuditWithoutUsesClaimsNone(t *testing.T) {
	d, err := Parse("parley.yaml", []byte(strings.Replace(audited, "permission_uses: uses.json", "", 1)))
	if err != nil {
		t.Fatal(err)
	}
	a, err := d.Audit(Uses{}, now)
	if err != nil {
		t.Fatal(err)
	}
	text := written(t, a.Markdown)
	if !strings.Contains(text, "Uses: not known") || !strings.Contains(text, "| never used since they are counted | 0 |") || strings.Contains(text, "| used | never") {
		t.Error(text)
	}
	rows, err := csv.NewReader(strings.NewReader(written(t, a.CSV))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Errorf("%q, %v", rows, err)
	}
}

func TestUnusedPermissionsAreMarkedInTheList(t *testing.T) {
	book := usage.New()
	book.Know("unused")
	known := Uses{"here", map[string]usage.Summary{"unused": book.Of("unused").Summary()}}
	d, err := Parse("parley.yaml", []byte(audited))
	if err != nil {
		t.Fatal(err)
	}
	all, err := d.Permissions()
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(43*24*time.Hour + time.Hour)
	text := written(t, func(w io.Writer) error { return WritePermissions(w, all, known, later) })
	if !strings.Contains(text, "  used    never in the 43 days that it is counted\n") || !strings.Contains(text, "  used    not counted yet\n") {
		t.Error(text)
	}
}
