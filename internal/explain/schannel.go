package explain

// schannelMessages are Windows's: the events of Schannel in the system log, and
// the status codes that SSPI gives to programs. Alerts in them are found by their
// numbers.
var schannelMessages = []message{
	event("36874", "connection request was received from a remote client application, but none of the cipher suites supported by the client application are supported by the server", "No cipher suite in common.", suiteNone).server(),
	event("36887", "", "Windows received a fatal alert; its number stands in the event's text.", handshakeFailure).fromPeer().weakly(),
	event("36888", "", "Windows sent a fatal alert; its number stands in the event's text, and an internal state that says where (1203: no TLS; 1205: no suite in common, or no certificate).", handshakeFailure).says("This Windows sent it to its peer.").weakly(),
	event("36871", "A fatal error occurred while creating a TLS client credential", "Windows could not make ready for TLS: the program asks for versions that are switched off in the registry, mostly (internal error state 10013).", serverSetup),
	event("36870", "A fatal error occurred when attempting to access the … private key", "Windows cannot use the certificate's private key: permissions, or its provider.", serverSetup),
	event("36872", "", "The certificate's chain could not be had, or the server has no certificate.", serverSetup),
	event("36886", "No suitable default server credential exists on this system", "The server has no certificate that would do.", serverSetup).server(),
	event("36873", "No supported cipher suites were found when initiating", "No suite is left to offer.", suiteNone).client(),
	event("36875", "The remote server has requested … client authentication, but no suitable client certificate could be found", "The server asks for a client certificate, and this client has none of an authority that the server names.", clientCert),
	event("36876", "The certificate received from the remote server has not validated correctly", "The client did not accept the server's certificate; the code behind says why.", certVerify).client(),
	event("36877", "The certificate received from the remote client application has not validated correctly", "The server did not accept the client's certificate.", certVerify).server(),
	event("36881", "The certificate received from the remote server has either expired or is not yet valid", "The server's certificate is not valid by the client's clock.", certExpired, "The certificate received from the remote server has expired").client(),
	event("36882", "The certificate received from the remote server was issued by an untrusted certificate authority", "The client does not know who issued the server's certificate.", certUnknownCA).client(),
	event("36883", "The certificate received from the remote server has been revoked", "The server's certificate was revoked.", certRefused).client(),
	event("36884", "The certificate received from the remote server does not contain the expected name", "The certificate does not have the name that the client connects to.", certName).client(),
	event("36885", "When asking for client authentication, this server sends a list of trusted certificate authorities", "The list of authorities that the server names is too long and was cut: clients may not find their own in it.", clientCert).server(),

	sec("SEC_E_ILLEGAL_MESSAGE", "0x80090326", "The message received was unexpected or badly formatted", "What came is not what is due: mostly an alert of the peer (event 36887 has its number), or no TLS.", illegalMessage),
	sec("SEC_E_ALGORITHM_MISMATCH", "0x80090331", "do not possess a common algorithm", "No version or no cipher suite in common.", suiteNone),
	sec("SEC_E_INVALID_TOKEN", "0x80090308", "The token supplied to the function is invalid", "What came could not be read as TLS: mostly it is none, or it was cut.", notTLS),
	sec("SEC_E_UNSUPPORTED_FUNCTION", "0x80090302", "The function requested is not supported", "A version that Windows does not have, or that is switched off.", versionNone),
	sec("SEC_E_UNTRUSTED_ROOT", "0x80090325", "The certificate chain was issued by an authority that is not trusted", "The chain ends at an authority that this side does not know.", certUnknownCA),
	sec("SEC_E_CERT_EXPIRED", "0x80090328", "The received certificate has expired", "The certificate has expired by this side's clock.", certExpired),
	sec("SEC_E_CERT_UNKNOWN", "0x80090327", "An unknown error occurred while processing the certificate", "The certificate was not accepted.", certRefused),
	sec("SEC_E_WRONG_PRINCIPAL", "0x80090322", "The target principal name is incorrect", "The certificate does not have the name that the client connects to.", certName).client(),
	sec("SEC_E_MESSAGE_ALTERED", "0x8009030F", "The message or signature supplied for verification has been altered", "A record did not open under the keys in use.", badRecord),
	sec("SEC_E_DECRYPT_FAILURE", "0x80090330", "The specified data could not be decrypted", "A record did not open under the keys in use.", badRecord),
	sec("SEC_E_INTERNAL_ERROR", "0x80090304", "The Local Security Authority cannot be contacted", "Windows failed by itself; mostly a certificate or key that it cannot use.", serverSetup),
	sec("SEC_E_NO_CREDENTIALS", "0x8009030E", "No credentials are available in the security package", "There is no certificate, or its key cannot be read.", serverSetup),
	sec("SEC_E_INCOMPLETE_CREDENTIALS", "0x80090320", "The credentials supplied were not complete", "The server asks for a client certificate and there is none.", clientCert).client(),
	sec("SEC_I_INCOMPLETE_CREDENTIALS", "0x00090320", "", "The server asks for a client certificate; the program may go on without.", clientCert).client(),
	sec("SEC_I_RENEGOTIATE", "0x00090321", "The remote party requests a new handshake sequence", "The peer renegotiates (in TLS 1.3 this is a ticket or a key update); the program has to go on with it.", renegForbidden),
	sec("SEC_I_CONTEXT_EXPIRED", "0x00090317", "", "The peer sent close_notify.", closed),
	sec("SEC_E_APPLICATION_PROTOCOL_MISMATCH", "0x80090367", "", "No application protocol (ALPN) in common.", alpn),
	sec("CERT_E_UNTRUSTEDROOT", "0x800B0109", "terminated in a root certificate which is not trusted", "The chain ends at an authority that this side does not know.", certUnknownCA),
	sec("CERT_E_EXPIRED", "0x800B0101", "", "The certificate is not valid by this side's clock.", certExpired),
	sec("CERT_E_CN_NO_MATCH", "0x800B010F", "The certificate's CN name does not match the passed value", "The certificate does not have the name that the client connects to.", certName),
	sec("CRYPT_E_REVOCATION_OFFLINE", "0x80092013", "the revocation server was offline", "Whether the certificate was revoked could not be asked: the device has no way to the authority's server.", certVerify),
	sec("CRYPT_E_NO_REVOCATION_CHECK", "0x80092012", "The revocation function was unable to check revocation", "Whether the certificate was revoked could not be found out.", certVerify),

	dotnet("The remote certificate is invalid according to the validation procedure", "The peer's certificate was not accepted; RemoteCertificateNameMismatch, RemoteCertificateChainErrors behind it say why.", certVerify, "The remote certificate was rejected by the provided RemoteCertificateValidationCallback", "The remote certificate is invalid because of errors in the certificate chain"),
	dotnet("Could not create SSL/TLS secure channel", "The handshake failed and .NET does not say why: mostly the version (.NET before 4.6 offers TLS 1.0 only), or a client certificate.", versionNone).client(),
	dotnet("The underlying connection was closed: An unexpected error occurred on a send", "The server closed in the middle of the handshake: mostly it dislikes the version.", eof).client().first(),
	dotnet("Authentication failed because the remote party has closed the transport stream", "The peer closed TCP in the middle of the handshake.", eof, "Authentication failed because the remote party", "Received an unexpected EOF or 0 bytes from the transport stream").first(),
	dotnet("The handshake failed due to an unexpected packet format", "What came first is no TLS.", notTLS, "The handshake failed due to an unexpected packet format", "Cannot determine the frame size or a corrupted frame was received").first(),
}

// illegalMessage is what Schannel calls most things that it does not like.
var illegalMessage = &topic{
	causes: []Cause{
		byClient("suite-none-shared", "the server sent an alert: no suite or version in common, mostly."),
		byClient("version-none-shared", "the same, for the version."),
		by("not-tls", "what came first is no TLS.").at(opening),
		byServer("reneg-reset-hello", "in mid-connection: a second hello that Schannel does not take.").at(open),
		by("cert-refused", "the peer's certificate or key is of a kind that Windows cannot use."),
	},
	parley:  "Look at the line of the same second in parley serve's log: ended= has the id.",
	client:  "Switch the events on (registry: SCHANNEL\\EventLogging = 7) and look for 36887 and 36888: they have the alert's number.",
	capture: captureFirst,
}

func event(id, text, meaning string, about *topic, more ...string) message {
	texts := append([]string{"Schannel … " + id, "Event ID " + id, "event " + id}, more...)
	if text != "" {
		texts = append(texts, text)
	}
	return message{name: "event " + id, texts: texts, library: libSchannel, meaning: meaning, about: about, code: "event " + id + " of Schannel"}
}

func sec(name, code, text, meaning string, about *topic) message {
	m := message{name: name, texts: []string{name, code}, library: libSchannel, meaning: meaning, about: about, code: code}
	if text != "" {
		m.texts = append(m.texts, text)
	}
	return m
}

func dotnet(name, meaning string, about *topic, texts ...string) message {
	return message{name: name, texts: append(texts, name), library: ".NET", meaning: meaning, about: about}
}
