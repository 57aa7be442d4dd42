package legacyclient

import (
	"bytes"
	"crypto/x509"
	"fmt"

	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// ReceiveServerHello receives a ServerHello, judges it, and knows then whether
// the handshake is abbreviated.
func (c *Client) ReceiveServerHello() error {
	if c.handshake == nil {
		return errNoHandshake
	}
	m, err := c.message(wire.MessageServerHello)
	if err != nil {
		return err
	}
	hello, err := wire.ParseServerHello(m)
	if err != nil {
		return c.fail(wire.AlertDecodeError, err.Error())
	}
	h := c.handshake
	if err := c.checkChoice(hello); err != nil {
		return err
	}
	if err := c.checkReply(h.kind, hello); err != nil {
		return c.over(err)
	}
	h.server, h.version, h.suite = hello, hello.Version, suite.ByID(hello.CipherSuite)
	h.ems = hello.ExtendedMasterSecret()
	if h.alpn, err = hello.ALPN(); err != nil {
		return c.fail(wire.AlertDecodeError, err.Error())
	}
	h.transcript.Write(m)
	h.transcript.Choose(h.version, h.suite)
	c.out.setVersion(h.version)
	if h.resumed, err = c.isResumed(); err != nil || !h.resumed {
		return err
	}
	return c.resume()
}

// checkChoice judges what the server chose by what was offered.
func (c *Client) checkChoice(hello *wire.ServerHello) error {
	h := c.handshake
	s := suite.ByID(hello.CipherSuite)
	agreed := func(t wire.ExtensionType) bool {
		_, offered := h.hello.Extension(t)
		_, answered := hello.Extension(t)
		return offered && answered
	}
	switch {
	case hello.Version > h.hello.Version || hello.Version < max(c.o.MinVersion, wire.VersionSSL30):
		return c.fail(wire.AlertProtocolVersion, fmt.Sprintf("the server chose %v", hello.Version))
	case c.in.open && hello.Version != c.state.Version:
		return c.fail(wire.AlertProtocolVersion, fmt.Sprintf("the server changed to %v", hello.Version))
	case s == nil && h.hello.Offers(hello.CipherSuite):
		return c.unspoken("the cipher suite " + hello.CipherSuite.String())
	case s != nil && hello.Version == wire.VersionSSL30 && s.MinVersion == wire.VersionTLS10 && h.hello.Offers(s.ID):
		return c.unspoken(s.String() + " in SSL 3.0") // as OpenSSL has it; RFC 8422 begins at TLS 1.0
	case agreed(wire.ExtensionEncryptThenMAC) && s != nil && s.IsCBC() && h.hello.Offers(s.ID):
		return c.unspoken("encrypt_then_mac with " + s.String())
	case agreed(wire.ExtensionNextProtocolNegotiation):
		return c.unspoken("next_protocol_negotiation")
	case s == nil || !h.hello.Offers(s.ID) || hello.Version < s.MinVersion:
		return c.fail(wire.AlertIllegalParameter, fmt.Sprintf("the server chose %v", hello.CipherSuite))
	case hello.CompressionMethod != 0:
		return c.fail(wire.AlertIllegalParameter, "the server chose a compression")
	}
	for _, e := range hello.Extensions {
		if _, offered := h.hello.Extension(e.Type); !offered && e.Type != wire.ExtensionRenegotiationInfo {
			return c.fail(wire.AlertUnsupportedExtension, fmt.Sprintf("the server answers %v, which was not offered", e.Type))
		}
	}
	return nil
}

// isResumed compares session ids. A hello with a ticket and no id leaves only
// the next message to tell (RFC 5077, section 3.4).
func (c *Client) isResumed() (bool, error) {
	h := c.handshake
	switch ticket, _ := h.hello.SessionTicket(); {
	case h.offered == nil:
		return false, nil
	case len(h.hello.SessionID) > 0:
		return bytes.Equal(h.server.SessionID, h.hello.SessionID), nil
	case len(ticket) == 0:
		return false, nil
	}
	i, err := c.peek()
	return !i.is(wire.MessageCertificate), err
}

// resume takes the secret of the session offered.
func (c *Client) resume() error {
	h := c.handshake
	switch {
	case h.suite.ID != h.offered.Suite || h.version != h.offered.Version:
		return c.fail(wire.AlertIllegalParameter, "the server resumes the session with another suite or version")
	case h.ems != h.offered.ExtendedMasterSecret:
		// RFC 7627, section 5.3.
		return c.fail(wire.AlertHandshakeFailure, "the server resumes the session and changes extended_master_secret")
	}
	h.master, h.chain = h.offered.master, h.offered.PeerChain
	return c.deriveKeys()
}

// ReceiveFlight receives the server's first flight to its end: ServerHelloDone,
// or in an abbreviated handshake ServerHello.
func (c *Client) ReceiveFlight() error {
	if c.handshake == nil {
		return errNoHandshake
	}
	if c.handshake.server == nil {
		if err := c.ReceiveServerHello(); err != nil {
			return err
		}
	}
	for done := c.handshake.resumed; !done; {
		i, err := c.next()
		if err != nil {
			return err
		}
		if done, err = c.takeFlight(i); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) takeFlight(i item) (done bool, err error) {
	if i.message == nil {
		return false, c.unexpected(i.String())
	}
	switch i.message.Type() {
	case wire.MessageCertificate:
		err = c.takeCertificate(i.message)
	case wire.MessageServerKeyExchange:
		err = c.takeKeyExchange(i.message)
	case wire.MessageCertificateRequest:
		if c.handshake.request, err = wire.ParseCertificateRequest(i.message, c.handshake.version); err != nil {
			err = c.fail(wire.AlertDecodeError, err.Error())
		}
	case wire.MessageCertificateStatus:
	case wire.MessageServerHelloDone:
		done, err = true, c.checkFlight()
	default:
		return false, c.unexpected(i.String())
	}
	c.handshake.transcript.Write(i.message)
	return done, err
}

func (c *Client) takeCertificate(m wire.Message) error {
	cert, err := wire.ParseCertificate(m)
	if err != nil || len(cert.Chain) == 0 {
		return c.fail(wire.AlertDecodeError, "the server's Certificate cannot be read")
	}
	c.handshake.chain = cert.Chain
	if c.handshake.leaf, err = x509.ParseCertificate(cert.Chain[0]); err != nil {
		return c.fail(wire.AlertBadCertificate, err.Error())
	}
	return nil
}

// checkFlight says whether the messages that the suite needs were among them.
func (c *Client) checkFlight() error {
	h := c.handshake
	if h.leaf == nil || (h.suite.KeyExchange == suite.KeyExchangeECDHE) != (h.theirs != nil) {
		return c.unexpected("ServerHelloDone")
	}
	return nil
}
