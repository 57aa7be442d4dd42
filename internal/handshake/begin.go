package handshake

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rsa"
	"slices"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// begin goes on to a full handshake, if the terms have one.
func (s *Server) begin(n *negotiation) (state, error) {
	if !s.context.Terms.Rule().MayBeFull {
		return nil, fault(wire.AlertHandshakeFailure, "", "under the terms %s only the session in use may be resumed", s.context.Terms)
	}
	if err := s.settleCandidates(n); err != nil {
		return nil, err
	}
	ask := awaitCertificate{n: n}
	if s.context.Certificate != nil {
		return ask.reply(s, *s.context.Certificate)
	}
	return ask, nil
}

// settleCandidates finds the suites that version, groups and both sides allow.
func (s *Server) settleCandidates(n *negotiation) error {
	group, err := s.sharedGroup(n.hello)
	if err != nil {
		return err
	}
	n.group = group
	signed, err := n.signs()
	if err != nil {
		return err
	}
	ungrouped, unsigned := false, false
	for _, id := range s.settings.Suites {
		c := suite.ByID(id)
		switch {
		case c == nil || !n.hello.Offers(id) || n.version < c.MinVersion:
		case c.KeyExchange == suite.KeyExchangeECDHE && group == 0:
			ungrouped = true
		case c.KeyExchange == suite.KeyExchangeECDHE && !slices.Contains(signed, c.Authentication):
			unsigned = true
		default:
			n.candidates = append(n.candidates, c)
		}
	}
	switch {
	case len(n.candidates) > 0:
		return nil
	case ungrouped:
		return fault(wire.AlertHandshakeFailure, "curve-none-shared", "the client shares ECDHE suites with us and no curve")
	case unsigned:
		return noScheme()
	default:
		return noSuite(n)
	}
}

func noSuite(n *negotiation) error {
	return fault(wire.AlertHandshakeFailure, "suite-none-shared", "the client offers %d cipher suites and none that serves %s here", len(n.hello.CipherSuites), n.version)
}

// sharedGroup picks our first group that the client names; zero: none.
func (s *Server) sharedGroup(hello *wire.ClientHello) (wire.Group, error) {
	groups, err := hello.Groups()
	if err != nil {
		return 0, fault(wire.AlertDecodeError, "hello-malformed", "%v", err)
	}
	formats, err := hello.PointFormats()
	if err != nil {
		return 0, fault(wire.AlertDecodeError, "hello-malformed", "%v", err)
	}
	if formats != nil && !slices.Contains(formats, 0) {
		return 0, nil // RFC 8422, section 5.1.2: we speak uncompressed only
	}
	if _, named := hello.Extension(wire.ExtensionSupportedGroups); !named {
		// RFC 8422, section 4 leaves the choice to us. A client that names nothing is
		// old, and P-256 is what old clients have.
		groups = []wire.Group{wire.GroupSecp256r1}
	}
	for _, ours := range s.settings.Groups {
		if slices.Contains(groups, ours) && curveOf(ours) != nil {
			return ours, nil
		}
	}
	return 0, nil
}

// curveOf gives the arithmetic of a group; nil: not ours.
func curveOf(g wire.Group) ecdh.Curve {
	switch g {
	case wire.GroupSecp256r1:
		return ecdh.P256()
	case wire.GroupSecp384r1:
		return ecdh.P384()
	case wire.GroupSecp521r1:
		return ecdh.P521()
	case wire.GroupX25519:
		return ecdh.X25519()
	}
	return nil
}

// awaitCertificate waits for the certificate to show.
type awaitCertificate struct {
	noMessages
	n *negotiation
}

func (awaitCertificate) String() string { return "the certificate to show" }

func (a awaitCertificate) question() Question {
	uses := func(auth suite.Authentication) bool {
		return slices.ContainsFunc(a.n.candidates, func(c *suite.Suite) bool { return c.Authentication == auth })
	}
	return CertificateQuestion{
		Hello: a.n.hello, Version: a.n.version, ServerName: a.n.serverName,
		RSA: uses(suite.AuthRSA), ECDSA: uses(suite.AuthECDSA),
	}
}

func (a awaitCertificate) reply(s *Server, r Reply) (state, error) {
	answer, ok := r.(CertificateReply)
	if !ok {
		return nil, wrongReply(a, r)
	}
	if answer.Err != nil {
		return nil, answer.Err
	}
	a.n.certificate = &answer
	if err := a.n.settleSuite(); err != nil {
		return nil, err
	}
	return s.firstFlight(a.n)
}

// settleSuite takes the first candidate that the certificate's key can serve.
func (n *negotiation) settleSuite() error {
	auth, ok := authenticates(n.certificate.Public)
	if !ok {
		return fault(wire.AlertInternalError, "", "the certificate's key is neither RSA nor ECDSA: %T", n.certificate.Public)
	}
	unsigned := false
	for _, c := range n.candidates {
		if c.Authentication != auth {
			continue
		}
		if c.KeyExchange == suite.KeyExchangeECDHE {
			scheme, err := n.signatureScheme()
			if err != nil {
				return err
			}
			if unsigned = scheme == 0 && n.version == wire.VersionTLS12; unsigned {
				continue
			}
			n.scheme = scheme
		} else {
			n.group = 0
		}
		n.suite = c
		return nil
	}
	if unsigned {
		return noScheme()
	}
	return noSuite(n)
}

func noScheme() error {
	return fault(wire.AlertHandshakeFailure, "signature-none-shared", "the client takes none of the signature schemes that our certificate's key could use")
}

func authenticates(public crypto.PublicKey) (suite.Authentication, bool) {
	switch public.(type) {
	case *rsa.PublicKey:
		return suite.AuthRSA, true
	case *ecdsa.PublicKey:
		return suite.AuthECDSA, true
	}
	return 0, false
}

// Certificate is what the handshake showed, for the stream's later handshakes;
// nil: none yet.
func (s *Server) Certificate() *CertificateReply {
	if s.shown == nil {
		return s.context.Certificate
	}
	return s.shown
}

// Settings gives what the handshake runs under; nil: not yet known.
func (s *Server) Settings() *Settings { return s.settings }
