package renego_test

import (
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
)

var (
	kinds   = []renego.Kind{renego.KindSecure, renego.KindReset, renego.KindForged, renego.KindBare, renego.KindRestart}
	answers = []renego.Answer{
		renego.AnswerDefault, renego.AnswerAccept, renego.AnswerAcceptFull, renego.AnswerResumed,
		renego.AnswerRefuse, renego.AnswerAbort, renego.AnswerIsolate, renego.AnswerTrust,
	}
)

// decided is what a line of the table below says, in a word.
var decided = map[string]renego.Decision{
	"secure":  {Answer: renego.AnswerAccept, Terms: renego.TermsSecure, Bound: "RFC 5746"},
	"bound":   {Answer: renego.AnswerAccept, Terms: renego.TermsBound, Bound: "session and reply"},
	"resumed": {Answer: renego.AnswerAccept, Terms: renego.TermsResumed, Bound: "session"},
	"reply":   {Answer: renego.AnswerAccept, Terms: renego.TermsTrusted, Bound: "reply only"},
	"trusted": {Answer: renego.AnswerAccept, Terms: renego.TermsTrusted, Bound: "nothing"},
	"isolate": {Answer: renego.AnswerIsolate, Terms: renego.TermsIsolated, Bound: "nothing"},
	"refuse":  {Answer: renego.AnswerRefuse},
	"abort":   {Answer: renego.AnswerAbort},
}

// decisions is the whole of it. A column is a hello that resumes the session in
// use, one that does not but equals the first, and one that does neither.
var decisions = map[renego.Kind]map[renego.Answer][3]string{
	renego.KindSecure: {
		renego.AnswerDefault:    {"secure", "secure", "secure"},
		renego.AnswerAccept:     {"secure", "secure", "secure"},
		renego.AnswerAcceptFull: {"abort", "abort", "abort"},
		renego.AnswerResumed:    {"abort", "abort", "abort"},
		renego.AnswerRefuse:     {"refuse", "refuse", "refuse"},
		renego.AnswerAbort:      {"abort", "abort", "abort"},
		renego.AnswerIsolate:    {"abort", "abort", "abort"},
		renego.AnswerTrust:      {"abort", "abort", "abort"},
	},
	renego.KindReset: {
		renego.AnswerDefault:    {"bound", "abort", "abort"},
		renego.AnswerAccept:     {"bound", "abort", "abort"},
		renego.AnswerAcceptFull: {"bound", "reply", "abort"},
		renego.AnswerResumed:    {"abort", "abort", "abort"},
		renego.AnswerRefuse:     {"refuse", "refuse", "refuse"},
		renego.AnswerAbort:      {"abort", "abort", "abort"},
		renego.AnswerIsolate:    {"abort", "abort", "abort"},
		renego.AnswerTrust:      {"abort", "abort", "abort"},
	},
	renego.KindForged: {
		renego.AnswerDefault:    {"abort", "abort", "abort"},
		renego.AnswerAccept:     {"abort", "abort", "abort"},
		renego.AnswerAcceptFull: {"abort", "abort", "abort"},
		renego.AnswerResumed:    {"abort", "abort", "abort"},
		renego.AnswerRefuse:     {"abort", "abort", "abort"},
		renego.AnswerAbort:      {"abort", "abort", "abort"},
		renego.AnswerIsolate:    {"abort", "abort", "abort"},
		renego.AnswerTrust:      {"abort", "abort", "abort"},
	},
	renego.KindBare: {
		renego.AnswerDefault:    {"refuse", "refuse", "refuse"},
		renego.AnswerAccept:     {"abort", "abort", "abort"},
		renego.AnswerAcceptFull: {"abort", "abort", "abort"},
		renego.AnswerResumed:    {"resumed", "refuse", "refuse"},
		renego.AnswerRefuse:     {"refuse", "refuse", "refuse"},
		renego.AnswerAbort:      {"abort", "abort", "abort"},
		renego.AnswerIsolate:    {"isolate", "isolate", "isolate"},
		renego.AnswerTrust:      {"resumed", "trusted", "trusted"},
	},
	renego.KindRestart: {
		renego.AnswerDefault:    {"abort", "abort", "abort"},
		renego.AnswerAccept:     {"abort", "abort", "abort"},
		renego.AnswerAcceptFull: {"abort", "abort", "abort"},
		renego.AnswerResumed:    {"abort", "abort", "abort"},
		renego.AnswerRefuse:     {"abort", "abort", "abort"},
		renego.AnswerAbort:      {"abort", "abort", "abort"},
		renego.AnswerIsolate:    {"isolate", "isolate", "isolate"},
		renego.AnswerTrust:      {"abort", "abort", "abort"},
	},
}

func verdicts(k renego.Kind) [3]renego.Verdict {
	proof := []string{"a fact"}
	return [3]renego.Verdict{
		{Kind: k, Proof: proof, Resumes: true, LikeFirst: true},
		{Kind: k, Proof: proof, WhyNotResumed: "no session is offered", LikeFirst: true},
		{Kind: k, Proof: proof, WhyNotResumed: "no session is offered", Unlike: "cipher_suites differ"},
	}
}

func TestEveryAnswerToEveryKindIsDecided(t *testing.T) {
	for _, k := range kinds {
		for _, a := range answers {
			for i, v := range verdicts(k) {
				want := decided[decisions[k][a][i]]
				got := renego.Decide(v, a)
				reason := got.Reason
				got.Reason = ""
				if got != want {
					t.Errorf("%s, %s, column %d: %+v, want %+v", k, a, i, got, want)
				}
				if speaks := want.Answer == renego.AnswerAbort || want.Answer == renego.AnswerRefuse; speaks != (reason != "") {
					t.Errorf("%s, %s, column %d: the reason is %q", k, a, i, reason)
				}
			}
		}
	}
}

// RFC 6101 has no no_renegotiation, so on SSL 3.0 only what is proved is answered.
func TestSSL3AnswersOnlyWhatIsProved(t *testing.T) {
	for _, k := range kinds {
		for _, a := range answers {
			for i, v := range verdicts(k) {
				v.SSL30 = true
				want := renego.AnswerAbort
				switch plain := decided[decisions[k][a][i]]; {
				case k == renego.KindSecure && plain.Answer == renego.AnswerAccept,
					k == renego.KindRestart && plain.Answer == renego.AnswerIsolate:
					want = plain.Answer
				}
				if got := renego.Decide(v, a); got.Answer != want {
					t.Errorf("%s, %s, column %d: %s, want %s", k, a, i, got.Answer, want)
				}
			}
		}
	}
}

// allowed is the column of answers in renegotiation.md, defaults first.
var allowed = map[renego.Kind][]renego.Answer{
	renego.KindSecure:  {renego.AnswerAccept, renego.AnswerRefuse, renego.AnswerAbort},
	renego.KindReset:   {renego.AnswerAccept, renego.AnswerAcceptFull, renego.AnswerRefuse, renego.AnswerAbort},
	renego.KindForged:  {renego.AnswerAbort},
	renego.KindBare:    {renego.AnswerRefuse, renego.AnswerResumed, renego.AnswerIsolate, renego.AnswerTrust, renego.AnswerAbort},
	renego.KindRestart: {renego.AnswerAbort, renego.AnswerIsolate},
}

func TestAnswersThatAKindHasAreReadAndNoOthers(t *testing.T) {
	for _, k := range kinds {
		if got := renego.Allowed(k); !slices.Equal(got, allowed[k]) {
			t.Errorf("%s: %v, want %v", k, got, allowed[k])
		}
		for _, a := range answers {
			got, err := renego.ParseAnswer(k, a.String())
			if has := slices.Contains(allowed[k], a); has != (err == nil) || has && got != a {
				t.Errorf("%s, %q: %s, %v", k, a, got, err)
			}
		}
		for _, word := range []string{"", "ACCEPT", "accept ", "default", "answer 9"} {
			if got, err := renego.ParseAnswer(k, word); err == nil {
				t.Errorf("%s: %q was read as %s", k, word, got)
			}
		}
	}
}

// An answer that a kind does not have is an abort, and what it has is none,
// unless the hello itself is at fault.
func TestWhatIsNotAllowedAborts(t *testing.T) {
	for _, k := range kinds {
		for _, a := range answers[1:] {
			d := renego.Decide(verdicts(k)[0], a)
			if has := slices.Contains(allowed[k], a) && a != renego.AnswerAbort; has == (d.Answer == renego.AnswerAbort) {
				t.Errorf("%s, %s: %s", k, a, d.Answer)
			}
		}
	}
}

func TestNobodyCanChangeWhatIsAllowed(t *testing.T) {
	renego.Allowed(renego.KindForged)[0] = renego.AnswerAccept
	if got := renego.Allowed(renego.KindForged); got[0] != renego.AnswerAbort {
		t.Error("a caller changed the answers to a forged hello")
	}
}

func TestWordsAreSpelledOnce(t *testing.T) {
	for want, got := range map[string]string{
		"secure": renego.KindSecure.String(), "reset": renego.KindReset.String(), "forged": renego.KindForged.String(),
		"bare": renego.KindBare.String(), "restart": renego.KindRestart.String(), "kind 0": renego.Kind(0).String(), "kind 9": renego.Kind(9).String(),
		"accept-full": renego.AnswerAcceptFull.String(), "trust": renego.AnswerTrust.String(), "answer 8": renego.Answer(8).String(),
		"initial": renego.TermsInitial.String(), "trusted": renego.TermsTrusted.String(), "terms 6": renego.Terms(6).String(),
		"reneg-restart-hello": renego.KindRestart.Finding(),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
