package handshake

import (
	"bytes"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// Clauses of docs/compliance that no other test shows by itself.

// RFC 5746, section 3.6, and RFC 7627, section 5.3: an abbreviated first handshake
// answers both extensions as a full one does.
func TestAnAbbreviatedFirstHandshakeAnswersAsAFullOne(t *testing.T) {
	for name, signal := range map[string]change{"SCSV": scsv, "extension": with(wire.RenegotiationInfoExtension(nil)), "nothing": func(*wire.ClientHello) {}} {
		session := aSession()
		session.ServerName = ""
		l := resuming(t, everything(), session, clientHello(offering(session.ID), ems, signal))
		o := l.complete()
		info, present, err := l.serverHello.RenegotiationInfo()
		if signals := name != "nothing"; !o.Resumed || present != signals || len(info) > 0 || err != nil || o.SecureRenegotiation != signals {
			t.Errorf("%s: renegotiation_info %x, %v, %v; flag %v", name, info, present, err, o.SecureRenegotiation)
		}
		if !l.serverHello.ExtendedMasterSecret() {
			t.Errorf("%s: extended_master_secret is not answered", name)
		}
	}
}

// RFC 5746, section 3.7: each renegotiation is bound to the one before it.
func TestEachRenegotiationIsBoundToTheOneBefore(t *testing.T) {
	l := climb(t, everything(), rsaKey(), clientHello(scsv))
	o := l.complete()
	for range 3 {
		next := l.again(renego.TermsSecure, o, clientHello(binding(o)))
		out := next.complete()
		info, _, _ := next.serverHello.RenegotiationInfo()
		if want := slices.Concat(o.ClientVerifyData, o.ServerVerifyData); !bytes.Equal(info, want) {
			t.Errorf("answered with %x, want %x", info, want)
		}
		if bytes.Equal(out.ClientVerifyData, o.ClientVerifyData) || bytes.Equal(out.ServerVerifyData, o.ServerVerifyData) {
			t.Error("the old verify_data stayed")
		}
		o = out
	}
}

// RFC 5077, section 3.3: a ticket that was announced and cannot be made is sent
// empty.
func TestATicketThatCannotBeMadeIsSentEmpty(t *testing.T) {
	settings := everything()
	settings.Sealer = emptySealer{}
	l := climb(t, settings, rsaKey(), clientHello(with(wire.SessionTicketExtension(nil))))
	l.complete()
	sent := slices.ContainsFunc(l.received, func(m wire.Message) bool { return m.Type() == wire.MessageNewSessionTicket })
	if !sent || len(l.ticket) > 0 {
		t.Errorf("NewSessionTicket was sent: %v, with %x", sent, l.ticket)
	}
}

type emptySealer struct{}

func (emptySealer) Seal([]byte) []byte { return nil }

// RFC 5077, section 3.3 lets an abbreviated handshake renew the ticket. Ours does
// not, so that a session's lifetime runs from its full handshake.
func TestAnAbbreviatedHandshakeRenewsNoTicket(t *testing.T) {
	settings := everything()
	settings.Sealer = sealer{}
	first := climb(t, settings, rsaKey(), clientHello(with(wire.SessionTicketExtension(nil))))
	first.complete()
	session := must(ParseSession(first.ticket[len("sealed "):]))
	next := resuming(t, settings, session, clientHello(with(wire.SessionTicketExtension(first.ticket))))
	if o := next.complete(); !o.Resumed || next.ticket != nil || o.Stored != nil {
		t.Errorf("resumed %v, a ticket of %d bytes, for the store %v", o.Resumed, len(next.ticket), o.Stored)
	}
	if _, announced := next.serverHello.Extension(wire.ExtensionSessionTicket); announced {
		t.Error("a ticket is announced")
	}
}

// RFC 5246, section 7.4.1.3.
func TestEveryHandshakeHasARandomOfItsOwn(t *testing.T) {
	seen := map[[32]byte]bool{}
	session := aSession()
	session.ServerName = ""
	for range 4 {
		for _, l := range []*ladder{
			climb(t, everything(), rsaKey(), clientHello()),
			resuming(t, everything(), session, clientHello(offering(session.ID), ems)),
		} {
			l.complete()
			if seen[l.serverHello.Random] {
				t.Errorf("%x came twice", l.serverHello.Random)
			}
			seen[l.serverHello.Random] = true
		}
	}
}

// A ticket that holds a long chain of certificates may be longer than its message
// has room for.
func TestATicketThatDoesNotFitIsSentEmpty(t *testing.T) {
	settings := everything()
	settings.Sealer = longSealer{}
	l := climb(t, settings, rsaKey(), clientHello(with(wire.SessionTicketExtension(nil))))
	l.complete()
	if len(l.ticket) > 0 {
		t.Errorf("a ticket of %d bytes was sent", len(l.ticket))
	}
}

type longSealer struct{}

func (longSealer) Seal([]byte) []byte { return make([]byte, 1<<16+100) }
