package parley_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// safePolicies are all combinations of answers but those with trust or
// accept-full.
func safePolicies() []parley.Policy {
	var list []parley.Policy
	for _, secure := range []parley.Answer{parley.AnswerAccept, parley.AnswerRefuse, parley.AnswerAbort} {
		for _, reset := range []parley.Answer{parley.AnswerAccept, parley.AnswerRefuse, parley.AnswerAbort} {
			for _, bare := range []parley.Answer{parley.AnswerRefuse, parley.AnswerResumed, parley.AnswerIsolate, parley.AnswerAbort} {
				for _, restart := range []parley.Answer{parley.AnswerAbort, parley.AnswerIsolate} {
					list = append(list, parley.Policy{Secure: secure, Reset: reset, Bare: bare, Restart: restart})
				}
			}
		}
	}
	return append(list, parley.Policy{Strict: true})
}

func TestAttackFailsUnderEverySafePolicy(t *testing.T) {
	n := 0
	for _, p := range safePolicies() {
		t.Run(fmt.Sprintf("secure %s, reset %s, bare %s, restart %s, strict %v", p.Secure, p.Reset, p.Bare, p.Restart, p.Strict), func(t *testing.T) {
			s := newStage(t, func(c *parley.Config) { c.Policy = p })
			for _, v := range victims {
				for _, clear := range []bool{false, true} {
					if n++; clear && n%len(victims) != 0 {
						continue // in clear the victims differ in nothing that counts
					}
					// The attacker's first hello is like the victim's where that matters most.
					sc := scene{attacker: legacyclient.Options{}, victim: v.options, keeps: keepings[n%len(keepings)], clear: clear}
					f := s.play(t, n, sc)
					s.apart(t, f)
					s.apartFromVictim(t, f)
					kind := v.kind
					if clear {
						kind = parley.KindRestart
					}
					want := expected(p, kind)
					s.hasAnswered(t, f, kind, want)
					if served := want == parley.AnswerIsolate; served != (f.echo == nil) {
						t.Errorf("victim %s, in clear %v: it is served alone: %v; handshake %v, exchange %v", v.name, clear, served, f.handshake, f.echo)
					}
					if want == parley.AnswerIsolate && !errors.Is(f.end, parley.ErrRestarted) {
						t.Errorf("the old half ended with %v", f.end)
					}
					s.worksAfterwards(t, f, sc.victim)
				}
			}
		})
	}
}

// expected is what a policy makes of a victim's hello.
func expected(p parley.Policy, kind parley.Kind) parley.Answer {
	answer := map[parley.Kind]parley.Answer{
		parley.KindReset: p.Reset, parley.KindBare: p.Bare, parley.KindRestart: p.Restart, parley.KindForged: parley.AnswerAbort,
	}[kind]
	switch {
	case p.Strict:
		return parley.AnswerAbort // the attacker signalled RFC 5746, whose sections 3.7 and 4.4 abort
	case answer == parley.AnswerDefault:
		return defaultAnswers[kind]
	case kind == parley.KindReset && answer == parley.AnswerAccept:
		return parley.AnswerAbort // it does not resume the session in use
	case answer == parley.AnswerResumed:
		return parley.AnswerRefuse // likewise
	}
	return answer
}

// apartFromVictim holds the victim's stream, if it got one, to the victim's bytes.
func (s *stage) apartFromVictim(t *testing.T, f *fate) {
	t.Helper()
	for _, stream := range s.with(f.secret) {
		if stream.text() != f.secret {
			t.Errorf("SPLICED: the victim's stream is %q", stream.text())
		}
	}
}
