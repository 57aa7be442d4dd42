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
		if f.joiner.Pending() > 0 || len(fragment) < wire.MessageHeaderLen {
			return false
		}
		return !messageTypes[wire.MessageType(fragment[0])] || fragment[1] > maxMessage>>16
	}
	return false
}

// messageTypes are those that a handshake in clear may have.
var messageTypes = map[wire.MessageType]bool{
	wire.MessageHelloRequest: true, wire.MessageClientHello: true, wire.MessageServerHello: true,
	wire.MessageNewSessionTicket: true, wire.MessageCertificate: true, wire.MessageServerKeyExchange: true,
	wire.MessageCertificateRequest: true, wire.MessageServerHelloDone: true, wire.MessageCertificateVerify: true,
	wire.MessageClientKeyExchange: true, wire.MessageCertificateURL: true, wire.MessageCertificateStatus: true,
	wire.MessageSupplementalData: true, wire.MessageNextProtocol: true, wire.MessageFinished: true,
}
