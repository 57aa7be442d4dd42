package explain

// javaMessages are JSSE's, of Java 6 to 21. "Received fatal alert" and the names
// behind it are alerts.
var javaMessages = []message{
	java("Unsupported or unrecognized SSL message", "What came first is no TLS record.", notTLS, "Unrecognized SSL message, plaintext connection").first(),
	java("Unsupported record version", "A record's header has a version that is none: what came is no TLS record.", notTLS, "Unsupported record version", "Unrecognized record version"),
	java("Inconsistent secure renegotiation indication", "A second hello has no renegotiation_info though the connection had signalled RFC 5746.", renegInconsistent).later(),
	java("Unsafe renegotiation is not allowed", "The peer did not signal RFC 5746 and renegotiates.", unsafeLegacy, "Insecure renegotiation is not allowed", "Terminate insecure renegotiation").later(),
	java("Client initiated renegotiation is not allowed", "This server lets no client renegotiate (-Djdk.tls.rejectClientInitiatedRenegotiation=true).", renegForbidden).server().later(),
	java("Renegotiation is not allowed", "A renegotiation was asked for that this side does not allow.", renegForbidden).later(),
	java("Failed to negotiate the use of secure renegotiation", "The peer did not signal RFC 5746, and this side insists on it (sun.security.ssl.allowLegacyHelloMessages=false).", unsafeLegacy).first(),
	java("Missing renegotiation_info and SCSV detected in ClientHello", "The client did not signal RFC 5746.", unsafeLegacy).server(),
	java("Invalid renegotiation_info", "renegotiation_info in a hello is not what this connection has.", renegMismatch, "Invalid renegotiation_info extension", "Invalid renegotiation_info in ServerHello", "Invalid renegotiation_info in ClientHello", "Incorrect verify data in ClientHello renegotiation_info message", "Incorrect verify data in ServerHello renegotiation_info message"),
	java("no cipher suites in common", "No cipher suite that the client offers can be used; also where the server has no key, or none of the right kind.", suiteNone, "no cipher suites in common", "no negotiable cipher suite").server(),
	java("No appropriate protocol (protocol is disabled or cipher suites are inappropriate)", "Nothing is left to offer: java.security's jdk.tls.disabledAlgorithms switches off TLS 1.0 and 1.1 since 8u291 and 11.0.11.", versionNone, "No appropriate protocol"),
	java("Client requested protocol … not enabled or not supported", "The client's version is switched off on this server.", versionNone, "Client requested protocol", "The client supported protocol versions … are not accepted by server preferences").server(),
	java("The server selected protocol version … is not accepted by client preferences", "The server chose a version that is switched off on this client: jdk.tls.disabledAlgorithms has TLS 1.0 and 1.1 since 8u291 and 11.0.11.", versionNone, "is not accepted by client preferences", "Server chose … but that protocol version is not enabled or not supported by the client").client(),
	java("SSLv2Hello is disabled", "The first hello is in the SSL 2.0 format, which Java 6 and older clients send.", sslv2, "SSLv2Hello is disabled", "Requested to negotiate unsupported SSLv2", "SSLv2Hello is not enabled").server().first(),
	java("PKIX path building failed", "The client found no way from the server's certificate to an authority that it knows.", certUnknownCA, "PKIX path building failed", "unable to find valid certification path to requested target", "No trusted certificate found"),
	java("PKIX path validation failed", "The certificate's chain does not hold: expired, a wrong usage, or an algorithm that is off.", certVerify, "PKIX path validation failed"),
	java("CertificateExpiredException", "A certificate has expired by this side's clock.", certExpired, "CertificateExpiredException", "CertificateNotYetValidException"),
	java("Certificates do not conform to algorithm constraints", "A certificate has a short key, or is signed with MD5 or SHA-1 (jdk.certpath.disabledAlgorithms).", certWeak, "Certificates do not conform to algorithm constraints", "Certificates does not conform to algorithm constraints", "Algorithm constraints check failed"),
	java("No subject alternative names present", "The server's certificate does not have the name that the client connects to.", certName, "No subject alternative names", "No subject alternative DNS name matching", "No name matching … found").client(),
	java("Empty client certificate chain", "The client sent an empty list of certificates, and one is required.", clientCert, "Empty client certificate chain", "null cert chain").server(),
	java("No available authentication scheme", "The server has no certificate that fits what the client can verify.", signatureNone).server(),
	java("Could not generate DH keypair", "Java 6 and 7 cannot compute with the server's Diffie-Hellman group: more than 1024 bits.", weakDH, "Could not generate DH keypair", "Prime size must be multiple of 64").client(),
	java("DH ServerKeyExchange does not comply to algorithm constraints", "The server's Diffie-Hellman group is too small for the client.", weakDH, "ServerKeyExchange does not comply to algorithm constraints").client(),
	java("Remote host closed connection during handshake", "The peer closed TCP in the middle of the handshake.", eof, "Remote host closed connection during handshake", "Remote host terminated the handshake").first(),
	java("SSL peer shut down incorrectly", "The peer closed TCP without close_notify.", eof),
	java("Received close_notify during handshake", "The peer gave up in the middle of the handshake.", eof).first(),
	java("closing inbound before receiving peer's close_notify", "The peer closed TCP without close_notify.", eof).later(),
	java("Tag mismatch!", "A record did not open under the keys in use.", badRecord, "Tag mismatch", "AEADBadTagException"),
	java("bad record MAC", "A record did not open under the keys in use.", badRecord, "SSLException … bad record MAC", "SSLProtocolException … bad record MAC"),
	java("handshake alert: unrecognized_name", "The server warned that it does not know the name in SNI, and Java 7 takes that for fatal.", serverName, "handshake alert unrecognized_name").client().first(),
	java("peer not authenticated", "The peer's certificate was not accepted, or it sent none; the reason is in an earlier exception.", certVerify),
	java("Unexpected end of handshake data", "A message is shorter than it says.", malformed),
	java("java.security.cert.CertificateException", "A certificate was not accepted.", certVerify, "CertificateException").weakly(),
	java("Unexpected renegotiation handshake message", "A handshake message came in mid-connection that is not allowed there.", outOfOrder, "Received unexpected renegotiation handshake message").later(),
	java("Receiving application data before handshake complete", "Application data came before the handshake was done.", dataInHandshake),
	java("Inappropriate finished message", "Finished came that is not due.", outOfOrder),
	java("A potential protocol version downgrade attack", "A hello shows that the two could have had a better version: something in between took it away.", fallback),
	{name: "Received fatal alert", library: libJava, texts: []string{"Received fatal alert"}, meaning: "The peer sent a fatal alert; its name stands behind.", about: handshakeFailure, alert: true, weak: true},
}

var sslv2 = &topic{
	causes: []Cause{
		byServer("hello-ssl2", "an old client wraps its hello in the SSL 2.0 format, so that servers of the nineties could read it: Java 6, OpenSSL 0.9.8 with SSLv23_method."),
	},
	parley:  "serve refuses it; the page of hello-ssl2 has what the client can do.",
	client:  "Java 6: -Dhttps.protocols=TLSv1. OpenSSL: SSL_OP_NO_SSLv2, or TLSv1_client_method.",
	capture: captureFirst,
}

// java makes an entry; its name is one of its texts.
func java(name, meaning string, about *topic, texts ...string) message {
	return message{name: name, texts: append(texts, name), library: libJava, meaning: meaning, about: about}
}
