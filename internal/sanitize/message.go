package sanitize

import (
	"encoding/binary"
	"strings"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/wire"
)

// message makes a handshake message anew, at its length.
func (c *connection) message(m dissect.TapMessage) []byte {
	e := &editor{old: m.Message, new: c.noiseOf(len(m.Message))}
	if m.SSL2 {
		c.ssl2Hello(e)
		return e.new
	}
	if m.Message.Type() == wire.MessageCertificate {
		c.run.disguise.Introduce(chain(m))
	}
	e.keep(wire.MessageHeaderLen)
	e.broken = broken(m)
	c.body(e, m)
	return e.new
}

// broken reports whether the lengths in a message do not fit one another: then a list that
// would stay may reach into what must not.
func broken(m dissect.TapMessage) bool {
	var err error
	switch m.Message.Type() {
	case wire.MessageClientHello:
		_, err = wire.ParseClientHello(m.Message)
	case wire.MessageServerHello:
		_, err = wire.ParseServerHello(m.Message)
	case wire.MessageCertificateRequest:
		if m.Version != wire.VersionTLS13 {
			_, err = wire.ParseCertificateRequest(m.Message, m.Version)
		}
	}
	return err != nil
}

// body edits what follows the header. Of messages that are not in it nothing stays.
func (c *connection) body(e *editor, m dissect.TapMessage) {
	modern := m.Version == wire.VersionTLS13
	switch m.Message.Type() {
	case wire.MessageClientHello:
		c.clientHello(e)
	case wire.MessageServerHello:
		c.serverHello(e)
	case wire.MessageEncryptedExtensions:
		e.vector(2, func(e *editor) { c.extensions(e, fromServer) })
	case wire.MessageCertificate:
		if modern {
			e.vector(1, func(e *editor) { e.all(c.run.noise) })
		}
		e.vector(3, func(e *editor) { e.list(func(e *editor) { c.certificate(e, modern) }) })
	case wire.MessageServerKeyExchange:
		c.serverKeyExchange(e, m)
	case wire.MessageCertificateRequest:
		c.certificateRequest(e, m)
	case wire.MessageClientKeyExchange:
		c.clientKeyExchange(e)
	case wire.MessageCertificateVerify:
		c.sign(e, m, conversation(m))
	case wire.MessageNewSessionTicket:
		c.ticket(e, modern)
	case wire.MessageCertificateStatus:
		e.keep(1) // its type
		e.vector(3, func(e *editor) { e.all(c.run.noise) })
	case wire.MessageKeyUpdate:
		e.keep(1)
	case wire.MessageNextProtocol:
		e.vector(1, c.protocol)
		e.vector(1, (*editor).zero)
	case wire.MessageFinished:
		e.all(func(body []byte) []byte { return c.finished(m, body) })
	}
}

// bytes replaces bytes as a kind.
func (c *connection) bytes(k disguise.Kind) func([]byte) []byte {
	return func(b []byte) []byte { return c.run.disguise.Bytes(k, b) }
}

// helloRandom replaces a hello's random.
func (c *connection) helloRandom(b []byte) []byte {
	made := c.run.random([32]byte(b))
	return made[:]
}

func (c *connection) clientHello(e *editor) {
	e.keep(2) // client_version
	e.swap(32, c.helloRandom)
	e.vector(1, func(e *editor) { e.all(c.bytes(disguise.KindSessionID)) })
	e.vector(2, suites)
	e.vector(1, compressions)
	if e.left() > 0 {
		e.vector(2, func(e *editor) { c.extensions(e, fromClient) })
	}
}

// suites keeps what a client offers; of a broken hello, what has a name.
func suites(e *editor) {
	if !e.broken {
		e.keepAll()
		return
	}
	e.list(func(e *editor) {
		e.swap(2, func(b []byte) []byte {
			id := wire.SuiteID(binary.BigEndian.Uint16(b))
			if id.IsGREASE() || strings.Contains(id.String(), "_") {
				return b
			}
			return []byte{0xff, 0xff}
		})
	})
}

// compressions keeps the methods that there are: none, DEFLATE and LZS (RFC 3749; RFC 3943).
// Others are one that is for private use.
func compressions(e *editor) {
	const deflate, lzs, private = 1, 64, 0xff
	e.list(func(e *editor) {
		e.swap(1, func(b []byte) []byte {
			if b[0] > deflate && b[0] != lzs {
				return []byte{private}
			}
			return b
		})
	})
}

func (c *connection) serverHello(e *editor) {
	e.keep(2)
	random := e.old[e.at:]
	retry := len(random) >= 32 && [32]byte(random[:32]) == retryRandom
	e.swap(32, c.helloRandom)
	e.vector(1, func(e *editor) { e.all(c.bytes(disguise.KindSessionID)) })
	e.keep(3) // cipher_suite and compression_method
	from := fromServer
	if retry {
		from = fromRetry
	}
	if e.left() > 0 {
		e.vector(2, func(e *editor) { c.extensions(e, from) })
	}
}

// ssl2Hello edits a ClientHello in the format of SSL 2.0 (RFC 5246, appendix E.2).
func (c *connection) ssl2Hello(e *editor) {
	e.keep(3) // its type and client_version
	specs, session, challenge := e.number(2), e.number(2), e.number(2)
	e.keep(specs)
	e.swap(session, c.bytes(disguise.KindSessionID))
	e.swap(challenge, func(b []byte) []byte {
		if len(b) > 32 {
			return c.noiseOf(len(b))
		}
		var random [32]byte
		copy(random[32-len(b):], b)
		made := c.run.random(random)
		return made[32-len(b):]
	})
}

// certificate edits one of a chain.
func (c *connection) certificate(e *editor, modern bool) {
	e.vector(3, func(e *editor) { e.all(c.run.certificate) })
	if modern {
		e.vector(2, func(e *editor) { c.extensions(e, fromServer) })
	}
}

func (c *connection) serverKeyExchange(e *editor, m dissect.TapMessage) {
	name := m.SuiteID.String()
	value := func(e *editor) { e.all(c.exchange) }
	switch {
	case strings.Contains(name, "_ECDH"):
		const namedCurve = 3 // RFC 8422, section 5.4
		if e.number(1) != namedCurve {
			return
		}
		e.keep(2)
		e.vector(1, value)
	case strings.Contains(name, "_DH"):
		e.vector(2, value)                              // the prime
		e.vector(2, func(e *editor) { keepIfShort(e) }) // the generator
		e.vector(2, value)
	default:
		return
	}
	if e.left() == 0 {
		return // nobody signed it
	}
	c.sign(e, m, parameters(e.new[wire.MessageHeaderLen:e.at]))
}

// keepIfShort keeps a generator such as 2, which everybody has.
func keepIfShort(e *editor) {
	if e.left() == 1 {
		e.keepAll()
	}
}

// exchange replaces a public value. How a point says that it is one stays, and how many
// bits a number has.
func (c *connection) exchange(old []byte) []byte {
	made := c.run.disguise.Bytes(disguise.KindExchange, old)
	const uncompressed = 4 // RFC 8422, section 5.4.1
	switch {
	case len(old)%2 == 1 && len(old) >= 65 && old[0] == uncompressed:
		made[0] = uncompressed
	case old[0]&0x80 != 0:
		made[0] |= 0x80
	default:
		made[0] = made[0]&0x3f | 0x40
	}
	return made
}

func (c *connection) certificateRequest(e *editor, m dissect.TapMessage) {
	if m.Version == wire.VersionTLS13 {
		e.vector(1, func(e *editor) { e.all(c.run.noise) })
		e.vector(2, func(e *editor) { c.extensions(e, fromServer) })
		return
	}
	e.vector(1, (*editor).keepAll) // certificate_types
	if m.Version >= wire.VersionTLS12 {
		e.vector(2, (*editor).keepAll) // supported_signature_algorithms
	}
	e.vector(2, c.authorities)
}

// authorities edits the names of those whose certificates are asked for.
func (c *connection) authorities(e *editor) {
	e.list(func(e *editor) {
		e.vector(2, func(e *editor) { e.all(c.run.name) })
	})
}

// clientKeyExchange goes by its lengths: what it holds has one of two or one byte, or
// none (SSL 3.0).
func (c *connection) clientKeyExchange(e *editor) {
	body := e.old[e.at:]
	value := func(e *editor) { e.all(c.exchange) }
	switch {
	case len(body) > 2 && int(body[0])<<8|int(body[1]) == len(body)-2:
		e.vector(2, value)
	case len(body) > 1 && int(body[0]) == len(body)-1:
		e.vector(1, value)
	case len(body) > 0:
		value(e)
	}
}

func (c *connection) ticket(e *editor, modern bool) {
	e.keep(4) // ticket_lifetime
	if modern {
		e.swap(4, func(b []byte) []byte { return c.noiseOf(len(b)) }) // ticket_age_add
		e.vector(1, func(e *editor) { e.all(c.run.noise) })
	}
	e.vector(2, func(e *editor) { e.all(c.bytes(disguise.KindTicket)) })
	if modern {
		e.vector(2, func(e *editor) { c.extensions(e, fromServer) })
	}
}
