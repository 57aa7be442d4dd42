package handshake

import (
	"slices"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// resumeOrBegin goes on to an abbreviated handshake where the terms allow what
// the client offers, else to a full one where they allow that.
func (s *Server) resumeOrBegin(n *negotiation) (state, error) {
	rule := s.context.Terms.Rule()
	if rule.Sessions != renego.SessionsAny && s.context.ResumesInUse && !s.settings.AsksFirst(s.context.Terms, s.context.InUse) {
		return s.resumeInUse(n)
	}
	ticket, _ := n.hello.SessionTicket()
	asks := len(ticket) > 0 && s.settings.Sealer != nil ||
		len(ticket) == 0 && len(n.hello.SessionID) > 0 && !s.settings.NoSessionIDs
	if rule.Sessions != renego.SessionsInUse && asks {
		return awaitSession{n: n, ticket: ticket}, nil
	}
	return s.begin(n)
}

// awaitSession waits for the session that the client offers.
type awaitSession struct {
	noMessages
	n      *negotiation
	ticket []byte
}

func (awaitSession) String() string { return "the session offered" }

func (a awaitSession) question() Question {
	return SessionQuestion{ID: a.n.hello.SessionID, Ticket: a.ticket}
}

func (a awaitSession) reply(s *Server, r Reply) (state, error) {
	answer, ok := r.(SessionReply)
	if !ok {
		return nil, wrongReply(a, r)
	}
	session := answer.Session
	if session == nil || !s.fits(session, a.n) {
		return s.begin(a.n)
	}
	if session.ExtendedMasterSecret && !a.n.ems {
		// RFC 7627, section 5.3
		return nil, fault(wire.AlertHandshakeFailure, "", "the client resumes a session that has extended_master_secret without offering it")
	}
	inUse := renego.SessionInUse{Suite: session.Suite.ID, ExtendedMasterSecret: session.ExtendedMasterSecret}
	if len(a.ticket) > 0 {
		// The id beside a ticket is of the client's choice (RFC 5077, section 3.4): it
		// could choose another's.
		inUse.Tickets = [][32]byte{ticketHash(a.ticket)}
	} else {
		inUse.ID = a.n.hello.SessionID
	}
	return s.abbreviate(a.n, session, inUse)
}

// fits reports whether a session may be resumed in this handshake.
func (s *Server) fits(session *Session, n *negotiation) bool {
	return session.Version == n.version &&
		session.ServerName == n.serverName &&
		n.hello.Offers(session.Suite.ID) &&
		slices.Contains(s.settings.Suites, session.Suite.ID) &&
		// RFC 7627, section 5.3: an offer of it must not lead back to a session without.
		(session.ExtendedMasterSecret || !n.ems) &&
		(len(session.ClientChain) > 0 || !s.wantsCertificate()) &&
		s.alike(session)
}

// AsksFirst reports whether a renegotiation is to ask for a client certificate
// that the connection does not have yet. An abbreviated handshake could not, so a
// full one is had where the terms allow it.
func (s *Settings) AsksFirst(t renego.Terms, inUse *Outcome) bool {
	rule := t.Rule()
	return s.ClientAuth != ClientAuthNone && rule.Stream == renego.StreamGoesOn && rule.MayBeFull && len(inUse.ClientChain) == 0
}

// wantsCertificate reports whether a session without a client certificate must
// not be resumed.
func (s *Server) wantsCertificate() bool {
	return s.settings.ClientAuth == ClientAuthRequired || s.settings.AsksFirst(s.context.Terms, s.context.InUse)
}

// alike holds another session than the one in use, offered in a renegotiation,
// to what this connection is.
func (s *Server) alike(session *Session) bool {
	in := s.context.InUse
	if s.context.Terms.Rule().Sessions != renego.SessionsAlike {
		return true
	}
	return session.ExtendedMasterSecret == in.ExtendedMasterSecret &&
		slices.EqualFunc(session.ClientChain, in.ClientChain, slices.Equal)
}

// resumeInUse resumes the session of this very connection: the secret is that of
// the epoch in use and is looked up nowhere.
func (s *Server) resumeInUse(n *negotiation) (state, error) {
	in := s.context.InUse
	return s.abbreviate(n, &Session{
		Version: in.Version, Suite: in.Suite, Master: in.Master,
		ExtendedMasterSecret: in.ExtendedMasterSecret, ClientChain: in.ClientChain,
	}, in.Session)
}

// abbreviate sends our whole flight of an abbreviated handshake, Finished
// included (RFC 5246, section 7.3, figure 2). It proves us, and not yet the client.
func (s *Server) abbreviate(n *negotiation, session *Session, inUse renego.SessionInUse) (state, error) {
	n.suite = session.Suite
	n.sessionID = n.hello.SessionID
	n.ems = session.ExtendedMasterSecret
	s.transcript.Choose(n.version, n.suite)
	s.send(s.serverHello(n))
	s.outcome = s.newOutcome(n, session.Master)
	s.outcome.Resumed = true
	s.outcome.ClientChain = session.ClientChain
	s.outcome.Session = inUse
	s.logKeys()

	s.outcome.ServerVerifyData = s.transcript.ServerVerifyData(session.Master)
	s.sendChangeCipherSpec()
	s.send((&wire.Finished{VerifyData: s.outcome.ServerVerifyData}).Marshal())
	return expectChangeCipherSpec{next: expectFinished{}}, nil
}

// newOutcome gathers what the hellos settled.
func (s *Server) newOutcome(n *negotiation, master keys.Secret) *Outcome {
	_, present, _ := n.hello.RenegotiationInfo()
	out := &Outcome{
		Terms: s.context.Terms, Version: n.version, Suite: n.suite, Group: n.group,
		ServerName: n.serverName, ALPN: n.alpn, ExtendedMasterSecret: n.ems,
		SecureRenegotiation: present || n.hello.OffersSCSV(),
		Hello:               n.hello, Master: master,
		ClientRandom: n.hello.Random, ServerRandom: n.random,
	}
	if s.goesOn() {
		out.SecureRenegotiation = s.context.InUse.SecureRenegotiation
	}
	return out
}

// logKeys tells the secret to whoever asked for it.
func (s *Server) logKeys() {
	if s.settings.KeyLog != nil {
		s.settings.KeyLog(keyLogLine(s.outcome))
	}
}
