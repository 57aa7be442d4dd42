package wire

import "bytes"

// A ServerHello is a server's answer to a ClientHello.
type ServerHello struct {
	Raw               []byte // the message as it came, its header included
	Version           Version
	Random            [32]byte
	SessionID         []byte
	CipherSuite       SuiteID
	CompressionMethod uint8
	HasExtensions     bool // an empty block is one, too
	Extensions        []Extension
}

// ParseServerHello reads a ServerHello. Its slices are slices of m. With an
// error comes what could be read before it.
func ParseServerHello(m Message) (*ServerHello, error) {
	c := cursorOver(m, MessageServerHello)
	h := &ServerHello{Raw: m}
	h.Version = Version(c.uint16("server_version"))
	copy(h.Random[:], c.bytes("random", 32))
	h.SessionID = c.vector8("session_id", 0, 32)
	h.CipherSuite = SuiteID(c.uint16("cipher_suite"))
	h.CompressionMethod = c.uint8("compression_method")
	h.Extensions, h.HasExtensions = c.extensions()
	return h, c.finish()
}

// Marshal makes the message that the fields describe, whatever Raw says.
func (h *ServerHello) Marshal() Message {
	w := begin(MessageServerHello)
	w.uint16(uint16(h.Version))
	w.bytes(h.Random[:])
	w.vector8(h.SessionID)
	w.uint16(uint16(h.CipherSuite))
	w.uint8(h.CompressionMethod)
	w.extensions(h.HasExtensions, h.Extensions)
	return w.message()
}

// Clone returns a copy that shares no memory with h.
func (h *ServerHello) Clone() *ServerHello {
	c := *h
	c.Raw = bytes.Clone(h.Raw)
	c.SessionID = bytes.Clone(h.SessionID)
	c.Extensions = cloneExtensions(h.Extensions)
	return &c
}

// Extension returns the data of the first extension of type t, and whether the
// hello has one: data of no length is not an absent extension.
func (h *ServerHello) Extension(t ExtensionType) (data []byte, present bool) {
	return findExtension(h.Extensions, t)
}

// DuplicateExtension returns the first extension type that the hello has twice.
func (h *ServerHello) DuplicateExtension() (ExtensionType, bool) {
	return duplicateExtension(h.Extensions)
}

// ExtendedMasterSecret reports whether the hello has RFC 7627's extension.
func (h *ServerHello) ExtendedMasterSecret() bool {
	_, present := h.Extension(ExtensionExtendedMasterSecret)
	return present
}

// RenegotiationInfo returns the bytes of renegotiated_connection (RFC 5746,
// section 3.2).
func (h *ServerHello) RenegotiationInfo() (data []byte, present bool, err error) {
	return renegotiationInfo(h.open(ExtensionRenegotiationInfo))
}

// ALPN returns the protocol chosen (RFC 7301, section 3.1); empty if none is.
func (h *ServerHello) ALPN() (string, error) {
	c, present := h.open(ExtensionALPN)
	if !present {
		return "", nil
	}
	start := c.at
	list, err := protocols(c)
	switch {
	case err != nil:
		return "", err
	case len(list) != 1:
		c.fail(start, "protocol_name_list", "has more than one name")
		return "", c.err
	}
	return list[0], nil
}

// SelectedVersion returns the version that supported_versions names if the hello
// has it, as it does in TLS 1.3 (RFC 8446, section 4.2.1), else Version.
func (h *ServerHello) SelectedVersion() (Version, error) {
	c, present := h.open(ExtensionSupportedVersions)
	if !present {
		return h.Version, nil
	}
	v := Version(c.uint16("selected_version"))
	return v, c.finish()
}

func (h *ServerHello) open(t ExtensionType) (cursor, bool) {
	return openExtension(MessageServerHello, len(h.Raw), h.Extensions, t)
}
