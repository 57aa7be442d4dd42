package engine_test

import (
	"bytes"
	"crypto/rand"
	"slices"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/wire"
)

// A messageLine is one handshake message that the client makes when it is said.
type messageLine func(c *conversation) wire.Message

func (m messageLine) bytes(c *conversation) []byte { return c.peer.seal(wire.TypeHandshake, m(c)) }

// seal makes a record as the client does.
func (p *client) seal(t wire.ContentType, payload []byte) []byte {
	return p.sealer.Seal(nil, t, payload)
}

// A helloLine is a ClientHello in the making.
type helloLine struct {
	changes []func(*conversation, *wire.ClientHello)
	offered func(*conversation) keys.Secret
}

// hello is a ClientHello as the profile has it, without signal and session.
func hello() *helloLine { return &helloLine{} }

func (h *helloLine) and(change func(*conversation, *wire.ClientHello)) *helloLine {
	h.changes = append(h.changes, change)
	return h
}

// SCSV signals RFC 5746 as in a first handshake.
func (h *helloLine) SCSV() *helloLine {
	return h.and(func(_ *conversation, m *wire.ClientHello) {
		m.CipherSuites = append(slices.Clone(m.CipherSuites), wire.SuiteEmptyRenegotiationInfoSCSV)
	})
}

// Info carries renegotiation_info.
func (h *helloLine) Info(data []byte) *helloLine {
	return h.With(wire.RenegotiationInfoExtension(data))
}

// Proper carries the client's verify_data, as RFC 5746 has it.
func (h *helloLine) Proper() *helloLine {
	return h.and(func(c *conversation, m *wire.ClientHello) {
		m.Extensions = append(m.Extensions, wire.RenegotiationInfoExtension(c.peer.clientVerify))
	})
}

// With has one extension more.
func (h *helloLine) With(e wire.Extension) *helloLine {
	return h.and(func(_ *conversation, m *wire.ClientHello) { m.Extensions = append(m.Extensions, e) })
}

// SessionInUse offers the session of this connection, by ticket if there is one.
func (h *helloLine) SessionInUse() *helloLine {
	h.offered = func(c *conversation) keys.Secret { return c.peer.session.master }
	return h.and(func(c *conversation, m *wire.ClientHello) { offer(m, c.peer.session) })
}

// Session offers another session.
func (h *helloLine) Session(s clientSession) *helloLine {
	h.offered = func(*conversation) keys.Secret { return s.master }
	return h.and(func(_ *conversation, m *wire.ClientHello) { offer(m, s) })
}

// Version offers another client_version.
func (h *helloLine) Version(v wire.Version) *helloLine {
	return h.and(func(_ *conversation, m *wire.ClientHello) { m.Version = v })
}

// Suites offers other suites.
func (h *helloLine) Suites(ids ...wire.SuiteID) *helloLine {
	return h.and(func(_ *conversation, m *wire.ClientHello) { m.CipherSuites = ids })
}

// Without leaves an extension out.
func (h *helloLine) Without(t wire.ExtensionType) *helloLine {
	return h.and(func(_ *conversation, m *wire.ClientHello) {
		m.Extensions = slices.DeleteFunc(m.Extensions, func(e wire.Extension) bool { return e.Type == t })
	})
}

func offer(m *wire.ClientHello, s clientSession) {
	if len(s.ticket) == 0 {
		m.SessionID = s.id
		return
	}
	m.SessionID = bytes.Repeat([]byte{0x5e}, 32) // as OpenSSL does beside a ticket
	for i, e := range m.Extensions {
		if e.Type == wire.ExtensionSessionTicket {
			m.Extensions[i] = wire.SessionTicketExtension(s.ticket)
			return
		}
	}
	m.Extensions = append(m.Extensions, wire.SessionTicketExtension(s.ticket))
}

// message makes the hello and begins the client's handshake.
func (h *helloLine) message(c *conversation) wire.Message {
	p := c.peer.profile
	m := &wire.ClientHello{
		Version: p.version, CompressionMethods: []uint8{0}, HasExtensions: true, CipherSuites: p.suites(),
		Extensions: []wire.Extension{wire.GroupsExtension([]wire.Group{wire.GroupX25519, wire.GroupSecp256r1})},
	}
	_, _ = rand.Read(m.Random[:])
	if p.version == wire.VersionTLS12 {
		m.Extensions = append(m.Extensions, wire.SignatureAlgorithmsExtension([]wire.SignatureScheme{wire.SchemeECDSAP256SHA256, wire.SchemeRSAPKCS1SHA256}))
	}
	if p.ems {
		m.Extensions = append(m.Extensions, wire.ExtendedMasterSecretExtension())
	}
	if p.tickets {
		m.Extensions = append(m.Extensions, wire.SessionTicketExtension(nil))
	}
	if p.serverName != "" {
		m.Extensions = append(m.Extensions, wire.ServerNameExtension(p.serverName))
	}
	if len(p.alpn) > 0 {
		m.Extensions = append(m.Extensions, wire.ALPNExtension(p.alpn))
	}
	for _, change := range h.changes {
		change(c, m)
	}
	m.Raw = m.Marshal()
	begun := &clientHandshake{hello: m, transcript: keys.NewTranscript()}
	if h.offered != nil {
		begun.offered = h.offered(c)
	}
	begun.transcript.Write(m.Raw)
	c.peer.handshake = begun
	return m.Raw
}

func (h *helloLine) bytes(c *conversation) []byte {
	return c.peer.seal(wire.TypeHandshake, h.message(c))
}

func clientKeyExchange() line {
	return messageLine(func(c *conversation) wire.Message { return c.peer.keyExchange(c) })
}

func certificateOf(key clientKey) line {
	return messageLine(func(c *conversation) wire.Message {
		m := (&wire.Certificate{Chain: key.chain}).Marshal()
		c.peer.handshake.transcript.Write(m)
		return m
	})
}

func certificateVerify() line {
	return messageLine(func(c *conversation) wire.Message {
		m := c.peer.proof(c)
		c.peer.handshake.transcript.Write(m)
		return m
	})
}

// changeCipherSpec also changes the client's keys.
func changeCipherSpec() line {
	return lineFunc(func(c *conversation) []byte {
		out := c.peer.seal(wire.TypeChangeCipherSpec, []byte{1})
		block := c.peer.keysNow()
		sealer, err := record.NewSealer(c.peer.answer.Version, c.peer.handshake.suite, block.ClientMAC, block.ClientKey, block.ClientIV)
		if err != nil {
			c.t.Fatal(err)
		}
		sealer.SetRandom(rand.Reader)
		c.peer.sealer = sealer
		return out
	})
}

// finishedMessage makes the client's Finished.
var finishedMessage = messageLine(func(c *conversation) wire.Message {
	h := c.peer.handshake
	h.client = h.transcript.ClientVerifyData(h.master)
	m := (&wire.Finished{VerifyData: h.client}).Marshal()
	h.transcript.Write(m)
	c.peer.doneIfBoth()
	return m
})

func finished() line { return finishedMessage }

// wrongFinished is one over another handshake.
func wrongFinished() line {
	return message(wire.MessageFinished, make([]byte, 12))
}

// message is any message, in no transcript.
func message(t wire.MessageType, body []byte) messageLine {
	return func(*conversation) wire.Message { return wire.NewMessage(t, body) }
}

func data(text string) line { return sealed(wire.TypeApplicationData, []byte(text)) }

func alert(level wire.AlertLevel, a wire.Alert) line {
	return sealed(wire.TypeAlert, []byte{byte(level), byte(a)})
}

func closeNotify() line { return alert(wire.LevelWarning, wire.AlertCloseNotify) }

// sealed is any record under the keys in use.
func sealed(t wire.ContentType, payload []byte) line {
	return lineFunc(func(c *conversation) []byte { return c.peer.seal(t, payload) })
}

// raw is bytes as they are.
func raw(b []byte) line { return lineFunc(func(*conversation) []byte { return b }) }

// inClear says something as a client that forgot its keys: from then on it has
// none.
func inClear(l line) line {
	return lineFunc(func(c *conversation) []byte {
		c.peer.sealer, c.peer.opener = record.PlainSealer(wire.VersionTLS10), record.PlainOpener()
		return l.bytes(c)
	})
}

// injected is a hello in clear from somebody on the path: the client knows
// nothing of it.
func injected(h *helloLine) line {
	return lineFunc(func(c *conversation) []byte {
		mine := c.peer.handshake
		defer func() { c.peer.handshake = mine }()
		return record.PlainSealer(wire.VersionTLS10).Seal(nil, wire.TypeHandshake, h.message(c))
	})
}

// stamped has a line's records say another version in their headers; MAC and
// AEAD data stay as they are.
func stamped(v wire.Version, l line) line {
	return lineFunc(func(c *conversation) []byte {
		out := l.bytes(c)
		for rest := out; len(rest) > 0; {
			_, rec, ok, err := record.Next(rest)
			if !ok || err != nil {
				c.t.Fatal("no whole record to stamp")
			}
			rec[1], rec[2] = byte(v>>8), byte(v)
			rest = rest[len(rec):]
		}
		return out
	})
}

// broken flips the last bit of a line.
func broken(l line) line {
	return lineFunc(func(c *conversation) []byte {
		out := bytes.Clone(l.bytes(c))
		out[len(out)-1] ^= 1
		return out
	})
}

// said makes a message now, to be cut up.
func (c *conversation) said(h *helloLine) wire.Message { return h.message(c) }

// pieces gives a message's bytes in records of at most n.
func pieces(m []byte, n int) []line {
	var out []line
	for part := range slices.Chunk(m, n) {
		out = append(out, sealed(wire.TypeHandshake, part))
	}
	return out
}
