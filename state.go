package parley

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A State is what is true of a Conn, crypto/tls's fields and those that it does
// not have. The zero State is that of a Conn whose handshake is not complete.
type State struct {
	Epoch     int   // counts handshakes that were completed on the TCP connection, from 0
	Handshake int   // counts those that were begun
	Kind      Kind  // of the hello that led to this epoch; zero: a first hello
	Terms     Terms // that its handshake ran under

	Version              uint16
	CipherSuite          uint16
	Curve                tls.CurveID // zero: the handshake had no key exchange on a curve
	ServerName           string
	ALPN                 string
	Resumed              bool // the handshake was abbreviated
	ExtendedMasterSecret bool // TLS 1.3 has its like always
	SecureRenegotiation  bool // the client signalled RFC 5746
	LenientPremaster     bool // the client needed Config.LenientPremaster

	// PeerCertificates are the client's, leaf first. Possession of the leaf's key is
	// proved; VerifiedChains are there if ClientAuth asks for verification.
	PeerCertificates []*x509.Certificate
	VerifiedChains   [][]*x509.Certificate
	// TLSUnique is RFC 5929's channel binding, nil where it would not be unique.
	TLSUnique []byte

	FromClient, ToClient int64 // application bytes of this Conn
}

// String says the versions and names that a log line has.
func (s State) String() string {
	text := fmt.Sprintf("%s %s", wire.Version(s.Version), wire.SuiteID(s.CipherSuite))
	if s.Kind != 0 {
		text += fmt.Sprintf(" (epoch %d, %s)", s.Epoch, s.Kind)
	}
	return text
}

// connectionState puts s into crypto/tls's shape.
func (s State) connectionState() tls.ConnectionState {
	return tls.ConnectionState{
		Version:            s.Version,
		HandshakeComplete:  s.Version != 0,
		DidResume:          s.Resumed,
		CipherSuite:        s.CipherSuite,
		CurveID:            s.Curve,
		NegotiatedProtocol: s.ALPN,
		ServerName:         s.ServerName,
		PeerCertificates:   s.PeerCertificates,
		VerifiedChains:     s.VerifiedChains,
		TLSUnique:          s.TLSUnique,
	}
}

// outcomeState makes a State of what a handshake arrived at.
func outcomeState(o *handshake.Outcome, p *peer) State {
	s := State{
		Terms:                o.Terms,
		Version:              uint16(o.Version),
		CipherSuite:          uint16(o.Suite.ID),
		Curve:                tls.CurveID(o.Group),
		ServerName:           o.ServerName,
		ALPN:                 o.ALPN,
		Resumed:              o.Resumed,
		ExtendedMasterSecret: o.ExtendedMasterSecret,
		SecureRenegotiation:  o.SecureRenegotiation,
		LenientPremaster:     o.LenientPremaster,
	}
	if p != nil {
		s.PeerCertificates, s.VerifiedChains = p.certificates, p.chains
	}
	return s
}

// modernState makes a State of crypto/tls's.
func modernState(cs tls.ConnectionState) State {
	return State{
		Version:              cs.Version,
		CipherSuite:          cs.CipherSuite,
		Curve:                cs.CurveID,
		ServerName:           cs.ServerName,
		ALPN:                 cs.NegotiatedProtocol,
		Resumed:              cs.DidResume,
		ExtendedMasterSecret: true,
		PeerCertificates:     cs.PeerCertificates,
		VerifiedChains:       cs.VerifiedChains,
	}
}

// CipherSuiteByName finds a cipher suite that Parley serves by its IANA or
// OpenSSL name.
func CipherSuiteByName(name string) (uint16, error) {
	id, err := suite.Parse(name)
	if err != nil {
		return 0, fmt.Errorf("parley: %w", err)
	}
	return uint16(id), nil
}
