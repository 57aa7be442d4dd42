package handshake

import (
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// expectClientHello waits for the message that begins a handshake, which
// Server.Hello takes.
type expectClientHello struct{ noMessages }

func (expectClientHello) String() string { return "ClientHello" }

// hello judges what must hold under any settings.
func (s *Server) hello(hello *wire.ClientHello) (state, error) {
	if t, twice := hello.DuplicateExtension(); twice {
		// RFC 5246, section 7.4.1.4
		return nil, fault(wire.AlertDecodeError, "hello-malformed", "the ClientHello has the extension %s twice", t)
	}
	if !slices.Contains(hello.CompressionMethods, 0) {
		// RFC 5246, section 7.4.1.2: the null method must be there.
		return nil, fault(wire.AlertIllegalParameter, "hello-malformed", "the ClientHello does not offer the null compression method")
	}
	if err := s.checkRenegotiationInfo(hello); err != nil {
		return nil, err
	}
	s.transcript.Write(hello.Raw)
	if s.settings == nil {
		return awaitConfig{hello: hello}, nil
	}
	return s.negotiate(hello)
}

// checkRenegotiationInfo holds a hello that begins a stream to RFC 5746, section
// 3.6. Under other terms renego.Classify has judged it.
func (s *Server) checkRenegotiationInfo(hello *wire.ClientHello) error {
	if s.context.Terms.Rule().Stream == renego.StreamGoesOn {
		return nil
	}
	info, present, err := hello.RenegotiationInfo()
	if err != nil {
		return fault(wire.AlertDecodeError, "hello-malformed", "%v", err)
	}
	if present && len(info) > 0 {
		return fault(wire.AlertHandshakeFailure, "reneg-forged-hello", "renegotiation_info (%d bytes) is not empty in a first ClientHello", len(info))
	}
	return nil
}

// awaitConfig waits for the settings that serve this client.
type awaitConfig struct {
	noMessages
	hello *wire.ClientHello
}

func (awaitConfig) String() string { return "the settings for this client" }

func (a awaitConfig) question() Question { return ConfigQuestion{Hello: a.hello} }

func (a awaitConfig) reply(s *Server, r Reply) (state, error) {
	answer, ok := r.(ConfigReply)
	if !ok {
		return nil, wrongReply(a, r)
	}
	if answer.Err != nil {
		return nil, answer.Err
	}
	if answer.Settings == nil {
		return nil, fault(wire.AlertInternalError, "", "there are no settings for this client")
	}
	s.settings = answer.Settings
	return s.negotiate(a.hello)
}

// A negotiation is what the two hellos settle, as far as it is settled.
type negotiation struct {
	hello      *wire.ClientHello
	version    wire.Version
	serverName string
	alpn       string
	ems        bool
	candidates []*suite.Suite
	random     [32]byte

	suite       *suite.Suite
	group       wire.Group
	scheme      wire.SignatureScheme // of ServerKeyExchange in TLS 1.2
	sessionID   []byte
	ticket      bool // the client will get one
	certificate *CertificateReply
}

// negotiate settles what needs no answer, and goes on to the session.
func (s *Server) negotiate(hello *wire.ClientHello) (state, error) {
	n := &negotiation{hello: hello, ems: hello.ExtendedMasterSecret()}
	for _, settle := range []func(*negotiation) error{
		s.settleVersion, s.settleServerName, s.settleALPN, s.settleExtendedMasterSecret, s.settleRandom,
	} {
		if err := settle(n); err != nil {
			return nil, err
		}
	}
	return s.resumeOrBegin(n)
}

func (s *Server) goesOn() bool { return s.context.Terms.Rule().Stream == renego.StreamGoesOn }

func (s *Server) settleVersion(n *negotiation) error {
	if s.goesOn() {
		// RFC 5746 leaves it open; we never change a connection's version.
		n.version, s.version = s.context.InUse.Version, s.context.InUse.Version
		if !n.hello.OffersVersion(n.version) {
			return fault(wire.AlertProtocolVersion, "reneg-version-changed", "the second ClientHello does not offer the connection's %s", n.version)
		}
		return nil
	}
	for v := s.settings.MaxVersion; v >= s.settings.MinVersion; v-- {
		if n.hello.OffersVersion(v) {
			n.version, s.version = v, v
			return s.checkFallback(n)
		}
	}
	return s.noVersion()
}

// noVersion speaks of all that is served here, by this engine or another.
func (s *Server) noVersion() error {
	lowest, highest := s.settings.MinVersion, max(s.settings.HighestServed, s.settings.MaxVersion)
	if lowest == highest {
		return fault(wire.AlertProtocolVersion, "version-none-shared", "the client does not offer %s, the only version served here", lowest)
	}
	return fault(wire.AlertProtocolVersion, "version-none-shared", "the client offers no version from %s to %s, which are served here", lowest, highest)
}

// checkFallback is RFC 7507, section 3.
func (s *Server) checkFallback(n *negotiation) error {
	if n.hello.Offers(wire.SuiteFallbackSCSV) && !n.hello.OffersVersion(s.settings.HighestServed) && n.version < s.settings.HighestServed {
		return fault(wire.AlertInappropriateFallback, "fallback-scsv-refused", "the client fell back to %s though %s is served here", n.version, s.settings.HighestServed)
	}
	return nil
}

// maxServerName is more than DNS has room for (RFC 1035, section 2.3.4). The
// extension has room for 64 KiB, which every session would keep.
const maxServerName = 255

func (s *Server) settleServerName(n *negotiation) error {
	name, err := n.hello.ServerName()
	switch {
	case err != nil:
		return fault(wire.AlertDecodeError, "hello-malformed", "%v", err)
	case len(name) > maxServerName || strings.Contains(name, "\x00"):
		return fault(wire.AlertUnrecognizedName, "hello-malformed", "server_name (%d bytes) is the name of no host", len(name))
	}
	if s.goesOn() {
		of := s.context.InUse.ServerName
		if name != "" && name != of {
			return fault(wire.AlertHandshakeFailure, "reneg-identity-changed", "the second ClientHello asks for another server name")
		}
		name = of
	}
	n.serverName = name
	return nil
}

// settleALPN is RFC 7301, section 3.2, once for a stream.
func (s *Server) settleALPN(n *negotiation) error {
	if s.goesOn() {
		n.alpn = s.context.InUse.ALPN
		return nil
	}
	offered, err := n.hello.ALPN()
	if err != nil {
		return fault(wire.AlertDecodeError, "hello-malformed", "%v", err)
	}
	if len(offered) == 0 || len(s.settings.ALPN) == 0 {
		return nil
	}
	for _, ours := range s.settings.ALPN {
		if slices.Contains(offered, ours) {
			n.alpn = ours
			return nil
		}
	}
	return fault(wire.AlertNoApplicationProtocol, "", "none of %q is among what the client offers by ALPN: %q", s.settings.ALPN, offered)
}

func (s *Server) settleExtendedMasterSecret(n *negotiation) error {
	if s.goesOn() && s.context.InUse.ExtendedMasterSecret && !n.ems {
		// It may come in a renegotiation and not go: what it binds must stay bound.
		return fault(wire.AlertHandshakeFailure, "", "the second ClientHello drops extended_master_secret")
	}
	return nil
}

// settleRandom draws ServerHello.random, with RFC 8446's downgrade marker
// (section 4.1.3) where a higher version is served here.
func (s *Server) settleRandom(n *negotiation) error {
	if err := s.random(n.random[:]); err != nil {
		return err
	}
	switch {
	case n.version == wire.VersionTLS12 && s.settings.HighestServed >= wire.VersionTLS13:
		copy(n.random[24:], "DOWNGRD\x01")
	case n.version <= wire.VersionTLS11 && s.settings.HighestServed >= wire.VersionTLS12:
		copy(n.random[24:], "DOWNGRD\x00")
	}
	return nil
}

// serverHello says what was settled; extra extensions are those that only a full
// handshake has.
func (s *Server) serverHello(n *negotiation, extra ...wire.Extension) wire.Message {
	out := wire.ServerHello{
		Version: n.version, Random: n.random, SessionID: n.sessionID, CipherSuite: n.suite.ID,
	}
	if reply, ok := s.renegotiationInfo(n.hello); ok {
		out.Extensions = append(out.Extensions, reply)
	}
	if n.ems {
		out.Extensions = append(out.Extensions, wire.Extension{Type: wire.ExtensionExtendedMasterSecret})
	}
	if n.alpn != "" && !s.goesOn() {
		out.Extensions = append(out.Extensions, wire.ALPNExtension([]string{n.alpn}))
	}
	out.Extensions = append(out.Extensions, extra...)
	out.HasExtensions = len(out.Extensions) > 0
	return out.Marshal()
}

// renegotiationInfo is our answer to a client that signals RFC 5746: what names
// this connection, or nothing where a stream begins (sections 3.6 and 3.7).
func (s *Server) renegotiationInfo(hello *wire.ClientHello) (wire.Extension, bool) {
	_, present, _ := hello.RenegotiationInfo()
	if !present && !hello.OffersSCSV() {
		return wire.Extension{}, false
	}
	if !s.context.Terms.Rule().FullReply {
		return wire.RenegotiationInfoExtension(nil), true
	}
	in := s.context.InUse
	return wire.RenegotiationInfoExtension(slices.Concat(in.ClientVerifyData, in.ServerVerifyData)), true
}
