package legacyclient

import (
	"crypto/ecdh"
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

var curves = map[wire.Group]ecdh.Curve{
	wire.GroupSecp256r1: ecdh.P256(),
	wire.GroupSecp384r1: ecdh.P384(),
	wire.GroupSecp521r1: ecdh.P521(),
	wire.GroupX25519:    ecdh.X25519(),
}

// takeKeyExchange takes the server's half of an ECDHE key exchange and checks
// its signature over both randoms and the half (RFC 8422, section 5.4).
func (c *Client) takeKeyExchange(m wire.Message) error {
	h := c.handshake
	if h.leaf == nil || h.suite.KeyExchange != suite.KeyExchangeECDHE {
		return c.unexpected("ServerKeyExchange")
	}
	x, err := wire.ParseServerKeyExchange(m, h.version)
	if err != nil {
		return c.fail(wire.AlertDecodeError, err.Error())
	}
	curve, known := curves[x.Group]
	switch groups, _ := h.hello.Groups(); {
	case !known && slices.Contains(groups, x.Group):
		return c.unspoken(fmt.Sprintf("the group %v", x.Group))
	case !known:
		return c.fail(wire.AlertIllegalParameter, fmt.Sprintf("the server chose the group %v", x.Group))
	}
	if h.theirs, err = curve.NewPublicKey(x.PublicKey); err != nil {
		return c.fail(wire.AlertIllegalParameter, err.Error())
	}
	h.group = x.Group
	signed := append(append(append([]byte(nil), h.hello.Random[:]...), h.server.Random[:]...), x.Params...)
	if err := verifyServer(h.version, h.leaf.PublicKey, x.Scheme, signed, x.Signature); err != nil {
		return c.fail(wire.AlertDecryptError, "ServerKeyExchange: "+err.Error())
	}
	return nil
}

// SendKeyExchange sends ClientKeyExchange, and makes the next keys.
func (c *Client) SendKeyExchange() error {
	h := c.handshake
	if h == nil || h.server == nil {
		return errNoHandshake
	}
	exchange := c.exchangeRSA
	if h.suite.KeyExchange == suite.KeyExchangeECDHE {
		exchange = c.exchangeECDHE
	}
	premaster, m, err := exchange()
	if err != nil {
		return err
	}
	if err := c.SendMessage(m); err != nil {
		return err
	}
	if h.ems {
		// RFC 7627, section 4: the hash ends with ClientKeyExchange.
		h.master = keys.ExtendedMasterSecret(h.version, h.suite, premaster, h.transcript.SessionHash())
	} else {
		h.master = keys.MasterSecret(h.version, h.suite, premaster, &h.hello.Random, &h.server.Random)
	}
	return c.deriveKeys()
}

func (c *Client) exchangeRSA() (premaster []byte, m wire.Message, err error) {
	h := c.handshake
	public, ok := h.leaf.PublicKey.(*rsa.PublicKey)
	if !ok {
		return nil, nil, c.fail(wire.AlertUnsupportedCertificate, "the certificate has no RSA key")
	}
	premaster = make([]byte, 48)
	_, _ = rand.Read(premaster) // never fails
	// RFC 5246, section 7.4.7.1: the version offered, not the one negotiated.
	premaster[0], premaster[1] = byte(h.hello.Version>>8), byte(h.hello.Version)
	if c.o.Premaster != nil {
		c.o.Premaster(premaster)
	}
	//lint:ignore SA1019 TLS before 1.3 encrypts the premaster secret so; nothing else is defined.
	encrypted, err := rsa.EncryptPKCS1v15(rand.Reader, public, premaster)
	if err != nil {
		return nil, nil, fmt.Errorf("the premaster secret cannot be encrypted: %w", err)
	}
	return premaster, wire.MarshalRSAClientKeyExchange(encrypted, h.version), nil
}

func (c *Client) exchangeECDHE() (premaster []byte, m wire.Message, err error) {
	h := c.handshake
	if h.theirs == nil {
		return nil, nil, errors.New("there was no ServerKeyExchange")
	}
	ours, err := h.theirs.Curve().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	if premaster, err = ours.ECDH(h.theirs); err != nil {
		return nil, nil, c.fail(wire.AlertIllegalParameter, err.Error())
	}
	return premaster, wire.MarshalECDHEClientKeyExchange(ours.PublicKey().Bytes()), nil
}

// deriveKeys makes the next keys of both directions, which ChangeCipherSpec
// brings into use.
func (c *Client) deriveKeys() (err error) {
	h := c.handshake
	if c.o.KeyLog != nil {
		c.o.KeyLog(fmt.Sprintf("CLIENT_RANDOM %x %x\n", h.hello.Random, h.master.Bytes()))
	}
	b := keys.KeyBlock(h.version, h.suite, h.master, &h.hello.Random, &h.server.Random)
	if h.sealer, err = newSealer(h.version, h.suite, b.ClientMAC, b.ClientKey, b.ClientIV); err != nil {
		return err
	}
	h.opener, err = record.NewOpener(h.version, h.suite, b.ServerMAC, b.ServerKey, b.ServerIV)
	return err
}

// Speaks reports whether the client can do a group.
func Speaks(g wire.Group) bool { return curves[g] != nil }
