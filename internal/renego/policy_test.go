package renego_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
)

func with(k renego.Kind, a renego.Answer) renego.Policy {
	var p renego.Policy
	switch k {
	case renego.KindSecure:
		p.Secure = a
	case renego.KindReset:
		p.Reset = a
	case renego.KindBare:
		p.Bare = a
	case renego.KindRestart:
		p.Restart = a
	}
	return p
}

var configurable = []renego.Kind{renego.KindSecure, renego.KindReset, renego.KindBare, renego.KindRestart}

func TestPolicyCheckNamesTheAnswerThatIsNone(t *testing.T) {
	for _, k := range configurable {
		for _, a := range append(slices.Clone(answers), renego.Answer(200)) {
			err := with(k, a).Check()
			has := a == renego.AnswerDefault || slices.Contains(allowed[k], a)
			if has != (err == nil) {
				t.Errorf("%s: %s: %v", k, a, err)
			}
			if err != nil && (!strings.Contains(err.Error(), k.String()) || !strings.Contains(err.Error(), a.String())) {
				t.Errorf("the error names neither kind nor answer: %v", err)
			}
		}
	}
}

func TestPolicyCheckRefusesARationThatIsNone(t *testing.T) {
	for _, r := range []renego.Ration{{Connection: -1}, {ConnectionPerSecond: -1}, {Source: -1}, {SourcePerSecond: -1}} {
		if err := (renego.Policy{Ration: r}).Check(); err == nil {
			t.Errorf("%+v passes", r)
		}
	}
	if err := (renego.Policy{Ration: renego.Ration{}.OrDefault()}).Check(); err != nil {
		t.Error(err)
	}
}

func TestPolicyAnswersWithItsSettingOrTheDefault(t *testing.T) {
	for _, k := range configurable {
		for _, a := range answers {
			want := a
			if a == renego.AnswerDefault {
				want = allowed[k][0]
			}
			if got := with(k, a).Answer(renego.Verdict{Kind: k}); got != want {
				t.Errorf("%s set to %s: %s", k, a, got)
			}
		}
	}
	p := renego.Policy{Secure: renego.AnswerAccept, Reset: renego.AnswerAcceptFull, Bare: renego.AnswerTrust, Restart: renego.AnswerIsolate}
	if got := p.Answer(renego.Verdict{Kind: renego.KindForged}); got != renego.AnswerAbort {
		t.Errorf("a forged hello is answered with %s", got)
	}
}

// A strict policy departs from no RFC, whatever else it says.
func TestStrictPolicyDepartsFromNothing(t *testing.T) {
	p := renego.Policy{Strict: true, Secure: renego.AnswerAccept, Reset: renego.AnswerAcceptFull, Bare: renego.AnswerTrust, Restart: renego.AnswerIsolate}
	for _, c := range []struct {
		name    string
		verdict renego.Verdict
		want    renego.Answer
	}{
		{"secure: RFC 5746, 3.7", renego.Verdict{Kind: renego.KindSecure, FirstSignalled: true}, renego.AnswerAccept},
		{"renegotiation_info that was never agreed on: RFC 5746, 4.4", renego.Verdict{Kind: renego.KindSecure}, renego.AnswerAbort},
		{"the SCSV: RFC 5746, 3.7", renego.Verdict{Kind: renego.KindReset, FirstSignalled: true, Resumes: true}, renego.AnswerAbort},
		{"renegotiation_info missing: RFC 5746, 3.7", renego.Verdict{Kind: renego.KindBare, FirstSignalled: true, Resumes: true}, renego.AnswerAbort},
		{"neither side knows RFC 5746: 4.4", renego.Verdict{Kind: renego.KindBare, Resumes: true}, renego.AnswerRefuse},
		{"a record that does not open: RFC 5246, 7.2.2", renego.Verdict{Kind: renego.KindRestart}, renego.AnswerAbort},
		{"forged", renego.Verdict{Kind: renego.KindForged}, renego.AnswerAbort},
	} {
		if got := p.Answer(c.verdict); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	p.Bare = renego.AnswerAbort
	if got := p.Answer(renego.Verdict{Kind: renego.KindBare}); got != renego.AnswerAbort {
		t.Errorf("strict softened an abort to %s", got)
	}
}
