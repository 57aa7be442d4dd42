package inventory

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// modern is what the profile of this name has, as far as these tests go.
var modern = Offer{
	Name: "modern", MinVersion: "1.2", Suites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"},
	Answers: map[string]string{"secure": "accept", "reset": "abort", "bare": "refuse", "restart": "abort"},
}

// known are four clients of a small office.
func office() *List {
	make := func(address, sni string, needs Needs, s Sighting) Client {
		s.Who = Who{Listener: "devices", Source: SourceOf(netip.MustParseAddr(address)), JA3: "0123456789abcdef0123456789abcdef", SNI: sni}
		s.At, s.Began = day, true
		c := seen(&s)
		c.Needs = needs
		return c
	}
	return &List{Against: modern, Now: day.Add(3 * time.Hour), Clients: []Client{
		make("192.0.2.1", "new.example", Needs{MinVersion: "1.3"}, Sighting{Version: wire.VersionTLS13}),
		make("192.0.2.2", "", Needs{MinVersion: "1.0", Suites: []string{"TLS_RSA_WITH_AES_128_CBC_SHA"}}, Sighting{Version: wire.VersionTLS10, Trial: Trial{"modern", "version-none-shared"}}),
		make("192.0.2.3", "pay.example", Needs{MinVersion: "1.2", Suites: []string{"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}, Reset: "accept"},
			Sighting{Version: wire.VersionTLS12, Second: []Second{{Kind: renego.KindReset, Resumes: true}}, Findings: []string{"reneg-reset-hello"}, Trial: Trial{"modern", "reneg-reset-hello"}}),
		make("2001:db8::1", "=cmd|x", Needs{Never: "hello-ssl2"}, Sighting{Findings: []string{"hello-ssl2"}, Failed: true}),
	}}
}

func names(l *List) (out []string) {
	for _, c := range l.Clients {
		out = append(out, sourceText(c))
	}
	return out
}

func TestWeakestComeFirstAndFiltersChoose(t *testing.T) {
	for name, test := range map[string]struct {
		filter Filter
		want   string
	}{
		"all":         {Filter{}, "2001:db8::/64 192.0.2.2 192.0.2.3 192.0.2.1"},
		"weak":        {Filter{Weak: true}, "2001:db8::/64 192.0.2.2 192.0.2.3"},
		"reset":       {Filter{Needs: "reset"}, "192.0.2.3"},
		"min_version": {Filter{Needs: "min_version"}, "192.0.2.2"},
		"finding":     {Filter{Finding: "hello-ssl2"}, "2001:db8::/64"},
		"by a trial":  {Filter{Finding: "version-none-shared"}, "192.0.2.2"},
		"source":      {Filter{Source: netip.MustParsePrefix("192.0.2.2/31")}, "192.0.2.2 192.0.2.3"},
		"of an IPv6":  {Filter{Source: netip.MustParsePrefix("2001:db8::7/128")}, "2001:db8::/64"},
		"since":       {Filter{Since: day.Add(time.Second)}, ""},
	} {
		l := office()
		l.Choose(test.filter)
		if got := strings.Join(names(l), " "); got != test.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSummaryCounts(t *testing.T) {
	l := office()
	if got := l.Summary(); got != "4 clients; 1 would be served by modern, 3 would not." {
		t.Error(got)
	}
	l.Choose(Filter{Weak: true})
	if got := l.Summary(); got != "3 clients; 0 would be served by modern, 3 would not; 1 left out." {
		t.Error(got)
	}
	if got := thousands(2013) + " " + thousands(13) + " " + thousands(1234567); got != "2,013 13 1,234,567" {
		t.Error(got)
	}
}

func TestTableFitsTheScreen(t *testing.T) {
	l := office()
	l.Choose(Filter{})
	var out strings.Builder
	if err := l.Table(&out, 80); err != nil {
		t.Fatal(err)
	}
	want := `client                 seen  conns  weakest        needs
2001:db8::/64 =cmd|x     3h      1  SSL 2.0 hello  ! hello-ssl2
192.0.2.2                3h      1  TLS 1.0        ! TLS 1.0, AES128-SHA
192.0.2.3 pay.example    3h      1  reset hello    ! reset accept; TLS 1.2, ECD…
192.0.2.1 new.example    3h      1  nothing        TLS 1.3

4 clients; 1 would be served by modern, 3 would not.
`
	if out.String() != want {
		t.Error(out.String())
	}
	for width := 40; width < 200; width++ {
		_, widths := l.fit(width)
		if got := total(widths); got > max(width, 66) {
			t.Errorf("at %d it is %d wide", width, got)
		}
	}
	if chosen, _ := l.fit(200); len(chosen) != len(columns)+len(extra) {
		t.Errorf("a wide screen has %d columns", len(chosen))
	}
}

func TestTextOfStrangersIsEscaped(t *testing.T) {
	l := office()
	l.Clients[0].SNI = "a\x1b[31m\nb"
	var table, suggestion, trial, rows strings.Builder
	for _, write := range []func() error{
		func() error { return l.Table(&table, 120) }, func() error { return l.Suggest(&suggestion) },
		func() error { return l.TrialTable(&trial) }, func() error { return l.CSV(&rows) },
	} {
		if err := write(); err != nil {
			t.Fatal(err)
		}
	}
	for _, text := range []string{table.String(), suggestion.String(), trial.String(), rows.String()} {
		if strings.Contains(text, "\x1b") || strings.Contains(text, "\nb") {
			t.Errorf("%q", text)
		}
	}
	if strings.Contains(rows.String(), ",=cmd") || !strings.Contains(rows.String(), ",'=cmd") {
		t.Errorf("a spreadsheet takes it for a formula: %s", rows.String())
	}
}

func TestCSVAndJSONHaveEverything(t *testing.T) {
	l := office()
	l.Choose(Filter{})
	var rows, text strings.Builder
	if err := l.CSV(&rows); err != nil {
		t.Fatal(err)
	}
	all, err := csv.NewReader(strings.NewReader(rows.String())).ReadAll()
	if err != nil || len(all) != 5 {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	for name, want := range map[string]string{"source": "192.0.2.2", "needs_min_version": "1.0", "lacks": "version-none-shared suite-none-shared", "trials": "modern: served=0 version-none-shared=1", "weakest": "TLS 1.0"} {
		if got := all[2][slices.Index(all[0], name)]; got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if err := l.JSON(&text); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Summary string
		Clients []struct {
			Needs Needs
			Lacks []Lack
		}
	}
	if err := json.Unmarshal([]byte(text.String()), &read); err != nil || len(read.Clients) != 4 || read.Clients[2].Lacks[0] != (Lack{"reset", "accept", "reneg-reset-hello"}) || read.Clients[2].Needs.Reset != "accept" {
		t.Errorf("%+v, %v", read, err)
	}
}

func TestTrialTableNamesSourceAndFinding(t *testing.T) {
	var out strings.Builder
	if err := office().TrialTable(&out); err != nil {
		t.Fatal(err)
	}
	want := `192.0.2.3 pay.example  at devices  01234567  reneg-reset-hello    1 time  by modern
192.0.2.2              at devices  01234567  version-none-shared  1 time  by modern

2 clients tried; 2 would be refused: 1 by reneg-reset-hello, 1 by version-none-shared.
`
	if out.String() != want {
		t.Error(out.String())
	}
	out.Reset()
	if err := (&List{}).TrialTable(&out); err != nil || !strings.Contains(out.String(), "No trial has seen a client yet") {
		t.Errorf("%s, %v", out.String(), err)
	}
}

// What permissions give a client already it does not lack in a trial.
func TestATrialKnowsWhatPermissionsGive(t *testing.T) {
	l := office()
	trial := modern
	trial.Name = "strict"
	l.Trials = map[string]Offer{"devices": trial}
	l.Clients[1].Trials = map[string]Tally{"strict": {Served: 3}}
	l.Choose(Filter{Weak: true})
	if got := strings.Join(names(l), " "); got != "2001:db8::/64 192.0.2.3" {
		t.Error(got)
	}
	if got := l.Summary(); got != "2 clients; 0 would be served by strict, 2 would not; 2 left out." {
		t.Error(got)
	}
}

func TestSuggestionsHaveClientsOfAKindTogether(t *testing.T) {
	l := office()
	for i := range 3 {
		more := l.Clients[1]
		more.Source = SourceOf(netip.MustParseAddr(fmt.Sprintf("198.51.100.%d", i)))
		l.Clients = append(l.Clients, more)
	}
	var out strings.Builder
	if err := l.Suggest(&out); err != nil {
		t.Fatal(err)
	}
	want := `# 7 clients; 1 would be served by modern, 6 would not.
# No settings serve 1 of them: see never in parley clients --json.
# Fill in each FILL-IN. parley serve does not take the file before.
permissions:
  # 4 clients
  - name: clients-1
    owner: FILL-IN
    reason: FILL-IN
    until: FILL-IN
    after: FILL-IN
    match:
      fingerprint: [0123456789abcdef0123456789abcdef]
      from:
        - "192.0.2.2"
        - "198.51.100.0"
        - "198.51.100.1"
        - "198.51.100.2"
    grant: {min_version: 1.0, suites: [AES128-SHA]}
  # 1 client, of pay.example
  - name: clients-2
    owner: FILL-IN
    reason: FILL-IN
    until: FILL-IN
    after: FILL-IN
    match:
      fingerprint: [0123456789abcdef0123456789abcdef]
      from:
        - "192.0.2.3"
    grant: {reset: accept}
`
	if out.String() != want {
		t.Error(out.String())
	}
}

func TestWhatLetsStrangersInIsMarked(t *testing.T) {
	l := office()
	l.Clients[2].Needs.Reset = "accept-full"
	var out strings.Builder
	if err := l.Suggest(&out); err != nil || !strings.Contains(out.String(), "# reset accept-full lets strangers put words before the client's (CVE-2009-3555): read SECURITY.md first.") {
		t.Errorf("%s, %v", out.String(), err)
	}
}
