package handshake

import (
	"crypto/ecdh"
	"crypto/sha256"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// firstFlight sends ServerHello to ServerHelloDone (RFC 5246, section 7.3,
// figure 1), stopping for a signature where the suite is ephemeral.
func (s *Server) firstFlight(n *negotiation) (state, error) {
	s.shown = n.certificate
	if err := s.settleSession(n); err != nil {
		return nil, err
	}
	if s.settings.ClientAuth != ClientAuthNone {
		s.transcript.KeepForVerify()
	}
	s.transcript.Choose(n.version, n.suite)
	s.send(s.serverHello(n, n.fullExtensions()...))
	s.send((&wire.Certificate{Chain: n.certificate.Chain}).Marshal())
	if n.suite.KeyExchange == suite.KeyExchangeRSA {
		return s.endFirstFlight(n, nil)
	}
	return s.offerShare(n)
}

// settleSession decides what the client can resume by: a ticket, else a session
// id. With neither store nor ticket the id still names this connection's own
// session, which a reset hello must offer.
func (s *Server) settleSession(n *negotiation) error {
	_, asks := n.hello.SessionTicket()
	if n.ticket = asks && s.settings.Sealer != nil; n.ticket {
		return nil
	}
	n.sessionID = make([]byte, 32)
	return s.random(n.sessionID)
}

// fullExtensions are those of ServerHello that an abbreviated handshake lacks.
func (n *negotiation) fullExtensions() []wire.Extension {
	var out []wire.Extension
	if _, sent := n.hello.Extension(wire.ExtensionServerName); sent && n.serverName != "" {
		// RFC 6066, section 3: the name helped to choose settings and certificate.
		out = append(out, wire.Extension{Type: wire.ExtensionServerName})
	}
	if n.ticket {
		out = append(out, wire.SessionTicketExtension(nil)) // RFC 5077, section 3.2
	}
	if _, sent := n.hello.Extension(wire.ExtensionECPointFormats); sent && n.suite.KeyExchange == suite.KeyExchangeECDHE {
		out = append(out, wire.PointFormatsExtension([]uint8{0})) // RFC 8422, section 5.2
	}
	return out
}

// offerShare makes our ephemeral key and asks for a signature over it.
func (s *Server) offerShare(n *negotiation) (state, error) {
	share, err := s.newShare(n.group)
	if err != nil {
		return nil, err
	}
	point := share.PublicKey().Bytes()
	x := &wire.ServerKeyExchange{Group: n.group, PublicKey: point, Params: wire.AppendECDHParams(nil, n.group, point), Scheme: n.scheme}
	signed := slices.Concat(n.hello.Random[:], n.random[:], x.Params) // RFC 8422, section 5.4
	auth, _ := authenticates(n.certificate.Public)
	digest, opts := digestToSign(n.version, auth, n.scheme, signed)
	return awaitSignature{n: n, share: share, exchange: x, ask: PrivateKeyQuestion{Digest: digest, Opts: opts}}, nil
}

// newShare makes an ephemeral key of the connection's chance. For the NIST
// curves it draws again until the scalar is in range.
func (s *Server) newShare(g wire.Group) (*ecdh.PrivateKey, error) {
	curve := curveOf(g)
	size := map[wire.Group]int{wire.GroupSecp384r1: 48, wire.GroupSecp521r1: 66}[g]
	if size == 0 {
		size = 32
	}
	scalar := make([]byte, size)
	for range 128 {
		if err := s.random(scalar); err != nil {
			return nil, err
		}
		if g == wire.GroupSecp521r1 {
			scalar[0] &= 1 // the order has 521 bits of the 528
		}
		if share, err := curve.NewPrivateKey(scalar); err == nil {
			return share, nil
		}
	}
	return nil, fault(wire.AlertInternalError, "", "the random bytes make no key on %s", g)
}

// awaitSignature waits for the certificate's key to sign our share.
type awaitSignature struct {
	noMessages
	n        *negotiation
	share    *ecdh.PrivateKey
	exchange *wire.ServerKeyExchange
	ask      PrivateKeyQuestion
}

func (awaitSignature) String() string { return "the signature of ServerKeyExchange" }

func (a awaitSignature) question() Question { return a.ask }

func (a awaitSignature) reply(s *Server, r Reply) (state, error) {
	answer, ok := r.(PrivateKeyReply)
	if !ok {
		return nil, wrongReply(a, r)
	}
	if answer.Err != nil {
		return nil, fault(wire.AlertInternalError, "", "the private key did not sign: %v", answer.Err)
	}
	a.exchange.Signature = answer.Result
	s.send(a.exchange.Marshal(a.n.version))
	return s.endFirstFlight(a.n, a.share)
}

// endFirstFlight asks for a client certificate where settings do, and says that
// it is the client's turn.
func (s *Server) endFirstFlight(n *negotiation, share *ecdh.PrivateKey) (state, error) {
	asks := s.settings.ClientAuth != ClientAuthNone
	if asks {
		request := wire.CertificateRequest{
			Types:       []wire.CertificateType{wire.CertificateTypeRSASign, wire.CertificateTypeECDSASign},
			Schemes:     clientSchemes,
			Authorities: s.settings.authorities(),
		}
		s.send(request.Marshal(n.version))
	}
	s.send(wire.ServerHelloDone())
	if asks {
		return expectCertificate{n: n, share: share}, nil
	}
	return expectClientKeyExchange{n: n, share: share}, nil
}

// maxAuthorities is how many bytes of names CertificateRequest is given. It has room
// for little more, and clients take no message that is much longer.
const maxAuthorities = 60 << 10

// authorities lists the names for CertificateRequest: all, or none, after which the
// client may choose (RFC 5246, section 7.4.4). A part would be a wrong answer.
func (s *Settings) authorities() [][]byte {
	total := 0
	for _, name := range s.ClientCAs {
		total += 2 + len(name)
	}
	if total > maxAuthorities {
		return nil
	}
	return s.ClientCAs
}

// ticketHash names a ticket without keeping it.
func ticketHash(ticket []byte) [32]byte { return sha256.Sum256(ticket) }
