package explain

import "fmt"

// appleMessages are Secure Transport's, which old iOS and macOS log by number
// ("CFNetwork SSLHandshake failed (-9824)") or by name.
var appleMessages = []message{
	apple(-9800, "errSSLProtocol", "Something breaks the protocol's rules: mostly what came is no TLS.", notTLS),
	apple(-9801, "errSSLNegotiation", "No cipher suite or version in common.", suiteNone),
	apple(-9802, "errSSLFatalAlert", "The peer sent a fatal alert.", handshakeFailure).fromPeer(),
	apple(-9805, "errSSLClosedGraceful", "The peer sent close_notify.", closed),
	apple(-9806, "errSSLClosedAbort", "The TCP connection was cut in the middle of something.", eof),
	apple(-9807, "errSSLXCertChainInvalid", "The peer's chain does not hold.", certVerify),
	apple(-9808, "errSSLBadCert", "The peer's certificate could not be used.", certRefused),
	apple(-9812, "errSSLUnknownRootCert", "The chain ends at an authority that this side does not know.", certUnknownCA),
	apple(-9813, "errSSLNoRootCert", "The chain does not reach an authority.", certUnknownCA),
	apple(-9814, "errSSLCertExpired", "The certificate has expired by this side's clock.", certExpired),
	apple(-9815, "errSSLCertNotYetValid", "The certificate is not valid yet by this side's clock: mostly the clock is wrong.", certExpired),
	apple(-9816, "errSSLClosedNoNotify", "The peer closed TCP without close_notify.", eof),
	apple(-9819, "errSSLPeerUnexpectedMsg", "The peer sent unexpected_message.", outOfOrder).fromPeer(),
	apple(-9820, "errSSLPeerBadRecordMac", "The peer sent bad_record_mac.", badRecord).fromPeer(),
	apple(-9824, "errSSLPeerHandshakeFail", "The peer sent handshake_failure.", handshakeFailure).fromPeer(),
	apple(-9825, "errSSLPeerBadCert", "The peer sent bad_certificate.", certRefused).fromPeer(),
	apple(-9831, "errSSLPeerUnknownCA", "The peer sent unknown_ca.", certUnknownCA).fromPeer(),
	apple(-9836, "errSSLPeerProtocolVersion", "The peer sent protocol_version.", versionNone).fromPeer(),
	apple(-9840, "errSSLPeerNoRenegotiation", "The peer sent no_renegotiation.", noRenegotiation).fromPeer().later(),
	apple(-9843, "errSSLHostNameMismatch", "The certificate does not have the name that the client connects to.", certName).client(),
}

func apple(number int, name, meaning string, about *topic) message {
	return message{
		name: name, library: libApple, meaning: meaning, about: about,
		code: fmt.Sprintf("error %d of Secure Transport", number), number: number,
	}
}
