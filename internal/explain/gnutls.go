package explain

import (
	"fmt"
)

// gnutlsMessages are GnuTLS's, by the texts of gnutls_strerror and the names.
var gnutlsMessages = []message{
	gnutls(-8, "A packet with illegal or unsupported version was received.", "GNUTLS_E_UNSUPPORTED_VERSION_PACKET",
		"A record or a hello has a version that does not belong there, or that is switched off here.", wrongOrNone).also("A record packet with illegal version was received"),
	gnutls(-9, "Error decoding the received TLS packet.", "GNUTLS_E_UNEXPECTED_PACKET_LENGTH",
		"What came could not be read as TLS: a length is wrong. On the first bytes it is mostly no TLS at all.", notTLS).also("A TLS packet with unexpected length was received"),
	gnutls(-15, "An unexpected TLS packet was received.", "GNUTLS_E_UNEXPECTED_PACKET",
		"A record of another kind came than the one that is due; on the first bytes it is mostly no TLS at all.", unexpectedPacket),
	gnutls(-19, "An unexpected TLS handshake packet was received.", "GNUTLS_E_UNEXPECTED_HANDSHAKE_PACKET",
		"A handshake message came that is not due.", outOfOrder),
	gnutls(-38, "TLS Application data were received, while expecting handshake data.", "GNUTLS_E_GOT_APPLICATION_DATA",
		"Application data came in the middle of a handshake. GnuTLS lets its program read it and go on.", dataInHandshake),
	gnutls(-37, "Rehandshake was requested by the peer.", "GNUTLS_E_REHANDSHAKE",
		"The peer wants to renegotiate: a client by a second hello, a server by HelloRequest. The program decides.", renegForbidden),
	gnutls(-107, "Safe renegotiation failed.", "GNUTLS_E_SAFE_RENEGOTIATION_FAILED",
		"A second hello contradicts what the first one said of RFC 5746, or its renegotiation_info is wrong.", renegInconsistent),
	gnutls(-108, "Unsafe renegotiation denied.", "GNUTLS_E_UNSAFE_RENEGOTIATION_DENIED",
		"The peer did not signal RFC 5746, and this side insists on it.", unsafeLegacy),
	gnutls(-110, "The TLS connection was non-properly terminated.", "GNUTLS_E_PREMATURE_TERMINATION",
		"The peer closed TCP without close_notify.", eof),
	gnutls(-54, "Error in the pull function.", "GNUTLS_E_PULL_ERROR",
		"The TCP connection failed while reading: mostly it was reset.", reset),
	gnutls(-53, "Error in the push function.", "GNUTLS_E_PUSH_ERROR",
		"The TCP connection failed while writing: the peer was gone.", reset),
	gnutls(-21, "Could not negotiate a supported cipher suite.", "GNUTLS_E_UNKNOWN_CIPHER_SUITE",
		"No cipher suite in common.", suiteNone),
	gnutls(-87, "No supported cipher suites have been found.", "GNUTLS_E_NO_CIPHER_SUITES",
		"No cipher suite that the client offers can be used.", suiteNone),
	gnutls(-321, "No supported ECC curves were found", "GNUTLS_E_ECC_NO_SUPPORTED_CURVES",
		"No curve in common.", curveNone),
	gnutls(-423, "No common key share with peer.", "GNUTLS_E_NO_COMMON_KEY_SHARE", "TLS 1.3: no key share in common.", curveNone),
	gnutls(-106, "The signature algorithm is not supported.", "GNUTLS_E_UNSUPPORTED_SIGNATURE_ALGORITHM",
		"The peer signed, or wants a signature, with an algorithm that is off here.", signatureNone),
	gnutls(-89, "Public key signature verification has failed.", "GNUTLS_E_PK_SIG_VERIFY_FAILED",
		"A signature of the handshake does not verify.", decryptError),
	gnutls(-63, "The Diffie-Hellman prime sent by the server is not acceptable (not long enough).", "GNUTLS_E_DH_PRIME_UNACCEPTABLE",
		"The server's Diffie-Hellman group is too small for the client.", weakDH).client(),
	gnutls(-24, "Decryption has failed.", "GNUTLS_E_DECRYPTION_FAILED",
		"A record did not open under the keys in use.", badRecord),
	gnutls(-18, "An error was encountered at the TLS Finished packet calculation.", "GNUTLS_E_ERROR_IN_FINISHED_PACKET",
		"The peer's Finished does not fit the handshake that this side saw.", finishedWrong),
	gnutls(-43, "Error in the certificate.", "GNUTLS_E_CERTIFICATE_ERROR", "A certificate could not be used.", certRefused),
	gnutls(-348, "Error in the certificate verification.", "GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR", "The peer's certificate was not accepted.", certVerify),
	gnutls(-49, "No certificate was found.", "GNUTLS_E_NO_CERTIFICATE_FOUND", "The peer sent no certificate, and one is required.", clientCert).server(),
	gnutls(-112, "Certificate is required.", "GNUTLS_E_CERTIFICATE_REQUIRED", "The client sent no certificate, and one is required.", clientCert),
	gnutls(-55, "An illegal parameter has been received.", "GNUTLS_E_RECEIVED_ILLEGAL_PARAMETER", "A message has a value that cannot be.", illegal),
	gnutls(-58, "An illegal TLS extension was received.", "GNUTLS_E_RECEIVED_ILLEGAL_EXTENSION", "An extension came that was not offered, or could not be read.", malformed),
	gnutls(-344, "No common application protocol could be negotiated.", "GNUTLS_E_NO_APPLICATION_PROTOCOL", "No application protocol (ALPN) in common.", alpn),
	gnutls(-347, "A connection with inappropriate fallback was attempted.", "GNUTLS_E_INAPPROPRIATE_FALLBACK",
		"The client said that it is falling back to a lower version, and the server has a better one (RFC 7507).", fallback).server(),
	gnutls(-294, "The SNI host name not recognised.", "GNUTLS_E_UNRECOGNIZED_NAME", "The server does not know the name in SNI.", serverName),
	gnutls(-406, "Peer's certificate or username has changed during a rehandshake.", "GNUTLS_E_SESSION_USER_ID_CHANGED",
		"A renegotiation would have changed who the peer is.", identityChanged),
	gnutls(-417, "A TLS record packet with invalid length was received.", "GNUTLS_E_RECORD_OVERFLOW", "A record is longer than any may be: mostly it is no TLS.", notTLS),
	gnutls(-319, "The operation timed out", "GNUTLS_E_TIMEDOUT", "The handshake took too long.", timeout),
	gnutls(-32, "Insufficient credentials for that request.", "GNUTLS_E_INSUFFICIENT_CREDENTIALS", "The program has no certificate or key that would do.", serverSetup),
	{
		name: "A TLS fatal alert has been received.", library: libGnuTLS, texts: []string{"A TLS fatal alert has been received", "GNUTLS_E_FATAL_ALERT_RECEIVED"},
		meaning: "The peer sent a fatal alert. Which one stands in the next line (\"*** Received alert [40]\"), or is asked of gnutls_alert_get.",
		about:   handshakeFailure, alert: true, weak: true, code: gnutlsCode(-12), number: -12,
	},
	{
		name: "A TLS warning alert has been received.", library: libGnuTLS, texts: []string{"A TLS warning alert has been received", "GNUTLS_E_WARNING_ALERT_RECEIVED"},
		meaning: "The peer sent a warning. Which one stands in the next line; no_renegotiation and unrecognized_name are the usual ones.",
		about:   noRenegotiation, alert: true, weak: true, code: gnutlsCode(-16), number: -16,
	},
}

func gnutls(number int, text, name, meaning string, about *topic) message {
	return message{name: text, texts: []string{text, name}, library: libGnuTLS, meaning: meaning, about: about, code: gnutlsCode(number), number: number}
}

func gnutlsCode(number int) string { return fmt.Sprintf("error %d of GnuTLS", number) }

// wrongOrNone is of libraries that have one message for a version in a hello
// and for one in a record's header.
var wrongOrNone = &topic{
	causes: []Cause{
		by("version-none-shared", "in the first handshake: no protocol version in common.").at(opening),
		byServer("reneg-reset-hello", "in mid-connection on TLS 1.1 or 1.2: the client begins its handshake again inside the connection, and its hello has 0x0301 in the record's header.").at(open),
		byServer("reneg-restart-hello", "in mid-connection: the client begins again in clear.").at(open),
		by("not-tls", "on the first bytes: no TLS at all.").at(opening),
		byServer("hello-ssl2", "a hello in the SSL 2.0 format.").at(opening),
		by("record-version", "a middlebox or a TLS stack that writes another version into records."),
	},
	parley:  "--min-version 1.0 is the default; a reset hello is served by default (--reset accept).",
	client:  "Enable TLS 1.2. In mid-connection: call the library's renegotiation function instead of resetting the object.",
	capture: wrongVersion.capture,
}

var unexpectedPacket = &topic{
	causes: []Cause{
		by("not-tls", "on the first bytes: the peer does not speak TLS here.").at(opening),
		byServer("not-tls-http", "on the first bytes: plain HTTP.").at(opening),
		by("reneg-data-crossed", "in mid-connection: data and a second handshake crossed on the wire.").at(open),
		by("record-unknown-type", "a record of a type that has no place here."),
	},
	parley:  "Nothing to set.",
	client:  "Check address and port; in mid-connection, stop sending before it renegotiates.",
	capture: captureWhole,
}

var identityChanged = &topic{
	causes: []Cause{
		by("reneg-identity-changed", "the second handshake was made with another certificate than the first: two users share one connection, or somebody splices."),
	},
	parley:  "Nothing to set: serve never lets an identity be exchanged. In the library Policy and VerifyConnection decide.",
	client:  "A new connection for another certificate.",
	capture: captureKeys,
}
