package wire

import (
	"bytes"
	"slices"
)

// A ClientHello is a client's first message, in the format of SSL 3.0 and TLS
// or in that of SSL 2.0.
type ClientHello struct {
	// Raw is what the transcript is hashed over: the message with its header, or,
	// if SSL2Format, from the message type on, without the record's two bytes.
	Raw                []byte
	SSL2Format         bool
	Version            Version
	Random             [32]byte
	SessionID          []byte
	CipherSuites       []SuiteID
	CompressionMethods []uint8
	HasExtensions      bool // an empty block is one, too
	Extensions         []Extension

	// Only if SSL2Format: the cipher specs as they came, those that SSL 2.0 alone
	// has included, and the challenge, which Random holds at its right end.
	SSL2CipherSpecs []SSL2CipherSpec
	SSL2Challenge   []byte
}

// ParseClientHello reads a hello in the format of SSL 3.0 and TLS. Its slices
// are slices of m. With an error comes what could be read before it.
func ParseClientHello(m Message) (*ClientHello, error) {
	c := cursorOver(m, MessageClientHello)
	h := &ClientHello{Raw: m}
	h.Version = Version(c.uint16("client_version"))
	copy(h.Random[:], c.bytes("random", 32))
	h.SessionID = c.vector8("session_id", 0, 32)
	h.CipherSuites = pairs[SuiteID](&c, "cipher_suites", c.vector16("cipher_suites", 2))
	h.CompressionMethods = c.vector8("compression_methods", 1, 255)
	h.Extensions, h.HasExtensions = c.extensions()
	return h, c.finish()
}

// Marshal makes the message that the fields describe, whatever Raw says; in
// the format of SSL 2.0 the result has no handshake header.
func (h *ClientHello) Marshal() Message {
	if h.SSL2Format {
		return h.marshalSSL2()
	}
	w := begin(MessageClientHello)
	w.uint16(uint16(h.Version))
	w.bytes(h.Random[:])
	w.vector8(h.SessionID)
	writePairs(w, h.CipherSuites)
	w.vector8(h.CompressionMethods)
	w.extensions(h.HasExtensions, h.Extensions)
	return w.message()
}

// Clone returns a copy that shares no memory with h.
func (h *ClientHello) Clone() *ClientHello {
	c := *h
	c.Raw = bytes.Clone(h.Raw)
	c.SessionID = bytes.Clone(h.SessionID)
	c.CipherSuites = slices.Clone(h.CipherSuites)
	c.CompressionMethods = bytes.Clone(h.CompressionMethods)
	c.Extensions = cloneExtensions(h.Extensions)
	c.SSL2CipherSpecs = slices.Clone(h.SSL2CipherSpecs)
	c.SSL2Challenge = bytes.Clone(h.SSL2Challenge)
	return &c
}

// Offers reports whether the hello lists the suite.
func (h *ClientHello) Offers(s SuiteID) bool { return slices.Contains(h.CipherSuites, s) }

// OffersSCSV reports whether the hello says by a cipher suite that the client
// knows RFC 5746 (section 3.3).
func (h *ClientHello) OffersSCSV() bool { return h.Offers(SuiteEmptyRenegotiationInfoSCSV) }

// OffersVersion reports whether the client can speak v: by supported_versions
// if the hello has it, else by client_version and all below it. TLS 1.3 is only
// ever offered by supported_versions (RFC 8446, section 4.2.1).
func (h *ClientHello) OffersVersion(v Version) bool {
	if _, present := h.Extension(ExtensionSupportedVersions); present {
		list, err := h.Versions()
		return err == nil && slices.Contains(list, v)
	}
	return v <= h.Version && v <= VersionTLS12
}
