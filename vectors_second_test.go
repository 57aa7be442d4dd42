package parley_test

import (
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

// A helloVariant is a second hello as it differs from a first one of its
// connection's client.
type helloVariant struct {
	name       string
	connection string
	clear      bool
	changes    []helloChange
}

// secondHellos makes and judges all variants.
func secondHellos(t *testing.T) []*vectorHello {
	t.Helper()
	connections := vectorConnections()
	var list []*vectorHello
	for _, v := range slices.Concat(resetVariants(), refusedResets(), infoVariants(), bareVariants(), clearVariants()) {
		c := connections[v.connection]
		hello := parseHello(t, c.FirstHello).Clone()
		hello.Random = [32]byte(vectorPattern(0x20, 32))
		for _, change := range v.changes {
			change(hello)
		}
		h := &vectorHello{Name: v.name, Connection: v.connection, Inside: !v.clear, Hello: vectorBytes(hello.Marshal())}
		h.judge(t, c)
		list = append(list, h)
	}
	return list
}

// resetVariants are what clients of the founding kind send.
func resetVariants() []helloVariant {
	of := func(name, connection string, changes ...helloChange) helloVariant {
		return helloVariant{name: "reset: " + name, connection: connection, changes: changes}
	}
	return []helloVariant{
		of("the session in use, by id, TLS 1.2", "tls12", withID(vectorID)),
		of("the session in use, by id, TLS 1.1", "tls11", withID(vectorID)),
		of("the session in use, by id, TLS 1.0", "tls10", withID(vectorID)),
		of("the session in use, by ticket", "tls12-ticket", withTicket(vectorTicket)),
		of("the session in use, by ticket, with an id of the client's choice", "tls12-ticket", withTicket(vectorTicket), withID(vectorOtherID)),
		of("the session in use, by id, an empty ticket beside it", "tls12", withID(vectorID), withTicket(nil)),
		of("the session in use, with extended_master_secret", "tls12-ems", withID(vectorID)),
		of("the first hello signalled by extension", "tls12-extension", withoutInfo, withSCSV, withID(vectorID)),
		of("a higher client_version than the connection's", "tls10", withID(vectorID), withVersion(wire.VersionTLS12)),
		of("fewer suites than the first, the session's among them", "tls12", withID(vectorID),
			withSuites(wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.SuiteEmptyRenegotiationInfoSCSV)),
	}
}

// refusedResets look like a reset hello and are not bound to the connection.
func refusedResets() []helloVariant {
	of := func(name, connection string, changes ...helloChange) helloVariant {
		return helloVariant{name: "reset: " + name, connection: connection, changes: changes}
	}
	other := slices.Clone(vectorTicket)
	other[47] ^= 1
	return []helloVariant{
		of("no session: a victim's plain first hello", "tls12"),
		of("no session, TLS 1.0", "tls10"),
		of("another's session id: a victim with a session of this server", "tls12", withID(vectorOtherID)),
		of("another's ticket", "tls12-ticket", withTicket(other)),
		of("the right id beside another's ticket", "tls12", withID(vectorID), withTicket(other)),
		of("the right id, where the session in use is a ticket's", "tls12-ticket", withID(vectorID)),
		of("the right ticket, where the session in use is an id's", "tls12", withTicket(vectorTicket)),
		of("an empty id and an empty ticket, where the session in use has neither", "tls12-nothing", withTicket(nil)),
		of("some id, where the session in use has neither", "tls12-nothing", withID(vectorID)),
		of("the first half of the id", "tls12", withID(vectorID[:16])),
		of("the id without its last byte", "tls12", withID(vectorID[:31])),
		of("an id of zeros", "tls12", withID(make([]byte, 32))),
		of("the first half of the ticket", "tls12-ticket", withTicket(vectorTicket[:24])),
		of("the ticket and one byte more", "tls12-ticket", withTicket(append(slices.Clone(vectorTicket), 0))),
		of("the SHA-256 of the ticket in its place", "tls12-ticket", func(h *wire.ClientHello) {
			withTicket(vectorConnections()["tls12-ticket"].TicketSHA256)(h)
		}),
		of("it does not offer the session's suite", "tls12", withID(vectorID),
			withSuites(wire.TLS_RSA_WITH_AES_256_CBC_SHA, wire.SuiteEmptyRenegotiationInfoSCSV)),
		of("it does not offer the connection's version", "tls12", withID(vectorID), withVersion(wire.VersionTLS11)),
		of("extended_master_secret is dropped", "tls12-ems", withID(vectorID), withoutExtension(wire.ExtensionExtendedMasterSecret)),
		of("extended_master_secret is added", "tls12", withID(vectorID), withExtension(wire.ExtendedMasterSecretExtension())),
		of("the session in use, on SSL 3.0", "ssl30", withID(vectorID)),
		{name: "forged: the SCSV, where the first hello signalled nothing", connection: "tls12-unsignalled", changes: []helloChange{withID(vectorID), withSCSV}},
		{name: "forged: a reset hello that offers TLS 1.3", connection: "tls12", changes: []helloChange{withID(vectorID), withTLS13}},
	}
}

// infoVariants have a renegotiation_info, right or nearly so.
func infoVariants() []helloVariant {
	of := func(name, connection string, changes ...helloChange) helloVariant {
		return helloVariant{name: name, connection: connection, changes: append([]helloChange{withoutSCSV}, changes...)}
	}
	both := slices.Concat(vectorClientData, vectorServerData)
	longer := append(slices.Clone(vectorClientData), 0)
	return []helloVariant{
		of("secure: renegotiation_info equals the client's verify_data", "tls12", withInfo(vectorClientData)),
		of("secure: TLS 1.0", "tls10", withInfo(vectorClientData)),
		of("secure: it resumes the session in use", "tls12", withInfo(vectorClientData), withID(vectorID)),
		of("secure: it offers TLS 1.3, as GnuTLS does again", "tls12", withInfo(vectorClientData), withTLS13),
		of("secure: the first hello signalled nothing", "tls12-unsignalled", withInfo(vectorClientData)),
		of("secure: 36 bytes on SSL 3.0", "ssl30", withInfo(vectorPattern(0xa0, 36))),
		of("forged: renegotiation_info is the first half", "tls12", withInfo(vectorClientData[:6])),
		of("forged: renegotiation_info is both sides' verify_data", "tls12", withInfo(both)),
		of("forged: renegotiation_info is the server's verify_data", "tls12", withInfo(vectorServerData)),
		of("forged: renegotiation_info is empty, as in a victim's first hello", "tls12", withInfo(nil)),
		of("forged: renegotiation_info is empty, beside the session in use", "tls12", withInfo(nil), withID(vectorID)),
		of("forged: renegotiation_info is zeros", "tls12", withInfo(make([]byte, 12))),
		of("forged: renegotiation_info has one byte more", "tls12", withInfo(longer)),
		of("forged: renegotiation_info lacks its last byte", "tls12", withInfo(vectorClientData[:11])),
		of("forged: renegotiation_info is longer than its length says", "tls12", withExtension(wire.Extension{
			Type: wire.ExtensionRenegotiationInfo, Data: append([]byte{12}, longer...),
		})),
		of("forged: 12 bytes of 36 on SSL 3.0", "ssl30", withInfo(vectorPattern(0xa0, 12))),
		of("forged: renegotiation_info is right, and the SCSV beside it", "tls12", withInfo(vectorClientData), withSCSV),
	}
}

// bareVariants say nothing of RFC 5746.
func bareVariants() []helloVariant {
	of := func(name, connection string, changes ...helloChange) helloVariant {
		return helloVariant{name: name, connection: connection, changes: append([]helloChange{withoutSCSV, withoutInfo}, changes...)}
	}
	return []helloVariant{
		of("bare: no session", "tls12-unsignalled"),
		of("bare: the session in use", "tls12-unsignalled", withID(vectorID)),
		of("bare: the first hello signalled", "tls12"),
		of("bare: another's session", "tls10", withID(vectorOtherID)),
		of("bare: on SSL 3.0", "ssl30"),
		of("forged: a bare hello that offers TLS 1.3", "tls12-unsignalled", withTLS13),
	}
}

// clearVariants came in a record that does not open under the keys in use.
func clearVariants() []helloVariant {
	of := func(name string, changes ...helloChange) helloVariant {
		return helloVariant{name: "restart: " + name, connection: "tls12", clear: true, changes: changes}
	}
	return []helloVariant{
		of("a first hello in clear"),
		of("the session in use, in clear", withID(vectorID)),
		of("renegotiation_info that is right, in clear", withoutSCSV, withInfo(vectorClientData)),
		of("a first hello in clear that offers TLS 1.3", withTLS13),
	}
}

func withoutExtension(t wire.ExtensionType) helloChange {
	return func(h *wire.ClientHello) {
		h.Extensions = slices.DeleteFunc(h.Extensions, func(e wire.Extension) bool { return e.Type == t })
		h.HasExtensions = len(h.Extensions) > 0
	}
}

var withoutInfo = withoutExtension(wire.ExtensionRenegotiationInfo)
