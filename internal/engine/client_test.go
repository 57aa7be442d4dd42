package engine_test

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A profile is what client and server of a conversation are like.
type profile struct {
	version    wire.Version
	suite      wire.SuiteID
	ems        bool
	tickets    bool // the client asks for them and the server gives them
	noIDs      bool
	serverName string
	alpn       []string // offered; the server has the same
	settings   func(*handshake.Settings)
}

// The profiles that most tests need. Ephemeral ECDSA is the cheapest handshake.
var (
	tls12 = profile{version: wire.VersionTLS12, suite: wire.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	tls11 = profile{version: wire.VersionTLS11, suite: wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
	tls10 = profile{version: wire.VersionTLS10, suite: wire.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA}
)

func (p profile) withEMS() profile     { p.ems = true; return p }
func (p profile) withTickets() profile { p.tickets = true; return p }
func (p profile) named(name string) profile {
	p.serverName = name
	return p
}

// server makes the side that answers questions.
func (p profile) server(t testing.TB) *server {
	key := crypto.Signer(ecdsaKey())
	if s := suite.ByID(p.suite); s.Authentication == suite.AuthRSA {
		key = rsaKey()
	}
	s := newServer(t, key)
	s.settings.NoSessionIDs, s.settings.ALPN = p.noIDs, p.alpn
	if p.tickets {
		s.settings.Sealer = s
	}
	if p.settings != nil {
		p.settings(&s.settings)
	}
	return s
}

// A client is the client's side of a conversation.
type client struct {
	profile
	sealer *record.Sealer
	opener *record.Opener

	handshake                  *clientHandshake  // nil: none is under way
	answer                     *wire.ServerHello // the last one
	session                    clientSession     // in use
	clientVerify, serverVerify []byte            // of the last handshake
	random                     [32]byte          // likewise, the client's
	key                        clientKey
}

// A clientSession is what a client can offer.
type clientSession struct {
	id, ticket []byte
	master     keys.Secret
}

// A clientKey is a client's certificate and how it signs; zero: none.
type clientKey struct {
	key    crypto.Signer
	chain  [][]byte
	scheme wire.SignatureScheme
}

// A clientHandshake is what a client knows in the middle of one.
type clientHandshake struct {
	hello          *wire.ClientHello
	suite          *suite.Suite
	transcript     *keys.Transcript
	exchange       *wire.ServerKeyExchange
	request        *wire.CertificateRequest
	master         keys.Secret
	offered        keys.Secret // of the session that hello offers
	ticket         []byte
	client, server []byte // verify_data
}

// keysNow are those that the handshake leads to.
func (p *client) keysNow() keys.Block {
	h := p.handshake
	if h.master.IsZero() {
		h.master = h.offered
	}
	return keys.KeyBlock(p.answer.Version, h.suite, h.master, &h.hello.Random, &p.answer.Random)
}

// listen takes whole records from the server and notes what they say.
func (p *client) listen(c *conversation) {
	c.t.Helper()
	for {
		h, rec, ok, err := record.Next(c.unread)
		if err != nil {
			c.t.Fatalf("the server sent a record that is none: %v", err)
		}
		if !ok {
			return
		}
		c.unread = c.unread[len(rec):]
		content, err := p.opener.Open(bytes.Clone(rec))
		if err != nil {
			c.heard = append(c.heard, "a record that does not open")
			continue
		}
		p.hear(c, h.Type, content)
	}
}

func (p *client) hear(c *conversation, t wire.ContentType, content []byte) {
	c.t.Helper()
	switch t {
	case wire.TypeHandshake:
		p.take(c, wire.Message(content))
		c.heard = append(c.heard, wire.Message(content).Type().String())
	case wire.TypeChangeCipherSpec:
		c.heard = append(c.heard, t.String())
		block := p.keysNow()
		opener, err := record.NewOpener(p.answer.Version, p.handshake.suite, block.ServerMAC, block.ServerKey, block.ServerIV)
		if err != nil {
			c.t.Fatal(err)
		}
		p.opener = opener
	case wire.TypeAlert:
		level := map[byte]string{1: "warning ", 2: "fatal "}[content[0]]
		c.heard = append(c.heard, level+wire.Alert(content[1]).String())
	case wire.TypeApplicationData:
		if last := len(c.heard) - 1; last >= 0 && len(c.heard[last]) > 5 && c.heard[last][:5] == "data " {
			c.heard[last] += string(content)
		} else {
			c.heard = append(c.heard, "data "+string(content))
		}
	}
}

// take is what a client does with a message.
func (p *client) take(c *conversation, m wire.Message) {
	c.t.Helper()
	h := p.handshake
	switch {
	case h == nil || m.Type() == wire.MessageHelloRequest:
		return // HelloRequest is in no transcript
	case (h.suite == nil) != (m.Type() == wire.MessageServerHello):
		return // the answer to another hello than the client's last
	}
	var err error
	switch m.Type() {
	case wire.MessageServerHello:
		p.answer, err = wire.ParseServerHello(bytes.Clone(m))
		if err == nil {
			h.suite = suite.ByID(p.answer.CipherSuite)
			h.transcript.KeepForVerify()
			h.transcript.Choose(p.answer.Version, h.suite)
			if p.sealer.Overhead() == 0 {
				p.sealer = record.PlainSealer(p.answer.Version)
			}
		}
	case wire.MessageServerKeyExchange:
		h.exchange, err = wire.ParseServerKeyExchange(bytes.Clone(m), p.answer.Version)
	case wire.MessageCertificateRequest:
		h.request, err = wire.ParseCertificateRequest(bytes.Clone(m), p.answer.Version)
	case wire.MessageNewSessionTicket:
		var t *wire.NewSessionTicket
		if t, err = wire.ParseNewSessionTicket(bytes.Clone(m)); err == nil {
			h.ticket = t.Ticket
		}
	case wire.MessageFinished:
		h.server = h.transcript.ServerVerifyData(h.master)
		if !bytes.Equal(wire.Message(m).Body(), h.server) {
			c.t.Error("the server's Finished does not verify")
		}
	}
	if err != nil {
		c.t.Fatalf("the server sent a %s that is none: %v", m.Type(), err)
	}
	h.transcript.Write(m)
	p.doneIfBoth()
}

// doneIfBoth changes what is in use when both Finished are done.
func (p *client) doneIfBoth() {
	h := p.handshake
	if h == nil || h.client == nil || h.server == nil {
		return
	}
	resumed := !h.offered.IsZero() && bytes.Equal(h.master.Bytes(), h.offered.Bytes())
	if !resumed {
		p.session = clientSession{id: bytes.Clone(p.answer.SessionID), ticket: h.ticket, master: h.master}
	} else {
		p.session.master = h.master
		if len(p.answer.SessionID) > 0 && len(p.session.ticket) == 0 {
			p.session.id = bytes.Clone(p.answer.SessionID)
		}
	}
	p.clientVerify, p.serverVerify, p.random, p.handshake = h.client, h.server, h.hello.Random, nil
}

// keyExchange makes ClientKeyExchange and the master secret.
func (p *client) keyExchange(c *conversation) wire.Message {
	h := p.handshake
	m, premaster := p.share(c)
	h.transcript.Write(m)
	if p.answer.ExtendedMasterSecret() {
		h.master = keys.ExtendedMasterSecret(p.answer.Version, h.suite, premaster, h.transcript.SessionHash())
	} else {
		h.master = keys.MasterSecret(p.answer.Version, h.suite, premaster, &h.hello.Random, &p.answer.Random)
	}
	return m
}

func (p *client) share(c *conversation) (wire.Message, []byte) {
	h := p.handshake
	if h.suite.KeyExchange == suite.KeyExchangeRSA {
		premaster := make([]byte, 48)
		_, _ = rand.Read(premaster)
		premaster[0], premaster[1] = byte(h.hello.Version>>8), byte(h.hello.Version)
		//lint:ignore SA1019 what a client of RSA key exchange does
		encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, &rsaKey().PublicKey, premaster)
		if err != nil {
			c.t.Fatal(err)
		}
		return wire.MarshalRSAClientKeyExchange(encrypted, p.answer.Version), premaster
	}
	curve := map[wire.Group]ecdh.Curve{wire.GroupSecp256r1: ecdh.P256(), wire.GroupX25519: ecdh.X25519()}[h.exchange.Group]
	share, err := curve.GenerateKey(rand.Reader)
	if err != nil {
		c.t.Fatal(err)
	}
	public, err := curve.NewPublicKey(h.exchange.PublicKey)
	if err != nil {
		c.t.Fatal(err)
	}
	premaster, err := share.ECDH(public)
	if err != nil {
		c.t.Fatal(err)
	}
	return wire.MarshalECDHEClientKeyExchange(share.PublicKey().Bytes()), premaster
}

// proof makes CertificateVerify.
func (p *client) proof(c *conversation) wire.Message {
	hash := crypto.SHA256
	if p.answer.Version < wire.VersionTLS12 {
		hash = crypto.SHA1
	}
	v := wire.CertificateVerify{Scheme: wire.SchemeECDSAP256SHA256}
	signature, err := p.key.key.Sign(rand.Reader, p.handshake.transcript.Digest(hash), hash)
	if err != nil {
		c.t.Fatal(err)
	}
	v.Signature = signature
	return v.Marshal(p.answer.Version)
}

// newClientKey is a client's certificate with an ECDSA key.
func newClientKey(t testing.TB, key *ecdsa.PrivateKey) clientKey {
	return clientKey{key: key, chain: [][]byte{certificate(t, key)}, scheme: wire.SchemeECDSAP256SHA256}
}

// offers reports whether the profile's suites have one.
func (p profile) suites() []wire.SuiteID {
	return slices.Compact([]wire.SuiteID{p.suite, wire.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA})
}
