package legacyclient

import (
	"crypto"
	"errors"
	"slices"

	"github.com/parley-tls/parley/internal/wire"
)

// SendCertificate sends the client's certificate if the server asked for it, an
// empty list if there is none; SSL 3.0 has a warning instead.
func (c *Client) SendCertificate() error {
	h := c.handshake
	switch {
	case h == nil:
		return errNoHandshake
	case h.request == nil:
		return nil
	case c.o.Certificate == nil && h.version == wire.VersionSSL30:
		return c.SendAlert(wire.LevelWarning, wire.AlertNoCertificate)
	}
	cert := &wire.Certificate{}
	if c.o.Certificate != nil {
		cert.Chain = c.o.Certificate.Certificate
	}
	return c.SendMessage(cert.Marshal())
}

// SendCertificateVerify proves, if a certificate was sent, that the client has
// its key.
func (c *Client) SendCertificateVerify() error {
	h := c.handshake
	switch {
	case h == nil:
		return errNoHandshake
	case h.request == nil || c.o.Certificate == nil:
		return nil
	}
	key, ok := c.o.Certificate.PrivateKey.(crypto.Signer)
	if !ok {
		return errors.New("the client certificate's key cannot sign")
	}
	scheme := c.schemeFor(key.Public())
	how, err := signingOf(h.version, key.Public(), scheme)
	if err != nil {
		return err
	}
	signature, err := sign(key, how, c.verifyDigest(how))
	if err != nil {
		return err
	}
	m := &wire.CertificateVerify{Scheme: scheme, Signature: signature}
	return c.SendMessage(m.Marshal(h.version))
}

// schemeFor picks the first of the server's schemes that the key can do.
func (c *Client) schemeFor(public crypto.PublicKey) wire.SignatureScheme {
	i := slices.IndexFunc(c.handshake.request.Schemes, func(s wire.SignatureScheme) bool {
		_, err := signingOf(c.handshake.version, public, s)
		return err == nil
	})
	if i < 0 {
		return 0
	}
	return c.handshake.request.Schemes[i]
}

func (c *Client) verifyDigest(how signing) []byte {
	h := c.handshake
	if h.version > wire.VersionSSL30 {
		return h.transcript.Digest(how.hash)
	}
	digest := h.transcript.SSL3Digest(h.master)
	if how.ecdsa {
		return digest[16:] // RFC 6101, section 5.6.8: the SHA-1 alone
	}
	return digest
}
