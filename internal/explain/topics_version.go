package explain

// Topics of versions, and of what is no TLS.

var wrongVersion = &topic{
	causes: []Cause{
		byServer("reneg-reset-hello", "in mid-connection on TLS 1.1 or 1.2: the client begins its handshake again inside the connection. Its hello has 0x0301 in the record's header, and the server compares that before it decrypts.").at(open),
		byServer("reneg-restart-hello", "in mid-connection: the client lost its TLS state and begins again in clear, which also has 0x0301 in its header.").at(open),
		byServer("not-tls-http", "on the first bytes: a client speaks plain HTTP to the TLS port.").at(opening),
		byClient("", "the server does not speak TLS on this port: it is the plain port, a proxy's error page, or a protocol that wants STARTTLS first.").at(opening),
		by("not-tls", "on the first bytes: another protocol, or a PROXY header that the server was not told to expect.").at(opening),
		by("record-version", "something between the two writes another version into records: a middlebox, or a TLS stack that stamps its lowest version on all of them."),
	},
	parley:  "Nothing to set for the first: Parley serves a reset hello by default (--reset accept), bound to the session in use. For the second read what --restart isolate asks for.",
	client:  "Call the library's renegotiation function (OpenSSL: SSL_renegotiate, then SSL_do_handshake) instead of setting the object back to connect; or open a new TCP connection. If it is the first bytes, check address and port.",
	capture: "The whole connection, to see when it comes: on the first bytes or in mid-connection tells which cause it is. Commands: docs/capture.md. Then: parley diagnose FILE.",
}

var versionNone = &topic{
	causes: []Cause{
		by("version-none-shared", "client and server have no protocol version in common: an old device has TLS 1.0 at most, and today's servers begin at TLS 1.2."),
		byServer("reneg-reset-hello", "in mid-connection on TLS 1.1 or 1.2: the client begins its handshake again inside the connection, and OpenSSL answers with protocol_version.").at(open),
		byServer("version-fallback", "the client came back with a lower version than it can, after a first try that failed."),
		byServer("hello-ssl2", "the first hello is in the SSL 2.0 format.").at(opening),
	},
	parley:  "--min-version 1.0 is the default and serves TLS 1.0 clients. SSL 3.0 and 2.0 are not served. In mid-connection: --reset accept, the default.",
	client:  "Enable TLS 1.2 (Java 7: -Dhttps.protocols=TLSv1.2; .NET before 4.6: SchUseStrongCrypto; OpenSSL: SSLv23_method, not TLSv1_method). Needs OpenSSL 1.0.1 or later.",
	capture: captureFirst + " If it comes in mid-connection: the whole connection.",
}

var fallback = &topic{
	causes: []Cause{
		byServer("fallback-scsv-refused", "the client tried again with a lower version and says so (TLS_FALLBACK_SCSV); the server has a better one and refuses (RFC 7507)."),
		byServer("tcp-reset", "the reason why the client fell back: its first try was cut, by a middlebox or a busy server."),
		byServer("handshake-timeout", "the same, where the first try was too slow."),
	},
	parley:  "Nothing: refusing is right. Look at the connection that failed just before, from the same address.",
	client:  "Take out the retry with a lower version; it hides the failure that matters.",
	capture: "Both connections: the refused one and the one before it from the same client.",
}

var notTLS = &topic{
	causes: []Cause{
		byServer("not-tls-http", "a client, a health check or a port scan speaks plain HTTP to the TLS port.").at(opening),
		byClient("", "the server does not speak TLS on this port: the plain port, a proxy's error page, or a protocol that wants STARTTLS first.").at(opening),
		by("not-tls", "another protocol, or a PROXY header that the server was not told to expect.").at(opening),
		by("hello-ssl2", "an old client's hello in the SSL 2.0 format, which the server does not read.").at(opening),
		byServer("reneg-restart-hello", "in mid-connection, on TLS 1.0 with GnuTLS: the client began again in clear.").at(open),
	},
	parley:  "Nothing to set. If it is a health check, let it only connect, or speak TLS.",
	client:  "https:// and the TLS port; for SMTP, IMAP, LDAP and the like the port that speaks TLS at once, or STARTTLS.",
	capture: captureFirst,
}
