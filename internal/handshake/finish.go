package handshake

import (
	"crypto/subtle"
	"fmt"

	"github.com/parley-tls/parley/internal/wire"
)

// expectChangeCipherSpec waits for the client to use its new keys. It is not a
// message; Server.ChangeCipherSpec takes it.
type expectChangeCipherSpec struct {
	noMessages
	next expectFinished
}

func (expectChangeCipherSpec) String() string { return wire.TypeChangeCipherSpec.String() }

// expectFinished waits for the client's proof that it knows the master secret
// and saw the same handshake.
type expectFinished struct{}

func (expectFinished) String() string { return "Finished" }

func (expectFinished) accepts() []wire.MessageType {
	return []wire.MessageType{wire.MessageFinished}
}

func (expectFinished) take(s *Server, m wire.Message) (state, error) {
	finished, err := wire.ParseFinished(m)
	if err != nil {
		return nil, err
	}
	want := s.transcript.ClientVerifyData(s.outcome.Master)
	if subtle.ConstantTimeCompare(finished.VerifyData, want) != 1 {
		// RFC 5246, section 7.4.9
		return nil, fault(wire.AlertDecryptError, "", "the client's Finished does not verify")
	}
	s.outcome.ClientVerifyData = want
	s.transcript.Write(m)
	return awaitVerify{outcome: s.outcome}, nil
}

// awaitVerify waits for the word that this client may go on. All that it could
// prove is proved.
type awaitVerify struct {
	noMessages
	outcome *Outcome
}

func (awaitVerify) String() string { return "the word that the client may go on" }

func (a awaitVerify) question() Question {
	return VerifyQuestion{Chain: a.outcome.ClientChain, Outcome: a.outcome}
}

func (a awaitVerify) reply(s *Server, r Reply) (state, error) {
	answer, ok := r.(VerifyReply)
	if !ok {
		return nil, wrongReply(a, r)
	}
	if answer.Err != nil {
		return nil, answer.Err
	}
	if a.outcome.Resumed {
		return done{}, nil // our Finished went first
	}
	return s.lastFlight()
}

// maxTicket is what NewSessionTicket has room for. A client certificate's chain may
// be longer.
const maxTicket = 1<<16 - 1

// lastFlight ends a full handshake: the ticket, if one is due, and our Finished.
func (s *Server) lastFlight() (state, error) {
	o := s.outcome
	session := &Session{
		ID: o.Session.ID, Version: o.Version, Suite: o.Suite, Master: o.Master,
		ExtendedMasterSecret: o.ExtendedMasterSecret, ServerName: o.ServerName,
		ALPN: o.ALPN, ClientChain: o.ClientChain,
	}
	switch {
	case s.ticket:
		ticket := s.settings.Sealer.Seal(session.Marshal())
		if len(ticket) > maxTicket {
			ticket = nil // RFC 5077, section 3.3: there is none after all
		}
		o.Session.Tickets = [][32]byte{ticketHash(ticket)}
		s.send((&wire.NewSessionTicket{LifetimeHint: s.settings.TicketLifetime, Ticket: ticket}).Marshal())
	case !s.settings.NoSessionIDs:
		o.Stored = session
	}
	o.ServerVerifyData = s.transcript.ServerVerifyData(o.Master)
	s.sendChangeCipherSpec()
	s.send((&wire.Finished{VerifyData: o.ServerVerifyData}).Marshal())
	return done{}, nil
}

// keyLogLine is a line of the key log format that Wireshark and others read.
func keyLogLine(o *Outcome) string {
	return fmt.Sprintf("CLIENT_RANDOM %x %x\n", o.ClientRandom, o.Master.Bytes())
}

func wrongReply(a asking, r Reply) error {
	return fmt.Errorf("handshake: %T is no answer to what it awaits: %s", r, a)
}
