package parley_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// What the attacker does with his connection before he splices changes nothing:
// the session in use is his as before, and what began is his, too.
func TestAttackAfterTheAttackerRenegotiatedHimself(t *testing.T) {
	again := func(kinds ...legacyclient.HelloKind) func(*legacyclient.Client) error {
		return func(a *legacyclient.Client) error {
			for _, kind := range kinds {
				if err := a.Renegotiate(legacyclient.Hello{Kind: kind}); err != nil {
					return fmt.Errorf("%s: %w", kind, err)
				}
			}
			return nil
		}
	}
	for name, before := range map[string]func(*legacyclient.Client) error{
		"secure":           again(legacyclient.HelloProper),
		"reset":            again(legacyclient.HelloReset),
		"reset and secure": again(legacyclient.HelloReset, legacyclient.HelloProper, legacyclient.HelloReset),
		"restart":          again(legacyclient.HelloRestart),
		"bare":             again(legacyclient.HelloBare),
		"bare and restart": again(legacyclient.HelloBare, legacyclient.HelloRestart, legacyclient.HelloReset),
	} {
		for _, suite := range attackSuites {
			for _, v := range victims {
				t.Run(fmt.Sprintf("%s/%s/%s/victim %s", name, suite.version, suite.suite, v.name), func(t *testing.T) {
					s := newStage(t, isolating)
					o := v.options
					o.Version, o.Suites = suite.version, []wire.SuiteID{suite.suite}
					a := s.client(t, legacyclient.Options{Version: o.Version, Suites: o.Suites, SessionTickets: true})
					if err := before(a); err != nil {
						t.Fatal(err)
					}
					prefix, secret := "the attacker's prefix", "the victim's"
					if err := a.Echo([]byte(prefix)); err != nil {
						t.Fatal(err)
					}
					stream := s.with(prefix)[0]
					own := s.visit(t, o)
					o.Session, o.Timeout = own, patience
					through := splice(t, a, nil)
					c := legacyclient.New(through.victim, o)
					if c.Handshake() == nil {
						_ = c.Echo([]byte(secret))
					}
					through.wait(t)
					f := &fate{prefix: prefix, secret: secret, attacker: stream, end: s.ended(t, stream), session: own}
					s.apart(t, f)
					s.apartFromVictim(t, f)
					s.worksAfterwards(t, f, o)
				})
			}
		}
	}
}

// An attacker that ends the abbreviated handshake himself, for the victim's hello
// with his session written in, has a stream that goes on, and it is his: the
// victim's records do not open in it.
func TestAttackThatEndsTheHandshakeItself(t *testing.T) {
	s := newStage(t)
	for i, suite := range attackSuites {
		t.Run(fmt.Sprintf("%s/%s", suite.version, suite.suite), func(t *testing.T) {
			o := legacyclient.Options{Version: suite.version, Suites: []wire.SuiteID{suite.suite}, Timeout: patience}
			prefix := fmt.Sprintf("prefix %d: ", i)
			a, stream := s.attack(t, o, prefix)

			// The victim talks to the application by itself, past the attacker, who writes
			// down what it sends.
			said := &scribe{Conn: s.dial(t)}
			v := established(t, said, o)
			hello := v.Hello(legacyclient.Hello{})
			said.Reset()
			if err := v.Echo([]byte("the victim's")); err != nil {
				t.Fatal(err)
			}

			legacyclient.SetSession(hello, a.Session())
			hello.Raw = hello.Marshal()
			if err := a.BeginWith(legacyclient.Hello{Kind: legacyclient.HelloReset}, hello, a.Session()); err != nil {
				t.Fatal(err)
			}
			if err := a.Finish(); err != nil {
				t.Fatal(err)
			}
			if err := a.Echo([]byte("the attacker's own")); err != nil {
				t.Fatal(err)
			}
			if err := a.WriteRaw(said.Bytes()); err != nil {
				t.Fatal(err)
			}
			end := s.ended(t, stream)
			if got := stream.text(); got != prefix+"the attacker's own" || !isFinding(end, "record-mac") {
				t.Errorf("the attacker's stream is %q and ended with %v", got, end)
			}
			if errors.Is(end, parley.ErrRestarted) {
				t.Error("a stream was split")
			}
			_ = v.Close()
		})
	}
}
