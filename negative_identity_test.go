package parley_test

import (
	"crypto/tls"
	"errors"
	"fmt"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// Negative test 17: a certificate appears. After a full handshake it may; after an
// abbreviated one only with Extended Master Secret.
func TestNegative17IdentityAppearsOnlyWhereTheEpochIsFirm(t *testing.T) {
	for name, o := range emsOrNot {
		for _, reset := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/after a reset: %v", name, reset), func(t *testing.T) {
				s := newStageOf(t, named, asking)
				x := changelingOn(t, s, o, nil)
				x.says(t, "one", "nobody")
				if reset {
					if err := x.as(nil, resetHello); err != nil || !x.State().Resumed {
						t.Fatalf("the reset hello: resumed %v, %v", x.State().Resumed, err)
					}
					x.says(t, "two", "nobody")
				}
				err := x.as(person("Alice"), proper)
				if refused := reset && !o.ExtendedMasterSecret; refused {
					if err == nil {
						t.Error("Alice appeared after an abbreviated handshake without Extended Master Secret")
					}
					s.wantEnd(t, changesName)
					return
				}
				if err != nil {
					t.Fatalf("Alice may not appear: %v", err)
				}
				x.says(t, "three", "Alice")
			})
		}
	}
}

// Negative test 17: Alice becomes Bob, or nobody.
func TestNegative17IdentityIsNotExchanged(t *testing.T) {
	for name, o := range emsOrNot {
		for whom, shows := range map[string]*tls.Certificate{"Bob": person("Bob"), "nobody": nil} {
			for what, change := range map[string]func(*parley.Config){
				"by default": func(*parley.Config) {},
				"with permission, and nobody to agree": func(c *parley.Config) {
					c.Policy.IdentityChange = parley.IdentityMayChange
				},
				"with permission, and somebody who does not agree": func(c *parley.Config) {
					c.Policy.IdentityChange = parley.IdentityMayChange
					c.VerifyConnection = func(s parley.State) error {
						if nameOf(s.PeerCertificates) != "Alice" {
							return errors.New("only Alice")
						}
						return nil
					}
				},
			} {
				t.Run(name+"/"+whom+"/"+what, func(t *testing.T) {
					s := newStageOf(t, named, asking, change)
					x := changelingOn(t, s, o, person("Alice"))
					x.says(t, "one", "Alice")
					if err := x.as(shows, proper); err == nil {
						t.Errorf("Alice became %s", whom)
					}
					stream := s.stream(t, 0)
					end := s.ended(t, stream)
					if got := stream.text(); got != "Alice: one\n" {
						t.Errorf("the application read %q", got)
					}
					if what == "by default" && !isFinding(end, changesName) {
						t.Errorf("the stream ended with %v", end)
					}
				})
			}
		}
	}
}

// Where the application agrees she does, from the first byte of the new epoch.
func TestNegative17IdentityIsExchangedWhereTheApplicationAgrees(t *testing.T) {
	s := newStageOf(t, named, asking, func(c *parley.Config) {
		c.Policy.IdentityChange = parley.IdentityMayChange
		c.VerifyConnection = func(parley.State) error { return nil }
	})
	x := changelingOn(t, s, withEMS, person("Alice"))
	x.says(t, "one", "Alice")
	if err := x.as(person("Bob"), proper); err != nil {
		t.Fatal(err)
	}
	x.says(t, "two", "Bob")
}

// Negative test 17: Bob's session, offered inside Alice's connection, is not
// resumed; nor is one that agrees with the connection in all but its server name
// or Extended Master Secret.
func TestNegative17AnothersSessionIsNotResumedInsideAConnection(t *testing.T) {
	for _, tickets := range []bool{false, true} {
		for name, theirs := range map[string]legacyclient.Options{
			"Bob's":                                  withEMS,
			"Alice's of another server name":         {ExtendedMasterSecret: true, ServerName: "other.parley.test"},
			"Alice's without Extended Master Secret": {},
		} {
			t.Run(fmt.Sprintf("%s/tickets %v", name, tickets), func(t *testing.T) {
				s := newStageOf(t, named, asking)
				alice := person("Alice")
				shows := alice
				if name == "Bob's" {
					shows = person("Bob")
				}
				theirs.SessionTickets = tickets
				session := changelingOn(t, s, theirs, shows).Session()
				o := withEMS
				o.SessionTickets = tickets
				x := changelingOn(t, s, o, alice)
				x.says(t, "one", "Alice")
				h := proper
				h.Session = session
				if err := x.as(alice, h); err != nil {
					t.Fatal(err)
				}
				if x.State().Resumed {
					t.Error("it was resumed")
				}
				x.says(t, "two", "Alice")
			})
		}
	}
}

// Negative test 17: Extended Master Secret dropped, the server name changed.
func TestNegative17WhatMayNotGoOrChange(t *testing.T) {
	for name, test := range map[string]struct {
		kind    legacyclient.HelloKind
		change  func(*wire.ClientHello)
		finding string
	}{
		"EMS dropped, secure":      {legacyclient.HelloProper, dropsEMS, "reneg-secure-hello"},
		"EMS dropped, reset":       {legacyclient.HelloReset, dropsEMS, "reneg-reset-hello"},
		"name changed, secure":     {legacyclient.HelloProper, renames, changesName},
		"name changed, reset":      {legacyclient.HelloReset, renames, changesName},
		"version changed, secure":  {legacyclient.HelloProper, lowers, "reneg-version-changed"},
		"suite lacking, reset":     {legacyclient.HelloReset, otherSuite, "reneg-reset-hello"},
		"certificate asked, reset": {legacyclient.HelloReset, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newStageOf(t, named, asking)
			o := withEMS
			o.ServerName = "parley.test"
			x := changelingOn(t, s, o, person("Alice"))
			x.says(t, "one", "Alice")
			err := x.as(person("Alice"), legacyclient.Hello{Kind: test.kind, Change: test.change})
			if test.change == nil {
				if err != nil {
					t.Fatal(err)
				}
				x.says(t, "two", "Alice") // who she is stays, with no certificate shown again
				return
			}
			if err == nil {
				t.Error("it was accepted")
			}
			s.wantEnd(t, test.finding)
		})
	}
}

func dropsEMS(h *wire.ClientHello) {
	legacyclient.DropExtension(h, wire.ExtensionExtendedMasterSecret)
}
func renames(h *wire.ClientHello) {
	legacyclient.SetExtension(h, wire.ServerNameExtension("other.parley.test"))
}
func lowers(h *wire.ClientHello) { h.Version = wire.VersionTLS11 }
func otherSuite(h *wire.ClientHello) {
	h.CipherSuites = []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA, wire.SuiteEmptyRenegotiationInfoSCSV}
}

// Negative test 17: bytes from before the certificate, read after it was shown, are
// nobody's; no Read gives both.
func TestNegative17OldBytesReadLaterShowTheOldIdentity(t *testing.T) {
	proved := make(chan error, 1)
	read := make(chan struct{})
	s := newStageOf(t, func(s *stage, c *parley.Conn, stream *actedStream) {
		// The Write meets the hello, which is there with the bytes before it, and
		// drives the handshake: what it reads for Read waits.
		buf := make([]byte, 1)
		if _, err := c.Read(buf); err != nil {
			proved <- err
			return
		}
		s.note(stream, []byte(nameOf(c.State().PeerCertificates)+": "+string(buf)+"\n"), nil)
		_, err := c.Write([]byte("the answer"))
		proved <- err
		<-read
		named(s, c, stream)
	}, asking)
	x := changelingOn(t, s, withEMS, nil)
	x.Cork()
	for i, step := range []func() error{
		func() error { return x.WriteRecord(wire.TypeApplicationData, []byte("1 before")) },
		func() error { return x.WriteRecord(wire.TypeApplicationData, []byte("2 before")) },
		func() error { return x.Begin(proper) },
		x.Uncork, x.ReceiveFlight,
		func() error { return x.WriteRecord(wire.TypeApplicationData, []byte("3 amid")) },
		func() error { *x.shows = *person("Alice"); return x.finish() },
		func() error { return <-proved },
		func() error { return x.WriteRecord(wire.TypeApplicationData, []byte("4 after")) },
	} {
		if err := step(); err != nil {
			t.Fatalf("step %d: %v", i, err)
		}
	}
	close(read)
	const want = "nobody: 1\nnobody:  before2 before3 amid\nAlice: 4 after\n"
	if got := s.reads(t, 0, "4 after").text(); got != want {
		t.Errorf("the application read\n%s, want\n%s", got, want)
	}
	x.NetConn().Close()
}
