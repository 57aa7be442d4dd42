package dissect

import "github.com/parley-tls/parley/internal/wire"

// looksSealed reports whether a record cannot be in clear, though no keys were
// seen to be made: what should begin a message does not.
func (d *Dissector) looksSealed(f *flow, h wire.RecordHeader, fragment []byte) bool {
	switch h.Type {
	case wire.TypeApplicationData:
		return true // nobody sends data before there are keys
	case wire.TypeAlert:
		return len(fragment) > 2
	case wire.TypeChangeCipherSpec:
		return len(fragment) > 1
	case wire.TypeHandshake:
		return f.joiner.Pending() == 0 && !beginsMessage(fragment)
	}
	return false
}

// beginsMessage reports whether a handshake message in clear can begin so. The
// explicit nonce of GCM, which often counts from zero, looks like HelloRequests.
func beginsMessage(b []byte) bool {
	if len(b) < wire.MessageHeaderLen {
		return true
	}
	switch t := wire.MessageType(b[0]); t {
	case wire.MessageHelloRequest:
		return len(b) == wire.MessageHeaderLen
	case wire.MessageClientHello, wire.MessageServerHello:
		return b[1] <= maxMessage>>16 && (len(b) == wire.MessageHeaderLen || b[4] == 3)
	default:
		return messageTypes[t] && b[1] <= maxMessage>>16
	}
}

// messageTypes are those that a handshake in clear may have.
var messageTypes = map[wire.MessageType]bool{
	wire.MessageNewSessionTicket: true, wire.MessageCertificate: true, wire.MessageServerKeyExchange: true,
	wire.MessageCertificateRequest: true, wire.MessageServerHelloDone: true, wire.MessageCertificateVerify: true,
	wire.MessageClientKeyExchange: true, wire.MessageCertificateURL: true, wire.MessageCertificateStatus: true,
	wire.MessageSupplementalData: true, wire.MessageNextProtocol: true, wire.MessageFinished: true,
}
