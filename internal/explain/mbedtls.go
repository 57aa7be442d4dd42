package explain

import "fmt"

// mbedMessages are Mbed TLS's, by number and by name: 2.x and 3.x, which gave
// some numbers another meaning, and PolarSSL before them, whose names lack the
// MBED. The alert itself is in the debug output only ("is a fatal alert message
// (msg 40)").
var mbedMessages = []message{
	{
		name: "MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE", texts: mbedTexts("FATAL_ALERT_MESSAGE", "A fatal alert message was received from our peer"), library: libMbed, code: mbedCode(0x7780), number: -0x7780,
		meaning: "The peer sent a fatal alert. Which one the error does not say; at debug level 1 and above the log has \"is a fatal alert message (msg N)\".", about: handshakeFailure, alert: true,
	},
	mbed(0x7200, "INVALID_RECORD", "An invalid SSL record was received", "A record's header makes no sense: on the first bytes no TLS, in mid-connection a version that does not belong there.", invalidRecord),
	mbed(0x7180, "INVALID_MAC", "Verification of the message MAC failed", "A record did not open under the keys in use.", badRecord),
	mbed(0x7280, "CONN_EOF", "The connection indicated an EOF", "The peer closed TCP.", eof),
	mbed(0x7380, "NO_CIPHER_CHOSEN", "The server has no ciphersuites in common with the client", "No cipher suite in common (2.x; 3.x says HANDSHAKE_FAILURE).", suiteNone).server(),
	mbed(0x6980, "NO_USABLE_CIPHERSUITE", "None of the common ciphersuites is usable", "There are suites in common, and none fits the certificate or the curves.", suiteNone).server(),
	mbed(0x7300, "DECODE_ERROR", "A message could not be parsed due to a syntactic error", "A message could not be read (3.x; in 2.x it was an unknown cipher).", malformed, "UNKNOWN_CIPHER"),
	mbed(0x7480, "NO_CLIENT_CERTIFICATE", "No client certification received from the client", "The server requires a client certificate and the client sent none.", clientCert).server(),
	mbed(0x7700, "UNEXPECTED_MESSAGE", "An unexpected message was received from our peer", "A message came that is not due.", outOfOrder),
	mbed(0x6700, "UNEXPECTED_RECORD", "Record header looks valid but is not expected", "A record came that is not due.", dataInHandshake),
	mbed(0x7880, "PEER_CLOSE_NOTIFY", "The peer notified us that the connection is going to be closed", "The peer sent close_notify.", closed),
	mbed(0x7900, "BAD_HS_CLIENT_HELLO", "Processing of the ClientHello handshake message failed", "A ClientHello could not be read, or was refused: for its renegotiation_info, too (2.x; in 3.x this number is another error).", badClientHello).server(),
	mbed(0x7980, "BAD_HS_SERVER_HELLO", "Processing of the ServerHello handshake message failed", "A ServerHello could not be read, or was refused: for its version, suite or renegotiation_info (2.x).", renegMismatch).client(),
	mbed(0x7A00, "BAD_CERTIFICATE", "Processing of the Certificate handshake message failed", "A certificate could not be read, or is of a kind that this build does not have.", certRefused, "BAD_HS_CERTIFICATE"),
	mbed(0x7D80, "BAD_HS_CERTIFICATE_VERIFY", "Processing of the CertificateVerify handshake message failed", "The client's CertificateVerify does not verify.", decryptError).server(),
	mbed(0x7E80, "BAD_HS_FINISHED", "Processing of the Finished handshake message failed", "The peer's Finished does not fit the handshake (2.x).", finishedWrong),
	mbed(0x6E80, "BAD_PROTOCOL_VERSION", "Handshake protocol not within min/max boundaries", "The peer's version is not among those allowed here.", versionNone, "BAD_HS_PROTOCOL_VERSION"),
	mbed(0x6E00, "HANDSHAKE_FAILURE", "The handshake negotiation failed", "Something could not be agreed on: suite, curve, or renegotiation (3.x; in 2.x it was about a session ticket).", handshakeFailure),
	mbed(0x6600, "ILLEGAL_PARAMETER", "", "A field has a value that cannot be (3.x).", illegal),
	mbed(0x7580, "NO_APPLICATION_PROTOCOL", "No ALPN protocols supported that the client advertises", "No application protocol (ALPN) in common (3.x; in 2.x the server had no certificate).", alpn),
	mbed(0x7800, "UNRECOGNIZED_NAME", "No server could be identified matching the client's SNI", "The server does not know the name in SNI (3.x; in 2.x the peer could not be verified).", serverName, "PEER_VERIFY_FAILED"),
	mbed(0x7500, "UNSUPPORTED_EXTENSION", "", "The server answered with an extension that was not offered (3.x).", malformed),
	mbed(0x6800, "TIMEOUT", "", "The peer did not answer in time.", timeout),
	mbed(0x6B00, "WAITING_SERVER_HELLO_RENEGO", "Unexpected message at ServerHello in renegotiation", "The client renegotiates and something else than a ServerHello came: the server's data crossed its hello.", dataInHandshake).client().later(),
	mbed(0x6A00, "BUFFER_TOO_SMALL", "A buffer is too small to receive or write a message", "A message or record does not fit the small buffers of this device (MBEDTLS_SSL_IN_CONTENT_LEN): a long certificate chain, mostly.", smallBuffers),
	mbed(0x7F00, "ALLOC_FAILED", "Memory allocation failed", "The device is out of memory.", smallBuffers),
	{name: "MBEDTLS_ERR_X509_CERT_VERIFY_FAILED", texts: []string{"MBEDTLS_ERR_X509_CERT_VERIFY_FAILED", "Certificate verification failed, e.g. CRL, CA or signature check failed"}, library: libMbed, meaning: "The peer's certificate was not accepted; the flags behind it say why.", about: certVerify, code: mbedCode(0x2700), number: -0x2700},
	{name: "MBEDTLS_ERR_NET_CONN_RESET", texts: []string{"MBEDTLS_ERR_NET_CONN_RESET", "Connection was reset by peer"}, library: libMbed, meaning: "The TCP connection was reset.", about: reset, code: mbedCode(0x50), number: -0x50},
	message{name: "received RENEGOTIATION SCSV during renegotiation", library: libMbed, meaning: "A second hello has TLS_EMPTY_RENEGOTIATION_INFO_SCSV among its suites, which only a first hello may have.", about: scsvAgain}.server().later(),
	{name: "legacy renegotiation not allowed", texts: []string{"legacy renegotiation not allowed", "legacy renegotiation, breaking off handshake", "renegotiation_info extension missing"}, library: libMbed, meaning: "The peer did not signal RFC 5746, or not in this hello.", about: renegInconsistent},
	{name: "non-matching renegotiation info", library: libMbed, meaning: "renegotiation_info in a hello is not what this connection has.", about: renegMismatch},
	message{name: "refusing renegotiation, sending alert", texts: []string{"refusing renegotiation, sending alert"}, library: libMbed, meaning: "The peer renegotiates and this side refuses.", about: renegForbidden}.later(),
}

var invalidRecord = &topic{
	causes: []Cause{
		by("not-tls", "on the first bytes: no TLS.").at(opening),
		byServer("not-tls-http", "on the first bytes: plain HTTP.").at(opening),
		byServer("reneg-reset-hello", "in mid-connection on TLS 1.1 or 1.2: the client begins its handshake again inside the connection, with 0x0301 in the record's header.").at(open),
		byServer("reneg-restart-hello", "in mid-connection: the client begins again in clear.").at(open),
		byClient("", "a record larger than the device's small buffer."),
	},
	parley:  "Nothing to set: --reset accept is the default.",
	client:  "Check address and port; in mid-connection, mbedtls_ssl_renegotiate on the same context, or a new connection.",
	capture: wrongVersion.capture,
}

var badClientHello = &topic{
	causes: []Cause{
		byServer("reneg-reset-hello", "in mid-connection: a second hello without renegotiation_info, or with the SCSV.").at(open),
		byServer("reneg-forged-hello", "in mid-connection: a second hello whose renegotiation_info is not of this connection.").at(open),
		byServer("hello-malformed", "a hello that could not be read.").at(opening),
		byServer("version-none-shared", "a hello with no version in common.").at(opening),
	},
	parley:  "Nothing to set: --reset accept is the default.",
	client:  "Call the library's renegotiation function instead of resetting its context.",
	capture: captureWhole,
}

var smallBuffers = &topic{
	causes: []Cause{
		by("", "the device has too little memory for what the other side sends: a chain of several certificates, an RSA key of 4096 bits, records of 16 KiB."),
	},
	parley:  "Give the shortest chain: the server's certificate and the intermediates that the device needs, an ECDSA or a 2048-bit key.",
	client:  "Enlarge MBEDTLS_SSL_IN_CONTENT_LEN, or the heap.",
	capture: captureCerts,
}

func mbed(number int, name, text, meaning string, about *topic, older ...string) message {
	return message{
		name: "MBEDTLS_ERR_SSL_" + name, texts: mbedTexts(name, text, older...), library: libMbed,
		meaning: meaning, about: about, code: mbedCode(number), number: -number,
	}
}

// mbedTexts are the ways in which one error is written beside its number: its
// name then and now, and its text.
func mbedTexts(name, text string, older ...string) []string {
	var texts []string
	for _, n := range append(older, name) {
		texts = append(texts, "MBEDTLS_ERR_SSL_"+n, "POLARSSL_ERR_SSL_"+n)
	}
	if text != "" {
		texts = append(texts, text)
	}
	return texts
}

func mbedCode(number int) string { return fmt.Sprintf("error -0x%04X of Mbed TLS", number) }
