package handshake

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// resuming is a ladder whose client offers a session that the store has.
func resuming(t testing.TB, settings *Settings, session *Session, hello *wire.ClientHello) *ladder {
	l := climb(t, settings, rsaKey(), hello)
	l.session, l.offered = session, session.Master
	return l
}

func TestASessionIsResumedOnlyWhereItFits(t *testing.T) {
	id := bytes.Repeat([]byte{1}, 32)
	name := with(wire.ServerNameExtension("a.test"))
	for _, c := range []struct {
		name     string
		session  func(*Session)
		settings func(*Settings)
		hello    *wire.ClientHello
		want     bool
	}{
		{"as it was", nil, nil, clientHello(offering(id), name, ems), true},
		{"another version", func(s *Session) { s.Version = wire.VersionTLS11 }, nil, clientHello(offering(id), name, ems), false},
		{"another server name", nil, nil, clientHello(offering(id), with(wire.ServerNameExtension("b.test")), ems), false},
		{"no server name", nil, nil, clientHello(offering(id), ems), false},
		{"a server name where there was none", func(s *Session) { s.ServerName = "" }, nil, clientHello(offering(id), name, ems), false},
		{"the client does not offer its suite", nil, nil, clientHello(offering(id), name, ems, suites(wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)), false},
		{"we no longer serve its suite", nil, func(s *Settings) { s.Suites = []wire.SuiteID{wire.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA} }, clientHello(offering(id), name, ems), false},
		{"a certificate is required and it has none", func(s *Session) { s.ClientChain = nil }, func(s *Settings) { s.ClientAuth = ClientAuthRequired }, clientHello(offering(id), name, ems), false},
		{"a certificate is asked for and it has none", func(s *Session) { s.ClientChain = nil }, func(s *Settings) { s.ClientAuth = ClientAuthRequest }, clientHello(offering(id), name, ems), true},
		{"it has no Extended Master Secret", func(s *Session) { s.ExtendedMasterSecret = false }, nil, clientHello(offering(id), name, ems), false},
		{"nobody has Extended Master Secret", func(s *Session) { s.ExtendedMasterSecret = false }, nil, clientHello(offering(id), name), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			session, settings := aSession(), everything()
			if c.session != nil {
				c.session(session)
			}
			if c.settings != nil {
				c.settings(settings)
			}
			l := resuming(t, settings, session, c.hello)
			if settings.ClientAuth == ClientAuthRequired {
				l.client = client(t, rsaKey(), wire.SchemeRSAPKCS1SHA256)
			}
			if err := l.begin(); err != nil {
				t.Fatal(err)
			}
			if !c.want {
				l.master = keys.Secret{}
			}
			if l.abbreviated() != c.want {
				t.Fatalf("abbreviated: %v, want %v", l.abbreviated(), c.want)
			}
			if err := l.answerFlight(); err != nil {
				t.Fatal(err)
			}
			if err := l.finish(); err != nil {
				t.Fatal(err)
			}
			o := l.server.Done()
			if o == nil || !l.finished || o.Resumed != c.want {
				t.Fatalf("the handshake is not done: %+v", o)
			}
			if echoed := bytes.Equal(l.serverHello.SessionID, id); echoed != c.want {
				t.Errorf("the session id is echoed: %v", echoed)
			}
		})
	}
}

// RFC 7627, section 5.3, last but one case: MUST abort.
func TestDroppingExtendedMasterSecretFromASessionAborts(t *testing.T) {
	session := aSession()
	session.ServerName = ""
	l := resuming(t, everything(), session, clientHello(offering(session.ID)))
	refused(t, l.begin(), wire.AlertHandshakeFailure, "")
	if len(l.received) > 0 {
		t.Error("something was sent")
	}
}

func TestAWrongFinishedEndsAnAbbreviatedHandshake(t *testing.T) {
	session := aSession()
	session.ServerName = ""
	l := resuming(t, everything(), session, clientHello(offering(session.ID), ems))
	if err := l.begin(); err != nil {
		t.Fatal(err)
	}
	l.master = keys.NewSecret(make([]byte, 48)) // it does not know the session's secret
	refused(t, l.finish(), wire.AlertDecryptError, "")
	if l.server.Done() != nil {
		t.Error("done all the same")
	}
}

func TestWhatIsAskedForAboutSessions(t *testing.T) {
	id, ticket := []byte{1, 2}, []byte("a ticket")
	byTicket := with(wire.SessionTicketExtension(ticket))
	for _, c := range []struct {
		name     string
		settings func(*Settings)
		hello    *wire.ClientHello
		want     *SessionQuestion
	}{
		{"an id", nil, clientHello(offering(id)), &SessionQuestion{ID: id}},
		{"an id, tickets on", func(s *Settings) { s.Sealer = sealer{} }, clientHello(offering(id), with(wire.SessionTicketExtension(nil))), &SessionQuestion{ID: id}},
		{"a ticket", func(s *Settings) { s.Sealer = sealer{} }, clientHello(byTicket), &SessionQuestion{Ticket: ticket}},
		{"a ticket beside an id", func(s *Settings) { s.Sealer = sealer{} }, clientHello(offering(id), byTicket), &SessionQuestion{ID: id, Ticket: ticket}},
		{"nothing", nil, clientHello(), nil},
		{"an id, sessions off", func(s *Settings) { s.NoSessionIDs = true }, clientHello(offering(id)), nil},
		{"a ticket, tickets off", nil, clientHello(byTicket), nil},
		// RFC 5077, section 3.4: with a ticket the id must not be looked up.
		{"a ticket beside an id, tickets off", nil, clientHello(offering(id), byTicket), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := everything()
			if c.settings != nil {
				c.settings(settings)
			}
			l := climb(t, settings, rsaKey(), c.hello)
			l.complete()
			i := slices.IndexFunc(l.asked, func(q Question) bool { _, is := q.(SessionQuestion); return is })
			if (i >= 0) != (c.want != nil) {
				t.Fatalf("asked for a session: %v", i >= 0)
			}
			if i >= 0 {
				got := l.asked[i].(SessionQuestion)
				if !bytes.Equal(got.ID, c.want.ID) || !bytes.Equal(got.Ticket, c.want.Ticket) {
					t.Errorf("%+v", got)
				}
			}
		})
	}
}

// With neither store nor tickets a session still has a name: a reset hello must
// have something to offer.
func TestEveryFullHandshakeNamesItsSession(t *testing.T) {
	ticket := with(wire.SessionTicketExtension(nil))
	for _, c := range []struct {
		name                     string
		noIDs, tickets           bool
		hello                    *wire.ClientHello
		id, getsTicket, isStored bool
	}{
		{"ids", false, false, clientHello(), true, false, true},
		{"tickets, and the client asks", false, true, clientHello(ticket), false, true, false},
		{"tickets, and the client does not", false, true, clientHello(), true, false, true},
		{"tickets only, and the client does not", true, true, clientHello(), true, false, false},
		{"nothing", true, false, clientHello(ticket), true, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			settings := everything()
			settings.NoSessionIDs = c.noIDs
			if c.tickets {
				settings.Sealer, settings.TicketLifetime = sealer{}, 7200
			}
			l := climb(t, settings, rsaKey(), c.hello)
			o := l.complete()
			if got := len(l.serverHello.SessionID) == 32; got != c.id || !bytes.Equal(o.Session.ID, l.serverHello.SessionID) {
				t.Errorf("session id %x, in use %x", l.serverHello.SessionID, o.Session.ID)
			}
			if got := l.ticket != nil; got != c.getsTicket {
				t.Errorf("ticket %x", l.ticket)
			}
			if c.getsTicket && !slices.Contains(o.Session.Tickets, sha256.Sum256(l.ticket)) {
				t.Error("the ticket does not name the session in use")
			}
			if got := o.Stored != nil; got != c.isStored {
				t.Errorf("for the store: %v", got)
			}
			_, announced := l.serverHello.Extension(wire.ExtensionSessionTicket)
			if announced != c.getsTicket {
				t.Errorf("a ticket is announced: %v", announced)
			}
		})
	}
}

func TestATicketHoldsTheSessionThatItResumes(t *testing.T) {
	settings := everything()
	settings.Sealer = sealer{}
	for _, changes := range [][]change{nil, {ems, with(wire.ServerNameExtension("a.test"))}} {
		first := climb(t, settings, rsaKey(), clientHello(append(changes, with(wire.SessionTicketExtension(nil)))...))
		o := first.complete()
		session := must(ParseSession(first.ticket[len("sealed "):]))
		random := bytes.Repeat([]byte{9}, 32)
		next := resuming(t, settings, session, clientHello(append(changes, offering(random), with(wire.SessionTicketExtension(first.ticket)))...))
		again := next.complete()
		if !again.Resumed || !bytes.Equal(again.Master.Bytes(), o.Master.Bytes()) {
			t.Error("the ticket does not resume its session")
		}
		// RFC 5077, section 3.4: the id offered with it is echoed.
		if !bytes.Equal(next.serverHello.SessionID, random) {
			t.Error("the session id is not echoed")
		}
		if !slices.Contains(again.Session.Tickets, sha256.Sum256(first.ticket)) {
			t.Error("after a resumption its ticket does not name the session in use")
		}
	}
}

func TestResumedSessionKeepsItsSuite(t *testing.T) {
	session := aSession()
	session.ServerName = ""
	l := resuming(t, everything(), session, clientHello(offering(session.ID), ems, suites(wire.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, session.Suite.ID)))
	if o := l.complete(); o.Suite != suite.ByID(session.Suite.ID) || !o.Resumed || o.Group != 0 {
		t.Errorf("%s, resumed %v", o.Suite, o.Resumed)
	}
}

func TestKeyLogTellsEveryMasterSecretOnce(t *testing.T) {
	settings := everything()
	var lines []string
	settings.KeyLog = func(line string) { lines = append(lines, line) }
	o := climb(t, settings, rsaKey(), clientHello()).complete()
	session := *o.Stored
	resuming(t, settings, &session, clientHello(offering(session.ID))).complete()
	if len(lines) != 2 || lines[0] != keyLogLine(o) || lines[0][len(lines[0])-98:] != lines[1][len(lines[1])-98:] {
		t.Errorf("%q", lines)
	}
}

func TestOutcomeSaysItsTerms(t *testing.T) {
	o := climb(t, everything(), rsaKey(), clientHello()).complete()
	if o.Terms != renego.TermsInitial {
		t.Errorf("%s", o.Terms)
	}
}
