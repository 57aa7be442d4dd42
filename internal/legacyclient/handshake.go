package legacyclient

import (
	"crypto/ecdh"
	"crypto/x509"
	"errors"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A handshake is one under way, and holds what is known of it so far. The
// client's keys in use stay beside it.
type handshake struct {
	kind    HelloKind
	hello   *wire.ClientHello
	offered *Session

	server  *wire.ServerHello
	version wire.Version
	suite   *suite.Suite
	resumed bool
	ems     bool
	alpn    string

	chain   [][]byte
	leaf    *x509.Certificate
	group   wire.Group
	theirs  *ecdh.PublicKey
	request *wire.CertificateRequest // nil: no certificate is asked for
	ticket  []byte

	transcript *keys.Transcript
	master     keys.Secret
	// The next keys, from when they are known until ChangeCipherSpec.
	sealer *sealer
	opener *record.Opener

	clientVerifyData, serverVerifyData []byte // once sent, once received
}

var errNoHandshake = errors.New("no handshake is under way: Begin one")

// Begin sends a hello, and what went before is over: of a handshake under way
// nothing is left, and a restart forgets the keys.
func (c *Client) Begin(h Hello) error {
	hello, session := c.build(h)
	return c.BeginWith(h, hello, session)
}

// BeginWith is Begin with a hello built before, which stands for session.
func (c *Client) BeginWith(h Hello, hello *wire.ClientHello, session *Session) error {
	if h.Kind == HelloRestart {
		c.forgetKeys()
	}
	c.handshake = &handshake{kind: h.Kind, hello: hello, offered: session, transcript: keys.NewTranscript()}
	c.handshake.transcript.KeepForVerify()
	c.out.Lock()
	c.out.told.forget()
	c.out.Unlock()
	return c.ending(c.sendHello(h, hello.Raw))
}

func (c *Client) sendHello(h Hello, m wire.Message) error {
	if m = c.lastWord(m); m == nil {
		return nil
	}
	version := h.RecordVersion
	if version == 0 && h.Kind != HelloProper && h.Kind != HelloBare {
		version = c.o.HelloRecordVersion
	}
	c.handshake.transcript.Write(m)
	if c.handshake.hello.SSL2Format {
		return c.writeSSL2(m)
	}
	cut := h.Cut
	if cut <= 0 || cut >= len(m) {
		cut = len(m)
	}
	if err := c.WriteRecordVersion(wire.TypeHandshake, version, m[:cut]); err != nil {
		return err
	}
	if h.Between != nil {
		if err := h.Between(); err != nil {
			return err
		}
	}
	if cut == len(m) {
		return nil
	}
	return c.WriteRecordVersion(wire.TypeHandshake, version, m[cut:])
}

// forgetKeys is what SSL_clear or a new SSL object does. The opener is kept
// aside, only to say which alert ended the connection.
func (c *Client) forgetKeys() {
	if c.in.open {
		c.in.old = c.in.opener
	}
	c.in.opener, c.in.open = record.PlainOpener(), false
	c.in.joiner, c.in.peeked = record.Joiner{}, nil
	c.out.setSealer(&sealer{})
}

// Resumed reports whether the handshake under way is abbreviated, once its
// ServerHello was received.
func (c *Client) Resumed() bool { return c.handshake != nil && c.handshake.resumed }

// SendMessage sends a handshake message of whatever content in one record, and
// adds it to the transcript of the handshake under way.
func (c *Client) SendMessage(m wire.Message) error {
	if m = c.lastWord(m); m == nil {
		return nil
	}
	if c.handshake != nil {
		c.handshake.transcript.Write(m)
	}
	for len(m) > wire.MaxPlaintext {
		if err := c.WriteRecord(wire.TypeHandshake, m[:wire.MaxPlaintext]); err != nil {
			return err
		}
		m = m[wire.MaxPlaintext:]
	}
	return c.WriteRecord(wire.TypeHandshake, m)
}

// lastWord lets Options.Message change what is sent.
func (c *Client) lastWord(m wire.Message) wire.Message {
	if c.o.Message == nil {
		return m
	}
	return c.o.Message(m)
}

// fail tells the server and the caller what is wrong.
func (c *Client) fail(a wire.Alert, reason string) error {
	c.sendFatal(a)
	return c.over(&wire.Fault{Alert: a, Reason: reason})
}
