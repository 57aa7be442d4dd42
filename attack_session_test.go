package parley_test

import (
	"bytes"
	"fmt"
	"net"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// Negative test 3: the attacker writes the session in use into the victim's
// hello, by id, then by ticket. The server answers abbreviated, with a secret
// that the victim does not have.
func TestAttackThatWritesItsSessionIntoVictimsHello(t *testing.T) {
	n := 0
	for _, kind := range []parley.Kind{parley.KindReset, parley.KindBare} {
		s := newStage(t, func(c *parley.Config) { c.Policy.Bare = parley.AnswerResumed })
		for _, suite := range attackSuites {
			for _, tickets := range []bool{false, true} {
				for _, keeps := range keepings {
					n++
					o := legacyclient.Options{
						Version: suite.version, Suites: []wire.SuiteID{suite.suite}, Lenient: true,
						NoSCSV: kind == parley.KindBare, ExtendedMasterSecret: n%2 == 0,
					}
					name := fmt.Sprintf("%s/%s/%s/EMS %v/tickets %v/keeps %s", kind, suite.version, suite.suite, o.ExtendedMasterSecret, tickets, keeps)
					t.Run(name, func(t *testing.T) { s.writesItsSession(t, n, kind, o, tickets, keeps) })
				}
			}
		}
	}
}

func (s *stage) writesItsSession(t *testing.T, n int, kind parley.Kind, o legacyclient.Options, tickets bool, keeps keeping) {
	t.Helper()
	thief := o
	thief.SessionTickets = tickets
	f := s.play(t, n, scene{
		attacker: thief, victim: o, keeps: keeps,
		rewrite: func(a *legacyclient.Client, hello *wire.ClientHello) { legacyclient.SetSession(hello, a.Session()) },
	})
	s.apart(t, f)
	s.hasAnswered(t, f, kind, parley.AnswerAccept)
	if got := f.passed.ToVictim; got.Data != 0 || got.Handshake > 1 {
		t.Errorf("after our Finished %d handshake records and %d of data went out", got.Handshake-1, got.Data)
	}
	if f.handshake == nil {
		t.Error("the victim's handshake ended well")
	}
	s.worksAfterwards(t, f, o)
}

// The most lenient victim there can be believes that its own session was resumed,
// does not look at the server's Finished, and sends its own and its data at once.
func TestAttackOnVictimThatChecksNothing(t *testing.T) {
	s := newStage(t)
	for i, suite := range attackSuites {
		for _, tickets := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%s/tickets %v", suite.version, suite.suite, tickets), func(t *testing.T) {
				prefix, secret := fmt.Sprintf("prefix %d %v: ", i, tickets), "the victim's"
				o := legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}, Lenient: true, SessionTickets: tickets, Timeout: patience}
				own := s.visit(t, o)
				a, stream := s.attack(t, o, prefix)
				through := splice(t, a, nil)
				// Its entry for this server has come to name the attacker's session.
				o.Session = own.Altered(a.Session().ID, a.Session().Ticket)
				v := legacyclient.New(through.victim, o)
				for what, step := range []func() error{
					func() error { return v.Begin(legacyclient.Hello{}) }, v.ReceiveFlight, v.SendChangeCipherSpec, v.SendFinished,
				} {
					if err := step(); err != nil {
						t.Fatalf("the victim's step %d: %v", what, err)
					}
				}
				_, _ = v.Write([]byte(secret)) // the server may have ended it
				end := s.ended(t, stream)
				through.wait(t)
				s.apart(t, &fate{prefix: prefix, end: end})
				if len(s.with(secret)) != 0 {
					t.Error("the victim's bytes reached the application")
				}
				if !isFinding(end, "record-mac") {
					t.Errorf("the stream ended with %v", end)
				}
			})
		}
	}
}

// An attacker that resumes by ticket chooses the session id that the server
// echoes. The victim's own, which passed in clear on its earlier visit, does not
// become the session in use by that.
func TestAttackThatClaimsVictimsSessionID(t *testing.T) {
	s := newStage(t)
	for i, suite := range attackSuites {
		t.Run(fmt.Sprintf("%s/%s", suite.version, suite.suite), func(t *testing.T) {
			o := legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}, Lenient: true, Timeout: patience}
			own := s.visit(t, o)
			thief := o
			thief.SessionTickets = true
			thief.Session = s.visit(t, thief)
			thief.Hello = func(h *wire.ClientHello) { h.SessionID = bytes.Clone(own.ID) }
			prefix := fmt.Sprintf("prefix %d: ", i)
			a, stream := s.attack(t, thief, prefix)
			if !a.State().Resumed {
				t.Fatal("the attacker's ticket was not resumed")
			}
			through := splice(t, a, nil)
			o.Session = own
			v := legacyclient.New(through.victim, o)
			if err := v.Handshake(); err == nil {
				t.Error("the victim's handshake ended well")
			}
			through.wait(t)
			f := &fate{prefix: prefix, end: s.ended(t, stream), attacker: stream, session: own}
			s.apart(t, f)
			s.hasAnswered(t, f, parley.KindReset, parley.AnswerAbort)
			s.worksAfterwards(t, f, o)
		})
	}
}

// A scribe writes down what its client sends.
type scribe struct {
	net.Conn
	bytes.Buffer
}

func (r *scribe) Read(b []byte) (int, error) { return r.Conn.Read(b) }

func (r *scribe) Write(b []byte) (int, error) {
	r.Buffer.Write(b)
	return r.Conn.Write(b)
}

// Negative test 4: a reset hello, and then a whole flight, recorded on one
// connection and replayed on another of the same session.
func TestAttackThatReplaysResetHello(t *testing.T) {
	s := newStage(t)
	for i, suite := range attackSuites {
		for _, whole := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%s/whole flight %v", suite.version, suite.suite, whole), func(t *testing.T) {
				o := legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}, Timeout: patience}
				said := &scribe{Conn: s.dial(t)}
				first, _ := s.openOn(t, said, o, fmt.Sprintf("first %d %v", i, whole))
				said.Reset()
				if err := first.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloReset}); err != nil {
					t.Fatal(err)
				}
				o.Session = first.Session()
				text := fmt.Sprintf("second %d %v", i, whole)
				second, stream := s.open(t, o, text)
				if !second.State().Resumed {
					t.Fatal("the second connection has another session")
				}
				replay := bytes.Clone(said.Bytes())
				if !whole {
					h, _ := wire.ParseRecordHeader(replay)
					replay = replay[:wire.RecordHeaderLen+h.Length]
				}
				if err := second.WriteRaw(replay); err != nil {
					t.Fatal(err)
				}
				end := s.ended(t, stream)
				if stream.text() != text || !isFinding(end, "record-mac") {
					t.Errorf("the stream is %q and ended with %v", stream.text(), end)
				}
				if alert, ok := legacyclient.AlertOf(second.AwaitEnd()); !ok || alert != wire.AlertBadRecordMAC {
					t.Errorf("the alert is %v", alert)
				}
			})
		}
	}
}

// A hello replayed in its own connection is as useless: its number is spent.
func TestAttackThatReplaysResetHelloInItsOwnConnection(t *testing.T) {
	s := newStage(t)
	said := &scribe{Conn: s.dial(t)}
	c, stream := s.openOn(t, said, legacyclient.Options{}, "own")
	said.Reset()
	if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloReset}); err != nil {
		t.Fatal(err)
	}
	if err := c.WriteRaw(bytes.Clone(said.Bytes())); err != nil {
		t.Fatal(err)
	}
	if end := s.ended(t, stream); !isFinding(end, "record-mac") {
		t.Errorf("the stream ended with %v", end)
	}
}
