package visit

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/report"
)

// levels are those of a survey's rows, by behaviour; where versions differ, of the
// worst.
func levels(s *Survey) map[string]Level {
	worst := []Level{Fine, CutsOff, AtRisk, Vulnerable}
	found := map[string]Level{}
	for _, r := range s.Rows {
		if slices.Index(worst, r.Level) >= slices.Index(worst, found[r.Behaviour]) {
			found[r.Behaviour] = r.Level
		}
	}
	return found
}

func surveyOf(t *testing.T, address string) *Survey {
	t.Helper()
	p := checked(t, Options{Address: address, Timeout: "3s"})
	s, err := p.Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.Connections > mostConnections() {
		t.Errorf("%d connections were made, not %d at most", s.Connections, mostConnections())
	}
	return s
}

func TestSurveyOfParley(t *testing.T) {
	t.Parallel()
	s := surveyOf(t, parleyEcho(t))
	if s.Unsafe() || s.Verdict() != "Nothing unsafe was accepted. The founding client is served." {
		t.Errorf("%s", s.Verdict())
	}
	taken, not := s.versionWords()
	if strings.Join(taken, ", ") != "TLS 1.3, TLS 1.2, TLS 1.1, TLS 1.0" || len(not) != 2 {
		t.Errorf("it takes %v, not %v", taken, not)
	}
	if len(s.Suites) < 15 {
		t.Errorf("%d suites: %v", len(s.Suites), s.suiteWords())
	}
	found := levels(s)
	for _, p := range probes {
		if found[p.name] != Fine && p.name != "stall-first-hello" {
			t.Errorf("%s: %s", p.name, found[p.name])
		}
	}
}

func TestSurveyOfAServerThatTakesWhatItShouldNot(t *testing.T) {
	t.Parallel()
	s := surveyOf(t, parleyEcho(t, func(c *parley.Config) {
		c.Policy = parley.Policy{Secure: parley.AnswerRefuse, Reset: parley.AnswerAcceptFull, Bare: parley.AnswerTrust}
	}))
	found := levels(s)
	if !s.Unsafe() || found["bare"] != Vulnerable || found["splice"] != AtRisk || found["splice-unsignalled"] != Fine || found["forged-empty"] != Fine {
		t.Errorf("%v: %s", found, s.Verdict())
	}
	if !strings.HasPrefix(s.Verdict(), "UNSAFE: the server accepts bare.") {
		t.Errorf("%s", s.Verdict())
	}
}

func TestSurveyOfAServerThatKnowsNoRenegotiation(t *testing.T) {
	t.Parallel()
	s := surveyOf(t, goEcho(t))
	found := levels(s)
	if s.Unsafe() || found["reset"] != CutsOff || found["proper"] != CutsOff || found["none"] != Fine || found["bare"] != Fine {
		t.Errorf("%v", found)
	}
	if s.Verdict() != "Nothing unsafe was accepted. The founding client is not served." {
		t.Errorf("%s", s.Verdict())
	}
}

// What an answer means depends on what bound it.
func TestASpliceIsAsBadAsTheReplyToIt(t *testing.T) {
	for _, test := range []struct {
		visit Visit
		level Level
	}{
		{Visit{Verdict: Verdict{Outcome: Aborted}}, Fine},
		{Visit{Verdict: Verdict{Outcome: Refused}}, Fine},
		{Visit{Verdict: Verdict{Outcome: Served}, reply: replyFull}, AtRisk},
		{Visit{Verdict: Verdict{Outcome: Served}, reply: replyEmpty}, Vulnerable},
		{Visit{Verdict: Verdict{Outcome: Served}}, Vulnerable},
	} {
		if m := meansOfSplice(&test.visit); m.Level != test.level {
			t.Errorf("%s, reply %q: %s", test.visit.Outcome, test.visit.reply, m.Level)
		}
	}
	resumed := Visit{Verdict: Verdict{Outcome: Served}, Resumed: true}
	if m := meansOfReset(&resumed); m.Level != Fine {
		t.Errorf("a reset hello that is bound by the session: %s", m.Level)
	}
	unbound := Visit{Verdict: Verdict{Outcome: Served}, reply: replyEmpty}
	if m := meansOfReset(&unbound); m.Level != Vulnerable {
		t.Errorf("one that nothing binds: %s", m.Level)
	}
}

// A server that dies of it is said to.
func TestASurveyThatIsBrokenOffSaysWhy(t *testing.T) {
	t.Parallel()
	l, err := parley.Listen("tcp", "127.0.0.1:0", &parley.Config{Certificates: certificates()})
	if err != nil {
		t.Fatal(err)
	}
	var served atomic.Int32
	address := serve(t, l, func(c net.Conn) {
		if served.Add(1) == 3 {
			l.Close()
		}
		_, _ = io.Copy(c, c)
	})
	s := surveyOf(t, address)
	if s.Broken == "" || s.Connections < 3 {
		t.Errorf("after %d connections: %q", s.Connections, s.Broken)
	}
	var text strings.Builder
	if err := s.Terminal(&text, report.Style{Width: 80}); err != nil || !strings.Contains(text.String(), "Broken off: ") {
		t.Errorf("%v: %s", err, &text)
	}
}

func TestASurveyOfNobodyIsNoConnection(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	var none NoConnection
	if _, err := checked(t, Options{Address: l.Addr().String()}).Survey(t.Context()); !errors.As(err, &none) {
		t.Errorf("%v", err)
	}
}

// sample is a survey with an answer of each level.
func sample() *Survey {
	s := &Survey{Address: "192.0.2.1:443", Profile: "founding", Connections: 3, Began: time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)}
	s.Versions = []VersionRow{{Name: "TLS 1.2", Taken: true}, {Name: "SSL 3.0", Was: "cut off with the alert protocol_version"}}
	for i, level := range []Level{Fine, CutsOff, AtRisk, Vulnerable} {
		b, _ := Named("none")
		s.Rows = append(s.Rows, Row{
			Behaviour: probes[i].name, Version: 0x0303, Visit: &Visit{Behaviour: b, Verdict: Verdict{Outcome: GaveUp, Why: "a | b"}},
			Meaning: Meaning{Level: level, Finding: "reneg-reset-hello", Text: strings.Repeat("it means something ", 8)},
		})
	}
	return s
}

func TestTheFormsOfASurvey(t *testing.T) {
	s := sample()
	for _, width := range []int{80, 100} {
		var text strings.Builder
		if err := s.Terminal(&text, report.Style{Width: width}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(text.String()) {
			if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d columns of %d: %s", n, width, line)
			}
		}
		for _, mark := range marks {
			if !strings.Contains(text.String(), "\n  "+mark+" ") {
				t.Errorf("no row has %s:\n%s", mark, &text)
			}
		}
	}
	var markdown strings.Builder
	if err := s.Markdown(&markdown); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(markdown.String()) {
		if n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|"); strings.HasPrefix(line, "|") && n != 5 {
			t.Errorf("a row of %d bars: %s", n, line)
		}
	}
	var form strings.Builder
	if err := (&Plan{tool: "a test"}).SurveyJSON(&form, s); err != nil {
		t.Fatal(err)
	}
	var read struct {
		Unsafe     bool
		Behaviours []struct{ Level, Outcome, Why string }
	}
	if err := json.Unmarshal([]byte(form.String()), &read); err != nil || !read.Unsafe || len(read.Behaviours) != 4 || read.Behaviours[3].Level != "vulnerable" || read.Behaviours[0].Outcome != "gave up" {
		t.Errorf("%v: %s", err, &form)
	}
}
