package wire

// ServerNameExtension asks for a DNS name (RFC 6066, section 3). A server that
// used the name answers with an extension of no data.
func ServerNameExtension(name string) Extension {
	var w builder
	w.list16(func() {
		w.uint8(0) // host_name
		w.vector16([]byte(name))
	})
	return Extension{ExtensionServerName, w.b}
}

// ALPNExtension offers protocols, or, with one, answers (RFC 7301, section 3.1).
func ALPNExtension(protocols []string) Extension {
	var w builder
	w.list16(func() {
		for _, p := range protocols {
			w.vector8([]byte(p))
		}
	})
	return Extension{ExtensionALPN, w.b}
}

// GroupsExtension is supported_groups (RFC 8422, section 5.1.1).
func GroupsExtension(groups []Group) Extension {
	var w builder
	writePairs(&w, groups)
	return Extension{ExtensionSupportedGroups, w.b}
}

// PointFormatsExtension is ec_point_formats (RFC 8422, section 5.1.2); nil
// says uncompressed, the one format in use.
func PointFormatsExtension(formats []uint8) Extension {
	if formats == nil {
		formats = []uint8{0}
	}
	var w builder
	w.vector8(formats)
	return Extension{ExtensionECPointFormats, w.b}
}

// SignatureAlgorithmsExtension is signature_algorithms (RFC 5246, section
// 7.4.1.4.1).
func SignatureAlgorithmsExtension(schemes []SignatureScheme) Extension {
	var w builder
	writePairs(&w, schemes)
	return Extension{ExtensionSignatureAlgorithms, w.b}
}

// RenegotiationInfoExtension is renegotiation_info (RFC 5746, section 3.2) with
// data as its renegotiated_connection, nil for a first handshake.
func RenegotiationInfoExtension(data []byte) Extension {
	var w builder
	w.vector8(data)
	return Extension{ExtensionRenegotiationInfo, w.b}
}

// SessionTicketExtension offers a ticket, asks for one if it is empty, or, from
// a server, announces one (RFC 5077, section 3.2).
func SessionTicketExtension(ticket []byte) Extension {
	return Extension{ExtensionSessionTicket, ticket}
}

// ExtendedMasterSecretExtension is extended_master_secret (RFC 7627, section 5.1).
func ExtendedMasterSecretExtension() Extension {
	return Extension{ExtensionExtendedMasterSecret, nil}
}

// SupportedVersionsExtension is a client's supported_versions (RFC 8446, section
// 4.2.1).
func SupportedVersionsExtension(versions []Version) Extension {
	var w builder
	w.uint8(uint8(2 * len(versions)))
	for _, v := range versions {
		w.uint16(uint16(v))
	}
	return Extension{ExtensionSupportedVersions, w.b}
}
