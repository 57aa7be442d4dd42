package explain

import "fmt"

// wolfMessages are wolfSSL's, by number, name and text.
var wolfMessages = []message{
	wolf(-326, "VERSION_ERROR", "record layer version error", "A record or a hello has a version that is not allowed here.", wrongOrNone),
	wolf(-305, "VERIFY_MAC_ERROR", "verify mac problem", "A record did not open under the keys in use.", badRecord),
	wolf(-312, "DECRYPT_ERROR", "error during decryption", "A record did not decrypt.", badRecord),
	wolf(-304, "VERIFY_FINISHED_ERROR", "verify problem on finished", "The peer's Finished does not fit the handshake.", finishedWrong),
	wolf(-311, "UNKNOWN_RECORD_TYPE", "unknown type in record hdr", "A record has a type that TLS does not have: mostly no TLS.", notTLS),
	wolf(-321, "BAD_HELLO", "client hello malformed", "A ClientHello could not be read.", malformed).server(),
	wolf(-322, "DOMAIN_NAME_MISMATCH", "peer subject name mismatch", "The certificate does not have the name that the client connects to.", certName),
	wolf(-343, "ZERO_RETURN", "peer sent close notify alert", "The peer sent close_notify.", closed),
	wolf(-345, "NO_PEER_CERT", "peer didn't send cert", "The peer sent no certificate.", clientCert),
	wolf(-373, "OUT_OF_ORDER_E", "out of order message, fatal", "A message came that is not due.", outOfOrder),
	wolf(-394, "SANITY_MSG_E", "sanity check on message order", "A message came that is not due.", outOfOrder),
	wolf(-388, "SECURE_RENEGOTIATION_E", "Invalid Renegotiation Error", "renegotiation_info in a hello is not what this connection has.", renegMismatch),
	wolf(-391, "SCR_DIFFERENT_CERT_E", "SCR Different cert error", "A renegotiation came with another certificate.", identityChanged),
	wolf(-397, "SOCKET_PEER_CLOSED_E", "Peer closed underlying transport Error", "The peer closed TCP.", eof),
	wolf(-308, "SOCKET_ERROR_E", "error state on socket", "The TCP connection failed.", reset),
	wolf(-401, "DH_KEY_SIZE_E", "DH key too small Error", "The server's Diffie-Hellman group is too small.", weakDH).client(),
	wolf(-409, "RSA_KEY_SIZE_E", "RSA key too small", "A certificate's key is too short.", certWeak),
	wolf(-501, "MATCH_SUITE_ERROR", "can't match cipher suite", "No cipher suite in common.", suiteNone),
	wolf(-500, "UNSUPPORTED_SUITE", "unsupported cipher suite", "The peer chose a suite that this build does not have.", suiteNone),
	wolf(-381, "UNKNOWN_SNI_HOST_NAME_E", "Unrecognized host name Error", "The server does not know the name in SNI.", serverName),
	wolf(-188, "ASN_NO_SIGNER_E", "ASN no signer error to confirm failure", "The chain ends at an authority that this side does not know.", certUnknownCA),
	wolf(-151, "ASN_AFTER_DATE_E", "ASN date error, current date after", "The certificate has expired by this side's clock.", certExpired),
	wolf(-150, "ASN_BEFORE_DATE_E", "ASN date error, current date before", "The certificate is not valid yet by this side's clock: mostly the clock is wrong.", certExpired),
	{name: "FATAL_ERROR", texts: []string{"received alert fatal error"}, library: libWolf, meaning: "The peer sent a fatal alert; wolfSSL_get_alert_history tells which one.", about: handshakeFailure, alert: true, code: wolfCode(-313), number: -313},
}

func wolf(number int, name, text, meaning string, about *topic) message {
	return message{
		name: name, texts: []string{text, "wolfSSL … " + name}, library: libWolf,
		meaning: meaning, about: about, code: wolfCode(number), number: number,
	}
}

func wolfCode(number int) string { return fmt.Sprintf("error %d of wolfSSL", number) }
