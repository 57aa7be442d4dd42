package wire

// An ExtensionType is the number of a hello extension.
type ExtensionType uint16

// The extensions that we act upon, and those that code speaks of by name.
const (
	ExtensionServerName              ExtensionType = 0
	ExtensionMaxFragmentLength       ExtensionType = 1
	ExtensionTruncatedHMAC           ExtensionType = 4
	ExtensionStatusRequest           ExtensionType = 5
	ExtensionSupportedGroups         ExtensionType = 10
	ExtensionECPointFormats          ExtensionType = 11
	ExtensionSignatureAlgorithms     ExtensionType = 13
	ExtensionHeartbeat               ExtensionType = 15
	ExtensionALPN                    ExtensionType = 16
	ExtensionSCT                     ExtensionType = 18
	ExtensionPadding                 ExtensionType = 21
	ExtensionEncryptThenMAC          ExtensionType = 22
	ExtensionExtendedMasterSecret    ExtensionType = 23
	ExtensionSessionTicket           ExtensionType = 35
	ExtensionPreSharedKey            ExtensionType = 41
	ExtensionEarlyData               ExtensionType = 42
	ExtensionSupportedVersions       ExtensionType = 43
	ExtensionCookie                  ExtensionType = 44
	ExtensionPSKKeyExchangeModes     ExtensionType = 45
	ExtensionCertificateAuthorities  ExtensionType = 47
	ExtensionSignatureAlgorithmsCert ExtensionType = 50
	ExtensionKeyShare                ExtensionType = 51
	ExtensionNextProtocolNegotiation ExtensionType = 13172
	ExtensionRenegotiationInfo       ExtensionType = 0xff01
)

// IsGREASE reports whether t is one of the values that RFC 8701 reserves.
func (t ExtensionType) IsGREASE() bool { return isGREASE(uint16(t)) }

// String returns the name in the IANA registry, "server_name", or the number.
func (t ExtensionType) String() string { return name16(extensionNames, t) }

var extensionNames = map[ExtensionType]string{
	ExtensionServerName:              "server_name",
	ExtensionMaxFragmentLength:       "max_fragment_length",
	2:                                "client_certificate_url",
	3:                                "trusted_ca_keys",
	ExtensionTruncatedHMAC:           "truncated_hmac",
	ExtensionStatusRequest:           "status_request",
	6:                                "user_mapping",
	7:                                "client_authz",
	8:                                "server_authz",
	9:                                "cert_type",
	ExtensionSupportedGroups:         "supported_groups",
	ExtensionECPointFormats:          "ec_point_formats",
	12:                               "srp",
	ExtensionSignatureAlgorithms:     "signature_algorithms",
	14:                               "use_srtp",
	ExtensionHeartbeat:               "heartbeat",
	ExtensionALPN:                    "application_layer_protocol_negotiation",
	17:                               "status_request_v2",
	ExtensionSCT:                     "signed_certificate_timestamp",
	19:                               "client_certificate_type",
	20:                               "server_certificate_type",
	ExtensionPadding:                 "padding",
	ExtensionEncryptThenMAC:          "encrypt_then_mac",
	ExtensionExtendedMasterSecret:    "extended_master_secret",
	24:                               "token_binding",
	25:                               "cached_info",
	26:                               "tls_lts",
	27:                               "compress_certificate",
	28:                               "record_size_limit",
	29:                               "pwd_protect",
	30:                               "pwd_clear",
	31:                               "password_salt",
	32:                               "ticket_pinning",
	33:                               "tls_cert_with_extern_psk",
	34:                               "delegated_credential",
	ExtensionSessionTicket:           "session_ticket",
	36:                               "TLMSP",
	37:                               "TLMSP_proxying",
	38:                               "TLMSP_delegate",
	39:                               "supported_ekt_ciphers",
	ExtensionPreSharedKey:            "pre_shared_key",
	ExtensionEarlyData:               "early_data",
	ExtensionSupportedVersions:       "supported_versions",
	ExtensionCookie:                  "cookie",
	ExtensionPSKKeyExchangeModes:     "psk_key_exchange_modes",
	ExtensionCertificateAuthorities:  "certificate_authorities",
	48:                               "oid_filters",
	49:                               "post_handshake_auth",
	ExtensionSignatureAlgorithmsCert: "signature_algorithms_cert",
	ExtensionKeyShare:                "key_share",
	52:                               "transparency_info",
	53:                               "connection_id (deprecated)",
	54:                               "connection_id",
	55:                               "external_id_hash",
	56:                               "external_session_id",
	57:                               "quic_transport_parameters",
	58:                               "ticket_request",
	59:                               "dnssec_chain",
	60:                               "sequence_number_encryption_algorithms",
	61:                               "rrc",
	ExtensionNextProtocolNegotiation: "next_protocol_negotiation",
	17513:                            "application_settings",
	17613:                            "application_settings (new)",
	30031:                            "channel_id (old)",
	30032:                            "channel_id",
	0xfd00:                           "ech_outer_extensions",
	0xfe0d:                           "encrypted_client_hello",
	ExtensionRenegotiationInfo:       "renegotiation_info",
}

// An Extension is one hello extension with its data unread.
type Extension struct {
	Type ExtensionType
	Data []byte
}
