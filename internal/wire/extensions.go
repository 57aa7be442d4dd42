package wire

import "bytes"

// Extension returns the data of the first extension of type t, and whether the
// hello has one: data of no length is not an absent extension.
func (h *ClientHello) Extension(t ExtensionType) (data []byte, present bool) {
	return findExtension(h.Extensions, t)
}

// DuplicateExtension returns the first extension type that the hello has twice,
// which RFC 5246, section 7.4.1.4, forbids.
func (h *ClientHello) DuplicateExtension() (ExtensionType, bool) {
	return duplicateExtension(h.Extensions)
}

// ExtendedMasterSecret reports whether the hello has RFC 7627's extension.
func (h *ClientHello) ExtendedMasterSecret() bool {
	_, present := h.Extension(ExtensionExtendedMasterSecret)
	return present
}

// SessionTicket returns the ticket offered; one that is present and empty asks
// for a new one (RFC 5077, section 3.2).
func (h *ClientHello) SessionTicket() (ticket []byte, present bool) {
	return h.Extension(ExtensionSessionTicket)
}

// RenegotiationInfo returns the bytes of renegotiated_connection (RFC 5746,
// section 3.2).
func (h *ClientHello) RenegotiationInfo() (data []byte, present bool, err error) {
	return renegotiationInfo(h.open(ExtensionRenegotiationInfo))
}

// ServerName returns the DNS name that the client asks for (RFC 6066, section
// 3), as it was sent; empty if there is none.
func (h *ClientHello) ServerName() (string, error) {
	c, present := h.open(ExtensionServerName)
	if !present {
		return "", nil
	}
	name := ""
	outer := c.enter(c.vector16("server_name_list", 1))
	for c.more() {
		start := c.at
		nameType := c.uint8("name_type")
		// "All future data structures associated with new NameTypes MUST begin with
		// a 16-bit length field", so others than host_name can be passed over.
		value := c.vector16("HostName", 1)
		if nameType != 0 || c.err != nil {
			continue
		}
		if name != "" {
			c.fail(start, "server_name_list", "has two names of type host_name")
		}
		name = string(value)
	}
	c.leave(outer)
	if err := c.finish(); err != nil {
		return "", err
	}
	return name, nil
}

// ALPN returns the protocols offered (RFC 7301, section 3.1); nil if the
// extension is absent.
func (h *ClientHello) ALPN() ([]string, error) {
	c, present := h.open(ExtensionALPN)
	if !present {
		return nil, nil
	}
	return protocols(c)
}

// Groups returns supported_groups (RFC 8422, section 5.1.1); nil if absent.
func (h *ClientHello) Groups() ([]Group, error) {
	c, present := h.open(ExtensionSupportedGroups)
	if !present {
		return nil, nil
	}
	list := pairs[Group](&c, "named_group_list", c.vector16("named_group_list", 2))
	return list, c.finish()
}

// PointFormats returns ec_point_formats (RFC 8422, section 5.1.2); nil if absent.
func (h *ClientHello) PointFormats() ([]uint8, error) {
	c, present := h.open(ExtensionECPointFormats)
	if !present {
		return nil, nil
	}
	list := c.vector8("ec_point_format_list", 1, 255)
	return list, c.finish()
}

// SignatureSchemes returns signature_algorithms (RFC 5246, section 7.4.1.4.1);
// nil if absent.
func (h *ClientHello) SignatureSchemes() ([]SignatureScheme, error) {
	c, present := h.open(ExtensionSignatureAlgorithms)
	if !present {
		return nil, nil
	}
	const field = "supported_signature_algorithms"
	list := pairs[SignatureScheme](&c, field, c.vector16(field, 2))
	return list, c.finish()
}

// Versions returns supported_versions (RFC 8446, section 4.2.1); nil if absent.
func (h *ClientHello) Versions() ([]Version, error) {
	c, present := h.open(ExtensionSupportedVersions)
	if !present {
		return nil, nil
	}
	list := pairs[Version](&c, "versions", c.vector8("versions", 2, 254))
	return list, c.finish()
}

// open returns a cursor over the data of the first extension of type t.
func (h *ClientHello) open(t ExtensionType) (cursor, bool) {
	return openExtension(MessageClientHello, len(h.Raw), h.Extensions, t)
}

// openExtension returns a cursor whose offsets count from the start of the
// message of length size (zero: the message was not parsed) whose last bytes
// the extensions are.
func openExtension(m MessageType, size int, list []Extension, t ExtensionType) (cursor, bool) {
	c := cursor{message: m.String() + " " + t.String()}
	data, present := findExtension(list, t)
	if !present {
		return c, false
	}
	c.data, c.end = data, len(data)
	for i := len(list) - 1; i >= 0 && size > 0; i-- {
		size -= len(list[i].Data)
		if list[i].Type == t {
			c.base = size
		}
		size -= 4
	}
	return c, true
}

func findExtension(list []Extension, t ExtensionType) (data []byte, present bool) {
	for _, e := range list {
		if e.Type == t {
			return e.Data, true
		}
	}
	return nil, false
}

func duplicateExtension(list []Extension) (ExtensionType, bool) {
	var seen [1 << 16 / 64]uint64 // one bit for each type: a hello can have 16000 extensions
	for _, e := range list {
		word, bit := &seen[e.Type/64], uint64(1)<<(e.Type%64)
		if *word&bit != 0 {
			return e.Type, true
		}
		*word |= bit
	}
	return 0, false
}

func cloneExtensions(list []Extension) []Extension {
	if list == nil {
		return nil
	}
	c := make([]Extension, len(list))
	for i, e := range list {
		c[i] = Extension{e.Type, bytes.Clone(e.Data)}
	}
	return c
}

func renegotiationInfo(c cursor, present bool) ([]byte, bool, error) {
	if !present {
		return nil, false, nil
	}
	data := c.vector8("renegotiated_connection", 0, 255)
	if err := c.finish(); err != nil {
		return nil, true, err
	}
	return data, true, nil
}

// protocols reads a ProtocolNameList.
func protocols(c cursor) ([]string, error) {
	var list []string
	outer := c.enter(c.vector16("protocol_name_list", 2))
	for c.more() {
		list = append(list, string(c.vector8("ProtocolName", 1, 255)))
	}
	c.leave(outer)
	if err := c.finish(); err != nil {
		return nil, err
	}
	return list, nil
}
