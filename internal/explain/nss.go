package explain

// nssMessages are NSS's, which Firefox and Thunderbird show by their names. Those
// that end in _ALERT are alerts of the peer.
var nssMessages = []message{
	nss("SSL_ERROR_NO_CYPHER_OVERLAP", "no common encryption algorithm(s)", "No cipher suite, or no version, in common.", suiteNone).numbered(-12286),
	nss("SSL_ERROR_UNSUPPORTED_VERSION", "Peer using unsupported version of security protocol", "The peer's version is switched off here (security.tls.version.min).", versionNone).numbered(-12279),
	nss("SSL_ERROR_PROTOCOL_VERSION_ALERT", "Peer reports incompatible or unsupported protocol version", "The peer sent protocol_version.", versionNone).fromPeer().numbered(-12190),
	nss("SSL_ERROR_RX_RECORD_TOO_LONG", "SSL received a record that exceeded the maximum permissible length", "A record is longer than any may be: mostly the server does not speak TLS on this port.", notTLS).numbered(-12263),
	nss("SSL_ERROR_RX_UNKNOWN_RECORD_TYPE", "SSL received a record with an unknown content type", "A record has a type that TLS does not have: mostly no TLS.", notTLS).numbered(-12233),
	nss("SSL_ERROR_BAD_MAC_READ", "SSL received a record with an incorrect Message Authentication Code", "A record did not open under the keys in use.", badRecord).numbered(-12273),
	nss("SSL_ERROR_BAD_MAC_ALERT", "SSL peer reports incorrect Message Authentication Code", "The peer sent bad_record_mac.", badRecord).fromPeer().numbered(-12272),
	nss("SSL_ERROR_DECRYPTION_FAILURE", "Bulk data decryption algorithm failed", "A record did not decrypt.", badRecord).numbered(-12217),
	nss("SSL_ERROR_BAD_HANDSHAKE_HASH_VALUE", "Received incorrect handshakes hash values from peer", "The peer's Finished does not fit the handshake, or its renegotiation_info is wrong.", finishedWrong).numbered(-12201),
	nss("SSL_ERROR_HANDSHAKE_FAILURE_ALERT", "SSL peer was unable to negotiate an acceptable set of security parameters", "The peer sent handshake_failure.", handshakeFailure).fromPeer().numbered(-12227),
	nss("SSL_ERROR_HANDSHAKE_UNEXPECTED_ALERT", "SSL peer was not expecting a handshake message it received", "The peer sent unexpected_message.", outOfOrder).fromPeer().numbered(-12229),
	nss("SSL_ERROR_RENEGOTIATION_NOT_ALLOWED", "Renegotiation is not allowed on this SSL socket", "The peer renegotiates, and this side allows it to nobody.", renegForbidden).later().numbered(-12176),
	nss("SSL_ERROR_UNSAFE_NEGOTIATION", "Peer attempted old style (potentially vulnerable) handshake", "The peer did not signal RFC 5746, and this side insists on it (security.ssl.require_safe_negotiation).", unsafeLegacy).numbered(-12175),
	nss("SSL_ERROR_NO_RENEGOTIATION_ALERT", "Peer does not permit renegotiation of SSL security parameters", "The peer sent no_renegotiation.", noRenegotiation).fromPeer().later().numbered(-12186),
	nss("SSL_ERROR_RX_UNEXPECTED_CLIENT_HELLO", "SSL received an unexpected Client Hello handshake message", "A ClientHello came that is not due.", outOfOrder).server().numbered(-12246),
	nss("SSL_ERROR_RX_UNEXPECTED_APPLICATION_DATA", "SSL received an unexpected Application Data record", "Application data came in the middle of a handshake.", dataInHandshake).numbered(-12234),
	nss("SSL_ERROR_RX_MALFORMED_CLIENT_HELLO", "SSL received a malformed Client Hello handshake message", "A ClientHello could not be read.", malformed).server().numbered(-12260),
	nss("SSL_ERROR_RX_MALFORMED_SERVER_HELLO", "SSL received a malformed Server Hello handshake message", "A ServerHello could not be read.", malformed).client().numbered(-12259),
	nss("SSL_ERROR_UNKNOWN_CA_ALERT", "Peer does not recognize and trust the CA that issued your certificate", "The peer sent unknown_ca.", certUnknownCA).fromPeer().numbered(-12195),
	nss("SSL_ERROR_EXPIRED_CERT_ALERT", "SSL peer rejected your certificate as expired", "The peer sent certificate_expired.", certExpired).fromPeer().numbered(-12269),
	nss("SSL_ERROR_BAD_CERT_ALERT", "SSL peer cannot verify your certificate", "The peer sent bad_certificate; without a client certificate it means that one is required.", certRefused).fromPeer().numbered(-12271),
	nss("SSL_ERROR_REVOKED_CERT_ALERT", "SSL peer rejected your certificate as revoked", "The peer sent certificate_revoked.", certRefused).fromPeer().numbered(-12270),
	nss("SSL_ERROR_ILLEGAL_PARAMETER_ALERT", "SSL peer rejected a handshake message for unacceptable content", "The peer sent illegal_parameter.", illegal).fromPeer().numbered(-12226),
	nss("SSL_ERROR_UNSUPPORTED_CERT_ALERT", "SSL peer does not support certificates of the type it received", "The peer sent unsupported_certificate.", certRefused).fromPeer().numbered(-12225),
	nss("SSL_ERROR_CERTIFICATE_UNKNOWN_ALERT", "SSL peer had some unspecified issue with the certificate it received", "The peer sent certificate_unknown.", certRefused).fromPeer().numbered(-12224),
	nss("SSL_ERROR_DECRYPT_ERROR_ALERT", "Peer reports failure of signature verification or key exchange", "The peer sent decrypt_error.", decryptError).fromPeer().numbered(-12192),
	nss("SSL_ERROR_DECODE_ERROR_ALERT", "Peer could not decode an SSL handshake message", "The peer sent decode_error.", malformed).fromPeer().numbered(-12193),
	nss("SSL_ERROR_INSUFFICIENT_SECURITY_ALERT", "Server requires ciphers more secure than those supported by client", "The peer sent insufficient_security.", insufficient).fromPeer().numbered(-12189),
	nss("SSL_ERROR_RX_CERTIFICATE_REQUIRED_ALERT", "", "The peer sent certificate_required.", clientCert).fromPeer(),
	nss("SSL_ERROR_BAD_CERT_DOMAIN", "requested domain name does not match the server's certificate", "The certificate does not have the name that the client connects to.", certName).client().numbered(-12276),
	nss("SEC_ERROR_UNKNOWN_ISSUER", "Peer's Certificate issuer is not recognized", "The chain ends at an authority that this side does not know.", certUnknownCA).numbered(-8179),
	nss("SEC_ERROR_UNTRUSTED_ISSUER", "", "The authority is known and not trusted.", certUnknownCA).numbered(-8172),
	nss("SEC_ERROR_EXPIRED_CERTIFICATE", "Peer's Certificate has expired", "The certificate has expired by this side's clock.", certExpired).numbered(-8181),
	nss("SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED", "", "A certificate is signed with MD5 or SHA-1.", certWeak),
	nss("SSL_ERROR_WEAK_SERVER_EPHEMERAL_DH_KEY", "weak ephemeral Diffie-Hellman key", "The server's Diffie-Hellman group is too small for the client.", weakDH).client().numbered(-12173),
	nss("SSL_ERROR_WEAK_SERVER_CERT_KEY", "", "The key of the server's certificate is too short.", certWeak).client(),
	nss("SSL_ERROR_INAPPROPRIATE_FALLBACK_ALERT", "", "The server refused a fall back to a lower version.", fallback).fromPeer(),
	nss("SSL_ERROR_UNRECOGNIZED_NAME_ALERT", "", "The server does not know the name in SNI.", serverName).fromPeer().numbered(-12182),
	nss("SSL_ERROR_INTERNAL_ERROR_ALERT", "", "The peer failed by itself.", internalError).fromPeer().numbered(-12188),
	nss("PR_END_OF_FILE_ERROR", "", "The peer closed TCP in the middle of the handshake, and said nothing.", eof).first(),
	nss("PR_CONNECT_RESET_ERROR", "", "The TCP connection was reset.", reset),

	// Chromium has other names, and BoringSSL's reasons below them.
	chrome("ERR_SSL_VERSION_OR_CIPHER_MISMATCH", "No version or no cipher suite in common.", suiteNone),
	chrome("ERR_SSL_OBSOLETE_VERSION", "The server has TLS 1.0 or 1.1 only.", versionNone),
	chrome("ERR_SSL_PROTOCOL_ERROR", "The server's answer is no TLS, or breaks its rules.", notTLS),
	chrome("ERR_CERT_AUTHORITY_INVALID", "The chain ends at an authority that the client does not know.", certUnknownCA),
	chrome("ERR_CERT_DATE_INVALID", "The certificate is not valid by the client's clock.", certExpired),
	chrome("ERR_CERT_COMMON_NAME_INVALID", "The certificate does not have the name that the client connects to.", certName),
	chrome("ERR_BAD_SSL_CLIENT_AUTH_CERT", "The server refused the client's certificate, or misses one.", clientCert),
}

func nss(name, text, meaning string, about *topic) message {
	m := message{name: name, library: libNSS, meaning: meaning, about: about, texts: []string{name}}
	if text != "" {
		m.texts = append(m.texts, text)
	}
	return m
}

func chrome(name, meaning string, about *topic) message {
	return message{name: name, library: "Chromium", meaning: meaning, about: about}.client()
}
