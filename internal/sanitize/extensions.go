package sanitize

import (
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/wire"
)

// A sender is whose extensions are edited: their forms differ.
type sender uint8

const (
	fromClient sender = iota
	fromServer
	fromRetry
)

// Extensions that package wire has no names for, as nothing there reads them.
const (
	compressCertificate  wire.ExtensionType = 27 // RFC 8879
	recordSizeLimit      wire.ExtensionType = 28 // RFC 8449
	delegatedCredential  wire.ExtensionType = 34 // RFC 9345
	postHandshakeAuth    wire.ExtensionType = 49 // RFC 8446, section 4.2.6
	applicationSettings1 wire.ExtensionType = 17513
	applicationSettings2 wire.ExtensionType = 17613
	encryptedClientHello wire.ExtensionType = 0xfe0d // RFC 9849
)

// extensions edits a block of them. Types and lengths stay.
func (c *connection) extensions(e *editor, from sender) {
	e.list(func(e *editor) {
		t := wire.ExtensionType(e.number(2))
		e.vector(2, func(e *editor) {
			if e.left() > 0 {
				c.extension(e, t, from)
			}
		})
	})
}

// extension edits what one holds.
func (c *connection) extension(e *editor, t wire.ExtensionType, from sender) {
	switch t {
	case wire.ExtensionSupportedGroups, wire.ExtensionECPointFormats, wire.ExtensionSignatureAlgorithms, wire.ExtensionSignatureAlgorithmsCert,
		wire.ExtensionSupportedVersions, wire.ExtensionPSKKeyExchangeModes, wire.ExtensionHeartbeat, wire.ExtensionMaxFragmentLength,
		wire.ExtensionEarlyData, compressCertificate, recordSizeLimit, postHandshakeAuth:
		e.keepAll()
	case delegatedCredential:
		c.delegated(e, from)
	case wire.ExtensionServerName:
		e.vector(2, func(e *editor) { e.list(c.serverName) })
	case wire.ExtensionALPN, wire.ExtensionNextProtocolNegotiation, applicationSettings1, applicationSettings2:
		c.protocols(e, t)
	case wire.ExtensionSessionTicket:
		e.all(c.bytes(disguise.KindTicket))
	case wire.ExtensionRenegotiationInfo:
		e.vector(1, func(e *editor) { e.all(c.proof) })
	case wire.ExtensionKeyShare:
		c.keyShare(e, from)
	case wire.ExtensionPreSharedKey:
		c.preSharedKey(e, from)
	case wire.ExtensionCookie:
		e.vector(2, func(e *editor) { e.all(c.bytes(disguise.KindTicket)) })
	case wire.ExtensionPadding:
		e.zero()
	case wire.ExtensionCertificateAuthorities:
		e.vector(2, c.authorities)
	case wire.ExtensionStatusRequest:
		c.statusRequest(e, from)
	case wire.ExtensionSCT:
		e.vector(2, func(e *editor) {
			e.list(func(e *editor) { e.vector(2, func(e *editor) { e.all(c.bytes(disguise.KindExtension)) }) })
		})
	case encryptedClientHello:
		c.encryptedHello(e)
	default:
		if !t.IsGREASE() && e.left() > 1 {
			e.all(c.bytes(disguise.KindExtension))
		}
	}
}

func (c *connection) serverName(e *editor) {
	e.keep(1) // name_type
	e.vector(2, func(e *editor) {
		e.all(func(b []byte) []byte { return []byte(c.run.disguise.Host(string(b))) })
	})
}

// protocols edits a list of names of protocols. That of NPN has no length of its own.
func (c *connection) protocols(e *editor, t wire.ExtensionType) {
	list := func(e *editor) { e.list(func(e *editor) { e.vector(1, c.protocol) }) }
	if t == wire.ExtensionNextProtocolNegotiation {
		list(e)
		return
	}
	e.vector(2, list)
}

// protocol keeps a name that is registered, or is GREASE.
func (c *connection) protocol(e *editor) {
	name := string(e.old[e.at:])
	if registered[name] || len(name) == 2 && name[0] == name[1] && name[0]&0x0f == 0x0a {
		e.keepAll()
		return
	}
	e.all(func(b []byte) []byte { return []byte(c.run.disguise.Word(disguise.KindExtension, string(b))) })
}

// registered are protocol names of the IANA registry, and those that browsers and
// servers had before there was one.
var registered = setOf(
	"http/0.9", "http/1.0", "http/1.1", "spdy/1", "spdy/2", "spdy/3", "spdy/3.1", "h2", "h2c", "h3", "h2-14", "h2-15", "h2-16", "stun.turn",
	"stun.nat-discovery", "webrtc", "c-webrtc", "ftp", "imap", "pop3", "managesieve", "coap", "xmpp-client", "xmpp-server", "acme-tls/1", "mqtt", "dot",
	"ntske/1", "sunrpc", "smb", "irc", "nntp", "nnsp", "doq", "sip/2", "tds/8.0", "postgresql", "mysql", "radius/1.0", "radius/1.1", "amqp",
)

func (c *connection) keyShare(e *editor, from sender) {
	entry := func(e *editor) {
		e.keep(2) // the group
		e.vector(2, func(e *editor) { e.all(c.exchange) })
	}
	switch from {
	case fromClient:
		e.vector(2, func(e *editor) { e.list(entry) })
	case fromServer:
		entry(e)
	default:
		e.keepAll() // the group that is asked for
	}
}

func (c *connection) preSharedKey(e *editor, from sender) {
	if from != fromClient {
		e.keepAll() // the number of the one chosen
		return
	}
	e.vector(2, func(e *editor) {
		e.list(func(e *editor) {
			e.vector(2, func(e *editor) { e.all(c.bytes(disguise.KindTicket)) })
			e.swap(4, func(b []byte) []byte { return c.noiseOf(len(b)) }) // obfuscated_ticket_age
		})
	})
	e.vector(2, func(e *editor) {
		e.list(func(e *editor) { e.vector(1, func(e *editor) { e.all(c.run.noise) }) })
	})
}

// statusRequest edits whom a client trusts to vouch for a certificate (RFC 6066, section
// 8); in TLS 1.3 a server's holds what they say.
func (c *connection) statusRequest(e *editor, from sender) {
	e.keep(1) // its type
	if from == fromServer {
		e.vector(3, func(e *editor) { e.all(c.run.noise) })
		return
	}
	e.vector(2, func(e *editor) { e.all(c.run.noise) })
	e.vector(2, func(e *editor) { e.all(c.run.noise) })
}

// delegated keeps which signatures a client takes. A server's holds its key (RFC 9345,
// section 4).
func (c *connection) delegated(e *editor, from sender) {
	if from == fromClient {
		e.keepAll()
		return
	}
	e.keep(4 + 2) // valid_time, and the signature scheme that goes with it
	e.vector(3, func(e *editor) { e.all(c.bytes(disguise.KindPublicKey)) })
	e.keep(2)
	e.vector(2, func(e *editor) { e.all(c.run.disguise.Signature) })
}

func (c *connection) encryptedHello(e *editor) {
	const outer = 0
	if e.number(1) != outer {
		return
	}
	e.keep(4) // the cipher suite
	e.swap(1, func([]byte) []byte { return c.noiseOf(1) })
	e.vector(2, func(e *editor) { e.all(c.bytes(disguise.KindExtension)) })
	e.vector(2, func(e *editor) { e.all(c.bytes(disguise.KindExtension)) })
}
