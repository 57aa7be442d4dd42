package proxy

import (
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/inventory"
	"github.com/parley-tls/parley/internal/renego"
)

// permits is a permission for everybody here.
func permits(name string, grant func(*PermissionOptions)) PermissionOptions {
	p := PermissionOptions{Name: name, Owner: "o", Reason: "r", Until: "2099-01-01", After: "warn", From: []string{"127.0.0.1"}}
	grant(&p)
	return p
}

func TestATrialSaysWhomItWouldRefuseAndServesThem(t *testing.T) {
	modern := TrialOptions{Profile: "modern"}
	old := permits("old", func(p *PermissionOptions) { p.MinVersion, p.Suites, p.Reset = "1.0", []string{"AES128-SHA"}, "accept" })
	for name, test := range map[string]struct {
		trial         TrialOptions
		permissions   []PermissionOptions
		profile, does string
		want          string
	}{
		"up to date":                   {modern, nil, "curl-7.88", "none", "served"},
		"version":                      {modern, nil, "java-6", "none", "refused:version-none-shared"},
		"reset":                        {modern, nil, "founding", "reset", "refused:reneg-reset-hello"},
		"secure":                       {modern, nil, "founding", "proper", "served"},
		"secure refused":               {TrialOptions{Secure: "refuse"}, nil, "founding", "proper", "refused:reneg-refused"},
		"suite":                        {TrialOptions{Suites: []string{"ECDHE-RSA-CHACHA20-POLY1305"}}, nil, "founding", "none", "refused:suite-none-shared"},
		"version with a permission":    {modern, []PermissionOptions{old}, "java-6", "none", "served"},
		"reset with a permission":      {modern, []PermissionOptions{old}, "founding", "reset", "served"},
		"without the permission":       {TrialOptions{Profile: "modern", Without: []string{"old"}}, []PermissionOptions{old}, "founding", "reset", "refused:reneg-reset-hello"},
		"without any":                  {TrialOptions{MinVersion: "1.2", Without: []string{"all"}}, []PermissionOptions{old}, "java-6", "none", "refused:version-none-shared"},
		"as it is without permissions": {TrialOptions{Without: []string{"all"}}, []PermissionOptions{old}, "java-6", "none", "served"},
	} {
		t.Run(name, func(t *testing.T) {
			d := serveAll(t, Options{Trial: test.trial}, test.permissions...)
			if err := d.plays(t, test.profile, test.does, legacyclient.Options{}); err != nil {
				t.Fatalf("the trial is not without effect: %v", err)
			}
			wants(t, d.log.wait(t, "connection", 1), map[string]any{"trial": test.want})
			name := d.by().Trial.Name
			finding, refused := strings.CutPrefix(test.want, "refused:")
			c := d.client(t, func(c inventory.Client) bool { return c.Trials[name].Served+c.Trials[name].Refused[finding] > 0 })
			if (c.Trials[name].Refused[finding] == 1) != refused {
				t.Errorf("%+v", c.Trials)
			}
			if lines := d.log.all(t, trialMessage); (len(lines) == 1) != refused || refused && lines[0]["finding"] != finding {
				t.Errorf("%v", lines)
			}
		})
	}
}

// The whole way: a trial names who would be cut, the inventory says what he needs,
// and with that permission the trial has nothing to say.
func TestWithWhatIsSuggestedATrialRefusesNobody(t *testing.T) {
	for profile, does := range map[string]string{"founding": "reset", "java-6": "none"} {
		t.Run(profile, func(t *testing.T) {
			modern := TrialOptions{Profile: "modern"}
			d := serveAll(t, Options{Trial: modern})
			if err := d.plays(t, profile, does, legacyclient.Options{}); err != nil {
				t.Fatal(err)
			}
			if line := d.log.wait(t, "connection", 1); !strings.HasPrefix(line["trial"].(string), "refused:") {
				t.Fatalf("%v", line)
			}
			client := d.client(t, func(c inventory.Client) bool { return does == "none" || c.Second[does] > 0 })
			d = serveAll(t, Options{Trial: modern}, permissionFor(t, client))
			if err := d.plays(t, profile, does, legacyclient.Options{}); err != nil {
				t.Fatal(err)
			}
			wants(t, d.log.wait(t, "connection", 1), map[string]any{"trial": "served"})
		})
	}
}

func TestTrialInTLS13(t *testing.T) {
	for profile, want := range map[string]string{"modern": "served", "museum": "served"} {
		d := serveAll(t, Options{Trial: TrialOptions{Profile: profile}})
		c := d.dial(tls.VersionTLS13)
		writes(t, c, "x")
		reads(t, c, "x")
		c.Close()
		wants(t, d.log.wait(t, "connection", 1), map[string]any{"trial": want})
	}
}

func TestWithoutATrialNothingIsSaidOfOne(t *testing.T) {
	d := serveAll(t, Options{})
	c := d.dial(tls.VersionTLS12)
	writes(t, c, "x")
	reads(t, c, "x")
	c.Close()
	wants(t, d.log.wait(t, "connection", 1), map[string]any{"trial": nil})
}

func TestHellosThatAreAnsweredAlikeArePlayedOnce(t *testing.T) {
	d := serveAll(t, Options{Trial: TrialOptions{Profile: "modern"}})
	for n := 1; n <= 3; n++ {
		if err := d.plays(t, "java-6", "none", legacyclient.Options{}); err != nil {
			t.Fatal(err)
		}
		wants(t, d.log.wait(t, "connection", n), map[string]any{"trial": "refused:version-none-shared"})
	}
	trier := d.current.Load().trier
	trier.mu.Lock()
	defer trier.mu.Unlock()
	if len(trier.played) != 1 {
		t.Errorf("%d were played", len(trier.played))
	}
	if lines := d.log.all(t, trialMessage); len(lines) != 1 {
		t.Errorf("a source is named %d times", len(lines))
	}
}

func TestTrialsAreCountedAndNoMetricNamesAClient(t *testing.T) {
	d := serveAll(t, Options{Trial: TrialOptions{Profile: "modern"}, Metrics: "127.0.0.1:0"})
	if err := d.plays(t, "founding", "reset", legacyclient.Options{}); err != nil {
		t.Fatal(err)
	}
	d.log.wait(t, "connection", 1)
	_, text := d.ask("/metrics")
	for _, line := range []string{
		`parley_trial_hellos_total{finding="none",kind="first",listener="devices"} 1`,
		`parley_trial_hellos_total{finding="reneg-reset-hello",kind="reset",listener="devices"} 1`,
		`parley_trial_missed_total{listener="devices"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("there is no %s", line)
		}
	}
}

func TestATrialOfASecondHelloIsWhatTheServerWouldSay(t *testing.T) {
	refused := parley.AnswerRefuse.String()
	for name, test := range map[string]struct {
		live    string
		verdict renego.Verdict
		policy  parley.Policy
		want    string
	}{
		"accepted by both":            {"accept", renego.Verdict{Kind: parley.KindReset, Resumes: true}, parley.Policy{}, ""},
		"refused by both":             {refused, renego.Verdict{Kind: parley.KindBare}, parley.Policy{}, ""},
		"aborted now":                 {"abort", renego.Verdict{Kind: parley.KindReset}, parley.Policy{}, ""},
		"forged":                      {"abort", renego.Verdict{Kind: parley.KindForged}, parley.Policy{}, ""},
		"not answered yet":            {"", renego.Verdict{Kind: parley.KindReset}, parley.Policy{Strict: true}, ""},
		"accept-full would not":       {"accept", renego.Verdict{Kind: parley.KindReset, LikeFirst: true}, parley.Policy{}, "reneg-reset-hello"},
		"resumed would be refused":    {"accept", renego.Verdict{Kind: parley.KindBare, Resumes: true}, parley.Policy{Strict: true}, "reneg-refused"},
		"isolated would be aborted":   {"isolate", renego.Verdict{Kind: parley.KindRestart}, parley.Policy{}, "reneg-restart-hello"},
		"refused would be aborted":    {refused, renego.Verdict{Kind: parley.KindBare}, parley.Policy{Bare: parley.AnswerAbort}, "reneg-bare-hello"},
		"refused would be taken":      {refused, renego.Verdict{Kind: parley.KindBare, Resumes: true}, parley.Policy{Bare: parley.AnswerResumed}, ""},
		"accepted would be in pieces": {"accept", renego.Verdict{Kind: parley.KindBare, Resumes: true}, parley.Policy{Bare: parley.AnswerIsolate}, "reneg-bare-hello"},
	} {
		trier := &trier{config: &parley.Config{Policy: test.policy}}
		h := secondHello{Kind: test.verdict.Kind.String(), Answer: test.live, verdict: test.verdict}
		if got := trier.second(h, visitor{from: &net.TCPAddr{}}, parley.State{}); got != test.want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestLinesOfTrialsAreBounded(t *testing.T) {
	var teller trialTeller
	lines := &logLines{}
	log := slog.New(slog.NewJSONHandler(lines, nil))
	for n := range 3 * mostToldOfTrial {
		from := &net.TCPAddr{IP: net.IPv4(192, 0, byte(n>>8), byte(n)), Port: n}
		for range 2 {
			teller.tell(log, "modern", "suite-none-shared", "", from, story{})
		}
	}
	if n := strings.Count(lines.String(), "\n"); n != mostToldOfTrial {
		t.Errorf("%d lines", n)
	}
	teller.tell(slog.New(slog.NewJSONHandler(io.Discard, nil)), "modern", "f", "", &net.UnixAddr{Name: "a"}, story{}) // it has an address of another kind
}

func TestTrialSettingsThatCannotBe(t *testing.T) {
	for _, test := range []struct {
		o          Options
		name, says string
	}{
		{Options{Trial: TrialOptions{Profile: "old"}}, "trial", "no such choice"},
		{Options{Trial: TrialOptions{MinVersion: "4"}}, "trial.min-version", "no such version"},
		{Options{Trial: TrialOptions{Suites: []string{"ROT13"}}}, "trial.suites", "ROT13"},
		{Options{Trial: TrialOptions{Profile: "modern", Reset: "accept"}}, "trial.reset", "RFC 5746"},
		{Options{MaxVersion: "1.1", Trial: TrialOptions{Profile: "modern"}}, "trial.max-version", "1.2"},
	} {
		if _, err := test.o.Check(); err == nil || !strings.Contains(err.Error(), "--"+test.name) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%+v: %v", test.o.Trial, err)
		}
	}
	s, err := Options{Profile: "compatible", Reset: "refuse", MinVersion: "1.1", Trial: TrialOptions{Profile: "modern"}}.Check()
	if err != nil || s.Trial.Name != "modern" || s.Trial.Settings.MinVersion != tls.VersionTLS12 || !s.Trial.Settings.Policy.Strict {
		t.Errorf("%+v, %v", s, err)
	}
	s, err = Options{Reset: "refuse", Trial: TrialOptions{MinVersion: "1.2"}}.Check()
	if err != nil || s.Trial.Name != "min_version 1.2" || s.Trial.Settings.Policy.Reset != parley.AnswerRefuse {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestATrialWithoutAPermissionMissesItsLeniency(t *testing.T) {
	forgiving := permits("sloppy", func(p *PermissionOptions) { p.Leniencies = []string{"no-close-notify"} })
	for without, want := range map[string]string{"sloppy": "refused:truncated", "": "served"} {
		trial := TrialOptions{MinVersion: "1.0"}
		if without != "" {
			trial.Without = []string{without}
		}
		b := newBackend(t)
		d := serveAll(t, Options{Backend: b.Addr().String(), Trial: trial}, forgiving)
		c := d.dial(tls.VersionTLS12)
		writes(t, c, "message")
		v := b.next(t)
		c.NetConn().Close()
		reads(t, v, "message")
		ends(t, v)
		v.Close()
		wants(t, d.log.wait(t, "connection", 1), map[string]any{"trial": want})
	}
}
