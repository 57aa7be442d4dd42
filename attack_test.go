package parley_test

import (
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// CVE-2009-3555, played in full. An attacker connects and sends a prefix, then
// lets a victim's first handshake through as its own renegotiation. Where the
// server joins the two, the application reads the victim's bytes behind the
// attacker's prefix. The tests count bytes at the application.

// A victim is a client that connects to the server for the first time, as it
// believes.
type victim struct {
	name    string
	options legacyclient.Options
	kind    parley.Kind // what its hello is taken for inside another's connection
}

var victims = []victim{
	{"with the SCSV", legacyclient.Options{}, parley.KindReset},
	{"with the SCSV, lenient", legacyclient.Options{Lenient: true}, parley.KindReset},
	{"with an empty renegotiation_info", legacyclient.Options{RenegotiationInfo: true, Lenient: true}, parley.KindForged},
	{"from before RFC 5746", legacyclient.Options{NoSCSV: true, Lenient: true}, parley.KindBare},
}

// A keeping is what a victim has of an earlier visit to the server.
type keeping string

const (
	keepsNothing keeping = "nothing"
	keepsID      keeping = "session id"
	keepsTicket  keeping = "ticket"
)

var keepings = []keeping{keepsNothing, keepsID, keepsTicket}

// A scene is one attack.
type scene struct {
	attacker legacyclient.Options
	victim   legacyclient.Options
	keeps    keeping
	clear    bool // the victim's hello is passed on in clear
	// rewrite changes the victim's hello on its way.
	rewrite func(a *legacyclient.Client, hello *wire.ClientHello)
}

func (sc scene) rewriting(a *legacyclient.Client) func(*wire.ClientHello) {
	if sc.rewrite == nil {
		return nil
	}
	return func(hello *wire.ClientHello) { sc.rewrite(a, hello) }
}

// A fate is what became of it.
type fate struct {
	prefix, secret string
	attacker       *actedStream // the stream with the prefix
	end            error        // how it ended for the application
	handshake      error        // how the victim's handshake ended
	echo           error        // and its exchange, if it came so far
	session        *legacyclient.Session
	passed         *legacyclient.Spliced // nil: in clear
}

// play carries the attack out, to its end.
func (s *stage) play(t *testing.T, n int, sc scene) *fate {
	t.Helper()
	f := &fate{
		prefix: fmt.Sprintf("POST /pay?to=attacker&n=%d HTTP/1.1\r\nX-Ignore: ", n),
		secret: fmt.Sprintf("GET /account?n=%d HTTP/1.1\r\nCookie: the victim's\r\n\r\n", n),
	}
	sc.victim.Timeout = patience
	sc.victim.SessionTickets = sc.keeps == keepsTicket
	if sc.keeps != keepsNothing {
		f.session = s.visit(t, sc.victim)
		sc.victim.Session = f.session
	}
	a, stream := s.attack(t, sc.attacker, f.prefix)
	f.attacker = stream
	var through *way
	if sc.clear {
		through = spliceInClear(t, a)
	} else {
		through = splice(t, a, sc.rewriting(a))
	}
	v := legacyclient.New(through.victim, sc.victim)
	f.handshake, f.echo = v.Handshake(), errors.New("it did not come so far")
	if f.handshake == nil {
		f.echo = v.Echo([]byte(f.secret))
	}
	through.wait(t)
	f.passed = through.passed
	f.end = s.ended(t, stream)
	return f
}

// visit is a victim's earlier visit, of which it keeps a session.
func (s *stage) visit(t *testing.T, o legacyclient.Options) *legacyclient.Session {
	t.Helper()
	c := s.client(t, o)
	if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Fatal(err)
	}
	if !c.Session().CanBeOffered() {
		t.Fatal("the victim got no session")
	}
	return c.Session()
}

// apart fails the test if a byte of the victim's follows the prefix in one
// stream, or anything else does.
func (s *stage) apart(t *testing.T, f *fate) {
	t.Helper()
	for _, stream := range s.with(f.prefix) {
		if stream.text() != f.prefix {
			t.Errorf("SPLICED: the stream with the prefix has %d bytes more: %q", len(stream.text())-len(f.prefix), stream.text())
		}
	}
	if !cut(f.end) {
		t.Errorf("the stream with the prefix ended with %v, as if the attacker had closed it", f.end)
	}
}

// worksAfterwards lets the victim come back by itself: nobody has logged it out.
func (s *stage) worksAfterwards(t *testing.T, f *fate, o legacyclient.Options) {
	t.Helper()
	o.Session, o.SessionTickets = f.session, f.session != nil && len(f.session.Ticket) > 0
	c := s.client(t, o)
	if f.session != nil && !c.State().Resumed {
		t.Error("the victim's session is not resumed any more")
	}
	if err := c.Echo([]byte("the victim by itself")); err != nil {
		t.Errorf("the victim by itself: %v", err)
	}
	_ = c.Close()
}

// attackerOptions are the ways in which an attacker begins: its own signal decides
// how the victim's is taken.
var attackerOptions = []struct {
	name    string
	options legacyclient.Options
}{
	{"SCSV", legacyclient.Options{SessionTickets: true}},
	{"extension", legacyclient.Options{RenegotiationInfo: true}},
	{"no signal", legacyclient.Options{NoSCSV: true}},
}

// attackSuites are one suite for each key exchange and way to protect records.
var attackSuites = []struct {
	version wire.Version
	suite   wire.SuiteID
}{
	{wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA},
	{wire.VersionTLS10, wire.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA},
	{wire.VersionTLS11, wire.TLS_RSA_WITH_AES_256_CBC_SHA},
	{wire.VersionTLS11, wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA},
	{wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256},
	{wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256},
	{wire.VersionTLS12, wire.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384},
	{wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
}

func TestAttackByDefaultIsAbortedOrRefused(t *testing.T) {
	s := newStage(t)
	n := 0
	for _, suite := range attackSuites {
		for _, from := range attackerOptions {
			for _, v := range victims {
				for _, keeps := range keepings {
					n++
					name := fmt.Sprintf("%s/%s/attacker %s/victim %s/keeps %s", suite.version, suite.suite, from.name, v.name, keeps)
					sc := scene{attacker: from.options, victim: v.options, keeps: keeps}
					for _, o := range []*legacyclient.Options{&sc.attacker, &sc.victim} {
						o.Version, o.Suites = suite.version, []wire.SuiteID{suite.suite}
					}
					kind := v.kind
					if from.options.NoSCSV && kind == parley.KindReset {
						kind = parley.KindForged // the SCSV where the first hello signalled nothing
					}
					t.Run(name, func(t *testing.T) {
						f := s.play(t, n, sc)
						s.apart(t, f)
						s.hasAnswered(t, f, kind, defaultAnswers[kind])
						if f.handshake == nil {
							t.Error("the victim's handshake ended well")
						}
						s.worksAfterwards(t, f, sc.victim)
					})
				}
			}
		}
	}
}

var defaultAnswers = map[parley.Kind]parley.Answer{
	parley.KindReset:   parley.AnswerAbort, // accept, which without the session in use is an abort
	parley.KindForged:  parley.AnswerAbort,
	parley.KindBare:    parley.AnswerRefuse,
	parley.KindRestart: parley.AnswerAbort,
}

// hasAnswered holds the log to naming what came and why it was answered so.
func (s *stage) hasAnswered(t *testing.T, f *fate, kind parley.Kind, answer parley.Answer) {
	t.Helper()
	d, ok := s.answered(f.attacker.number)
	if !ok {
		t.Errorf("no second hello was answered: %v", f.end)
		return
	}
	if d.Kind != kind || d.Answer != answer {
		t.Errorf("a %s hello got %s, want %s and %s", d.Kind, d.Answer, kind, answer)
	}
	if answer == parley.AnswerAbort && (d.Reason == "" || !isFinding(f.end, kind.Finding())) {
		t.Errorf("the reason is %q, the end %v", d.Reason, f.end)
	}
	if answer == parley.AnswerRefuse && d.Reason == "" {
		t.Error("the refusal gives no reason")
	}
}
