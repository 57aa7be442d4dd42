package parley_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// The attack succeeds here, which is why these answers are nobody's default. It
// also shows that the attacker of the other tests knows his trade.

// joined wants the victim's bytes behind the prefix.
func (s *stage) joined(t *testing.T, f *fate) {
	t.Helper()
	if f.handshake != nil || f.echo != nil {
		t.Errorf("the victim's handshake: %v; its exchange: %v", f.handshake, f.echo)
	}
	streams := s.with(f.prefix)
	if len(streams) != 1 || streams[0].text() != f.prefix+f.secret {
		t.Errorf("the attack failed: %d streams have the prefix", len(streams))
	}
	if f.passed == nil || !f.passed.Complete() || f.passed.ToServer.Data == 0 {
		t.Errorf("what passed: %+v", f.passed)
	}
}

func TestAttackSucceedsOnBareVictimUnderTrust(t *testing.T) {
	s := newStage(t, func(c *parley.Config) { c.Policy.Bare = parley.AnswerTrust })
	for i, suite := range attackSuites {
		for j, keeps := range keepings {
			t.Run(fmt.Sprintf("%s/%s/keeps %s", suite.version, suite.suite, keeps), func(t *testing.T) {
				o := legacyclient.Options{NoSCSV: true, Version: suite.version, Suites: []wire.SuiteID{suite.suite}}
				f := s.play(t, i*len(keepings)+j, scene{attacker: o, victim: o, keeps: keeps})
				s.joined(t, f)
				s.hasAnswered(t, f, parley.KindBare, parley.AnswerAccept)
			})
		}
	}
}

func TestAttackSucceedsOnLenientVictimUnderAcceptFull(t *testing.T) {
	s := newStage(t, func(c *parley.Config) { c.Policy.Reset = parley.AnswerAcceptFull })
	for i, suite := range attackSuites {
		for j, keeps := range keepings {
			t.Run(fmt.Sprintf("%s/%s/keeps %s", suite.version, suite.suite, keeps), func(t *testing.T) {
				o := legacyclient.Options{Lenient: true, Version: suite.version, Suites: []wire.SuiteID{suite.suite}}
				like := o
				like.SessionTickets = keeps == keepsTicket // accept-full wants a hello like the first
				f := s.play(t, i*len(keepings)+j, scene{attacker: like, victim: o, keeps: keeps})
				s.joined(t, f)
			})
		}
	}
}

// Under accept-full the reply alone protects: a victim that checks it does not go on.
func TestAttackUnderAcceptFullFailsOnVictimThatChecks(t *testing.T) {
	s := newStage(t, func(c *parley.Config) { c.Policy.Reset = parley.AnswerAcceptFull })
	for i, suite := range attackSuites {
		o := legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}}
		f := s.play(t, i, scene{attacker: o, victim: o})
		s.apart(t, f)
		if !errors.Is(f.handshake, legacyclient.ErrMismatch) {
			t.Errorf("%s: the victim's handshake: %v", suite.suite, f.handshake)
		}
	}
}

// Under accept-full a hello that differs from the first is aborted: the victim
// must at least be of the attacker's make.
func TestAttackUnderAcceptFullFailsOnVictimOfAnotherMake(t *testing.T) {
	s := newStage(t, func(c *parley.Config) { c.Policy.Reset = parley.AnswerAcceptFull })
	v := legacyclient.Options{Lenient: true, ServerName: "parley.test"}
	f := s.play(t, 0, scene{attacker: legacyclient.Options{}, victim: v})
	s.apart(t, f)
	s.hasAnswered(t, f, parley.KindReset, parley.AnswerAbort)
}
