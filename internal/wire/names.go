package wire

import "fmt"

// A Version is a protocol version as it stands on the wire.
type Version uint16

// The versions of SSL and TLS.
const (
	VersionSSL20 Version = 0x0002
	VersionSSL30 Version = 0x0300
	VersionTLS10 Version = 0x0301
	VersionTLS11 Version = 0x0302
	VersionTLS12 Version = 0x0303
	VersionTLS13 Version = 0x0304
)

// IsGREASE reports whether v is one of the values that RFC 8701 reserves.
func (v Version) IsGREASE() bool { return isGREASE(uint16(v)) }

// String returns the version as people write it, "TLS 1.2", or its number.
func (v Version) String() string { return name16(versionNames, v) }

var versionNames = map[Version]string{
	VersionSSL20: "SSL 2.0",
	VersionSSL30: "SSL 3.0",
	VersionTLS10: "TLS 1.0",
	VersionTLS11: "TLS 1.1",
	VersionTLS12: "TLS 1.2",
	VersionTLS13: "TLS 1.3",
}

// A ContentType says what a record carries.
type ContentType uint8

// The content types of RFC 5246, section 6.2.1, and RFC 6520.
const (
	TypeChangeCipherSpec ContentType = 20
	TypeAlert            ContentType = 21
	TypeHandshake        ContentType = 22
	TypeApplicationData  ContentType = 23
	TypeHeartbeat        ContentType = 24
)

// String returns the name that the RFC gives the type, "handshake".
func (t ContentType) String() string { return name8(contentTypeNames, t) }

var contentTypeNames = map[ContentType]string{
	TypeChangeCipherSpec: "change_cipher_spec",
	TypeAlert:            "alert",
	TypeHandshake:        "handshake",
	TypeApplicationData:  "application_data",
	TypeHeartbeat:        "heartbeat",
}

// A MessageType says which handshake message follows; the RFCs call it
// HandshakeType.
type MessageType uint8

// The handshake messages of TLS 1.2 and its extensions, and those of TLS 1.3
// that a capture can show in clear.
const (
	MessageHelloRequest          MessageType = 0
	MessageClientHello           MessageType = 1
	MessageServerHello           MessageType = 2
	MessageHelloVerifyRequest    MessageType = 3
	MessageNewSessionTicket      MessageType = 4
	MessageEndOfEarlyData        MessageType = 5
	MessageEncryptedExtensions   MessageType = 8
	MessageCertificate           MessageType = 11
	MessageServerKeyExchange     MessageType = 12
	MessageCertificateRequest    MessageType = 13
	MessageServerHelloDone       MessageType = 14
	MessageCertificateVerify     MessageType = 15
	MessageClientKeyExchange     MessageType = 16
	MessageFinished              MessageType = 20
	MessageCertificateURL        MessageType = 21
	MessageCertificateStatus     MessageType = 22
	MessageSupplementalData      MessageType = 23
	MessageKeyUpdate             MessageType = 24
	MessageCompressedCertificate MessageType = 25
	MessageNextProtocol          MessageType = 67
	MessageMessageHash           MessageType = 254
)

// String returns the name of the message's structure in the RFC, "ClientHello".
func (t MessageType) String() string { return name8(messageTypeNames, t) }

var messageTypeNames = map[MessageType]string{
	MessageHelloRequest:          "HelloRequest",
	MessageClientHello:           "ClientHello",
	MessageServerHello:           "ServerHello",
	MessageHelloVerifyRequest:    "HelloVerifyRequest",
	MessageNewSessionTicket:      "NewSessionTicket",
	MessageEndOfEarlyData:        "EndOfEarlyData",
	MessageEncryptedExtensions:   "EncryptedExtensions",
	MessageCertificate:           "Certificate",
	MessageServerKeyExchange:     "ServerKeyExchange",
	MessageCertificateRequest:    "CertificateRequest",
	MessageServerHelloDone:       "ServerHelloDone",
	MessageCertificateVerify:     "CertificateVerify",
	MessageClientKeyExchange:     "ClientKeyExchange",
	MessageFinished:              "Finished",
	MessageCertificateURL:        "CertificateURL",
	MessageCertificateStatus:     "CertificateStatus",
	MessageSupplementalData:      "SupplementalData",
	MessageKeyUpdate:             "KeyUpdate",
	MessageCompressedCertificate: "CompressedCertificate",
	MessageNextProtocol:          "NextProtocol",
	MessageMessageHash:           "MessageHash",
}

// isGREASE knows RFC 8701, section 2: 0x0A0A, 0x1A1A … 0xFAFA.
func isGREASE(v uint16) bool { return v&0x0F0F == 0x0A0A && v>>8 == v&0xFF }

func hex16(v uint16) string { return fmt.Sprintf("0x%04x", v) }

func name8[T ~uint8](names map[T]string, v T) string {
	if name, ok := names[v]; ok {
		return name
	}
	return fmt.Sprintf("0x%02x", uint8(v))
}

func name16[T ~uint16](names map[T]string, v T) string {
	if name, ok := names[v]; ok {
		return name
	}
	return hex16(uint16(v))
}
