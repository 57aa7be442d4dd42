package explain

// programMessages are those of programs around the libraries: servers, proxies,
// clients and languages.
var programMessages = []message{
	program("nginx", "client sent plain HTTP request to HTTPS port", "The client speaks plain HTTP to the TLS port.", notTLS).server().first(),
	program("nginx", "peer closed connection in SSL handshake", "The client closed TCP in the middle of the handshake.", eof).first(),
	program("nginx", "SSL renegotiation disabled", "The client renegotiated. nginx never allows that and closes the connection.", renegForbidden).server().later(),
	program("nginx", "client sent no required SSL certificate", "The server requires a client certificate and the client sent none.", clientCert).server(),
	program("nginx", "client SSL certificate verify error", "The client's certificate was not accepted; number and text behind it say why.", certVerify).server().weakly(),
	program("nginx", "upstream SSL certificate verify error", "nginx did not accept its upstream's certificate.", certVerify).client().weakly(),
	program("nginx", "no \"ssl_certificate\" is defined", "nginx has no certificate for this port.", serverSetup).server(),
	program("nginx", "SSL_do_handshake() failed", "The first handshake failed; OpenSSL's reason stands behind, in brackets.", handshakeFailure).first().weakly(),
	program("nginx", "client timed out … while SSL handshaking", "The client did not end its handshake in client_header_timeout.", timeout).server().first(),
	program("HAProxy", "Connection closed during SSL handshake", "The client closed TCP in the middle of the handshake.", eof).server().first(),
	program("HAProxy", "Timeout during SSL handshake", "The client did not end its handshake in time.", timeout).server().first(),
	program("HAProxy", "Connection error during SSL handshake", "The TCP connection failed in the middle of the handshake.", reset).first(),
	program("HAProxy", "SSL handshake failure", "The handshake failed; HAProxy 2.5 and later say why with log-format's %[ssl_fc_err_str].", handshakeFailure, "haproxy … SSL handshake failure").first().weakly(),
	program("HAProxy", "SSL client CA chain cannot be verified", "The client's certificate is not of an authority that HAProxy knows.", certUnknownCA).server(),
	program("HAProxy", "SSL client certificate not trusted", "The client's certificate was not accepted.", certVerify).server(),
	program("HAProxy", "Received something which does not look like a PROXY protocol header", "HAProxy was told to expect a PROXY header and the client sent none.", serverSetup).server(),
	program("Apache", "rejecting client initiated renegotiation", "The client renegotiated. Apache never allows a client to.", renegForbidden, "AH02042").server().later(),
	program("Apache", "Re-negotiation handshake failed", "Apache asked for a renegotiation (SSLVerifyClient or SSLCipherSuite in a directory) and it failed.", serverAsked, "AH02261").server().later(),
	program("Apache", "HTTP spoken on HTTPS port", "The client speaks plain HTTP to the TLS port.", notTLS, "AH01996").server().first(),
	program("Apache", "Certificate Verification: Error", "The client's certificate was not accepted; number and text behind it say why.", certVerify, "AH02039", "AH02276").weakly(),
	program("Apache", "SSL library error … in handshake", "The handshake failed; OpenSSL's reason is in the next line.", handshakeFailure, "AH02008").first().weakly(),
	program("stunnel", "Peer suddenly disconnected", "The peer closed TCP without close_notify.", eof),
	program("stunnel", "TLS socket closed … unexpectedly", "The peer closed TCP without close_notify.", eof),
	program("Postfix", "SSL_accept error from", "The handshake failed; OpenSSL's reason is in the next line.", handshakeFailure).server().first().weakly(),
	program("Postfix", "lost connection after STARTTLS", "The client closed TCP right after STARTTLS: mostly it dislikes the certificate.", eof).server().first(),
	program("curl", "curl: (35)", "The handshake failed; the reason stands behind.", handshakeFailure, "curl 35", "SSL connect error").client().first().weakly(),
	program("curl", "SSL: no alternative certificate subject name", "The certificate does not have the name that the client connects to.", certName).client(),
	program("curl", "SSL connection timeout", "The server did not end the handshake in time.", timeout, "SSL connection timed out").client().first(),
	program("curl", "OpenSSL SSL_connect: SSL_ERROR_SYSCALL", "The server closed or reset TCP in the middle of the handshake.", eof, "OpenSSL SSL_connect SSL_ERROR_SYSCALL", "OpenSSL SSL_connect: Connection reset by peer").client().first(),
	program("Python", "EOF occurred in violation of protocol", "The peer closed TCP without close_notify.", eof),
	program("Python", "The read operation timed out", "The peer did not answer in time.", timeout, "The handshake operation timed out", "_ssl.c … timed out"),
	program("Node.js", "Client network socket disconnected before secure TLS connection was established", "The server closed TCP in the middle of the handshake.", eof).client().first(),
	program("Node.js", "socket hang up", "The server closed TCP in the middle of something.", eof).client(),
	program("", "SSL_ERROR_SYSCALL", "The TCP connection failed under the library. With errno 0 the peer closed it without close_notify.", eof).weakly(),
	program("", "Connection reset by peer", "The TCP connection was reset.", reset, "Connection reset by peer", "ECONNRESET", "connection was forcibly closed by the remote host", "WSAECONNRESET", "errno 104", "Connection reset"),
	program("OpenVPN", "TLS key negotiation failed to occur within", "The peer did not answer in time: mostly a firewall.", timeout),
	program("", "Broken pipe", "This side wrote after the peer had gone.", reset, "Broken pipe", "EPIPE"),
	program("s_client", "Secure Renegotiation IS NOT supported", "The peer did not signal RFC 5746 (in TLS 1.3 this line means nothing).", unsafeLegacy),

	rust("received corrupt message of type InvalidContentType", "What came first is no TLS record.", notTLS),
	rust("peer is incompatible: NoCipherSuitesInCommon", "No cipher suite in common: rustls has neither RSA key exchange nor CBC suites.", suiteNone, "NoCipherSuitesInCommon", "no ciphersuites in common"),
	rust("peer is incompatible", "The peer offers nothing that rustls has: it begins at TLS 1.2, with ECDHE and AEAD suites and Extended Master Secret where asked.", versionNone, "peer is incompatible", "PeerIncompatible"),
	rust("invalid peer certificate: UnknownIssuer", "The chain ends at an authority that this side does not know.", certUnknownCA, "invalid peer certificate UnknownIssuer"),
	rust("invalid peer certificate: Expired", "The certificate has expired by this side's clock.", certExpired, "invalid peer certificate Expired"),
	rust("invalid peer certificate: NotValidForName", "The certificate does not have the name that the client connects to.", certName, "invalid peer certificate NotValidForName", "certificate not valid for name"),
	rust("peer closed connection without sending TLS close_notify", "The peer closed TCP without close_notify.", eof),
}

var serverAsked = &topic{
	causes: []Cause{
		byServer("reneg-server-asked", "the server asks for a second handshake once it has read the request: for a client certificate, mostly."),
		byServer("reneg-data-crossed", "the client's or the server's data crossed that handshake."),
		byServer("client-cert-missing", "the client has no certificate to give."),
		byServer("reneg-bare-hello", "the client cannot renegotiate as RFC 5746 has it."),
	},
	parley:  "Ask in the first handshake instead: --client-auth request or require. serve never asks for a renegotiation.",
	client:  "Nothing: the server's configuration causes it (SSLVerifyClient in <VirtualHost>, not in <Directory>).",
	capture: captureKeys,
}

func program(name, text, meaning string, about *topic, more ...string) message {
	return message{name: text, texts: append([]string{text}, more...), library: name, meaning: meaning, about: about}
}

func rust(text, meaning string, about *topic, more ...string) message {
	return message{name: text, texts: append([]string{text}, more...), library: libRustls, meaning: meaning, about: about}
}
