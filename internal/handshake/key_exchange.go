package handshake

import (
	"crypto/ecdh"
	"crypto/subtle"
	"crypto/x509"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// premasterLen is the length of an RSA premaster secret (RFC 5246, section 7.4.7.1).
const premasterLen = 48

// expectClientKeyExchange waits for the client's half of the secret.
type expectClientKeyExchange struct {
	n     *negotiation
	share *ecdh.PrivateKey // nil: RSA
	chain [][]byte         // the client's certificates, not yet proved
	leaf  *x509.Certificate
}

func (expectClientKeyExchange) String() string { return "ClientKeyExchange" }

func (expectClientKeyExchange) accepts() []wire.MessageType {
	return []wire.MessageType{wire.MessageClientKeyExchange}
}

func (x expectClientKeyExchange) take(s *Server, m wire.Message) (state, error) {
	if x.share == nil {
		return x.takeRSA(s, m)
	}
	point, err := wire.ParseECDHEClientKeyExchange(m)
	if err != nil {
		return nil, err
	}
	public, err := x.share.Curve().NewPublicKey(point)
	if err != nil {
		return nil, fault(wire.AlertIllegalParameter, "", "the client's point is not on %s", x.n.group)
	}
	premaster, err := x.share.ECDH(public)
	if err != nil {
		// RFC 8422, section 5.11: an all-zero X25519 secret.
		return nil, fault(wire.AlertIllegalParameter, "", "the client's share gives no secret on %s", x.n.group)
	}
	s.transcript.Write(m)
	return x.establish(s, premaster)
}

// takeRSA asks for the decryption. The random premaster is drawn first, so that
// it costs the same whether it will be used or not.
func (x expectClientKeyExchange) takeRSA(s *Server, m wire.Message) (state, error) {
	encrypted, err := wire.ParseRSAClientKeyExchange(m, x.n.version)
	if err != nil {
		return nil, err
	}
	next := awaitPremaster{x: x, encrypted: append([]byte{}, encrypted...), instead: make([]byte, premasterLen)}
	if err := s.random(next.instead); err != nil {
		return nil, err
	}
	s.transcript.Write(m)
	return next, nil
}

// awaitPremaster waits for the decryption of the premaster secret.
type awaitPremaster struct {
	noMessages
	x         expectClientKeyExchange
	encrypted []byte
	instead   []byte
}

func (awaitPremaster) String() string { return "the decryption of the premaster secret" }

func (a awaitPremaster) question() Question { return PrivateKeyQuestion{Decrypt: a.encrypted} }

func (a awaitPremaster) reply(s *Server, r Reply) (state, error) {
	answer, ok := r.(PrivateKeyReply)
	if !ok {
		return nil, wrongReply(a, r)
	}
	offered, also := a.x.n.hello.Version, a.x.n.hello.Version
	if s.settings.LenientPremaster {
		also = a.x.n.version
	}
	secret, other := premaster(answer, offered, also, a.instead)
	next, err := a.x.establish(s, secret)
	if err == nil {
		s.outcome.LenientPremaster = other == 1
	}
	return next, err
}

// premaster gives the secret that the client sent, or the random one instead
// where anything is wrong with it: padding, length, version, or the decrypter
// itself. All take one path and show only in a Finished that does not verify
// (RFC 5246, section 7.4.7.1). The version inside is the one that the client
// offered, not the one negotiated; where another one is accepted, the same work is
// done, and other is 1 if it was that one.
func premaster(answer PrivateKeyReply, offered, also wire.Version, instead []byte) (secret []byte, other int) {
	secret = make([]byte, premasterLen)
	right := subtle.ConstantTimeEq(int32(len(answer.Result)), premasterLen)
	copy(secret, answer.Result)
	if answer.Err != nil {
		right = 0
	}
	asOffered := versionInside(secret, offered)
	right &= asOffered | versionInside(secret, also)
	subtle.ConstantTimeCopy(1-right, secret, instead)
	return secret, right &^ asOffered
}

// versionInside is 1 if a premaster secret begins with a version, else 0.
func versionInside(secret []byte, v wire.Version) int {
	return subtle.ConstantTimeByteEq(secret[0], byte(v>>8)) & subtle.ConstantTimeByteEq(secret[1], byte(v))
}

// establish makes the master secret. The keys made from it stay unused until each
// side's ChangeCipherSpec.
func (x expectClientKeyExchange) establish(s *Server, premaster []byte) (state, error) {
	n := x.n
	var master keys.Secret
	if n.ems {
		master = keys.ExtendedMasterSecret(n.version, n.suite, premaster, s.transcript.SessionHash())
	} else {
		master = keys.MasterSecret(n.version, n.suite, premaster, &n.hello.Random, &n.random)
	}
	clear(premaster)
	s.outcome = s.newOutcome(n, master)
	s.outcome.ClientChain = x.chain
	s.outcome.Session = renego.SessionInUse{ID: n.sessionID, Suite: n.suite.ID, ExtendedMasterSecret: n.ems}
	s.ticket = n.ticket
	s.logKeys()
	if x.leaf != nil {
		return expectCertificateVerify{leaf: x.leaf}, nil
	}
	s.transcript.DropVerify()
	return expectChangeCipherSpec{next: expectFinished{}}, nil
}
