package explain

// Topics of alerts that say little.

var handshakeFailure = &topic{
	causes: []Cause{
		byServer("suite-none-shared", "no cipher suite in common, the usual reason in a first handshake: an old device offers RC4 or 3DES only.").at(opening),
		byServer("reneg-reset-hello", "in mid-connection on TLS 1.0: the client begins its handshake again inside the connection, and OpenSSL answers so (\"scsv received when renegotiating\" in its log).").at(open),
		byServer("reneg-bare-hello", "in mid-connection: a client from before RFC 5746 renegotiates.").at(open),
		byServer("client-cert-missing", "the server requires a client certificate: before TLS 1.3 it says so by this alert.").at(opening),
		byServer("signature-none-shared", "the client cannot verify any signature that the server's key can make.").at(opening),
		byServer("curve-none-shared", "no curve in common, and nothing else fits.").at(opening),
		byServer("reneg-forged-hello", "in mid-connection: a hello that contradicts its connection.").at(open),
		byClient("cert-refused", "the client dislikes what the server chose: certificate, key or Diffie-Hellman group.").at(opening),
		byClient("", "the server does not know RFC 5746 and the client insists on it (OpenSSL 3).").at(opening),
	},
	parley:  "parley serve logs what it was in ended= and in renegotiations=. A suite: --suites default,NAME. A second hello: --reset accept is the default; --bare resumed for clients from before RFC 5746.",
	client:  "Its offer is in its first hello: parley listen --explain shows it and says what would serve it.",
	capture: captureFirst + " If it comes in mid-connection: the whole connection, and its keys.",
}

var illegal = &topic{
	causes: []Cause{
		by("hello-malformed", "a message has a value that cannot be: home-made TLS stacks, memory faults.").at(opening),
		by("curve-none-shared", "a key share or a curve that was not offered.").at(opening),
		by("reneg-version-changed", "in a renegotiation: another version than the connection has.").at(open),
		by("", "a device in between changed a hello."),
	},
	parley:  "Nothing to set; the reason stands in the line.",
	client:  "Update its TLS library.",
	capture: captureWhole,
}

var decryptError = &topic{
	causes: []Cause{
		by("", "a signature or a Finished did not verify: a key that does not belong to its certificate, or a handshake that was changed on the way."),
		byServer("client-cert-refused", "the client's CertificateVerify is wrong: its key is not its certificate's."),
		byServer("key-oracle-probe", "somebody tries RSA ciphertexts."),
	},
	parley:  "Nothing to set: it is fatal.",
	client:  "Check that key and certificate belong together.",
	capture: captureWhole,
}

var insufficient = &topic{
	causes: []Cause{
		by("suite-none-shared", "what the client offers is too weak for the server: RC4, 3DES, export, a small key."),
		byServer("version-none-shared", "or its version is."),
	},
	parley:  "Give the one suite that the device has: --suites default,NAME. It is a risk, and is warned about at start.",
	client:  "Enable AES suites and TLS 1.2.",
	capture: captureFirst,
}

var internalError = &topic{
	causes: []Cause{
		by("", "the side that sent it failed by itself: out of memory, a key that cannot be used, a bug. Nothing on the wire explains it."),
	},
	parley:  "parley serve logs the reason in error=.",
	client:  "Nothing, if the server sent it.",
	capture: "The log of the side that sent it, at that second.",
}

var serverName = &topic{
	causes: []Cause{
		byServer("", "the server does not know the name that the client asks for in SNI. As a warning it should end nothing, but Java 7 and OpenSSL before 1.1 as clients may give up on it."),
		byServer("cert-name", "if the connection went on: the client gets the default certificate, which has another name."),
	},
	parley:  "Parley never sends this warning: a name that no certificate has gets the first certificate. Fatal it is sent where routes are set and none is for the name: add one, or give the listener a backend for the rest.",
	client:  "Connect by a name that the server knows. Java 7 and 8: -Djsse.enableSNIExtension=false for a test.",
	capture: captureFirst,
}

var alpn = &topic{
	causes: []Cause{
		byServer("", "the client insists on application protocols (ALPN) that the server does not speak: h2 alone, or one of its own."),
	},
	parley:  "--alpn with what the backend speaks. Without it Parley answers no ALPN, which suits every old client.",
	client:  "Offer http/1.1 too.",
	capture: captureFirst,
}

var userGone = &topic{
	causes: []Cause{
		by("handshake-abandoned", "the peer called it off: a person pressed stop, a program was ended."),
	},
	parley:  "Nothing.",
	client:  "Nothing.",
	capture: "Nothing, unless it is frequent: then " + captureWhole,
}

var rare = &topic{
	causes: []Cause{
		by("", "old devices seldom cause it; the meaning above is what the RFC gives."),
		by("", "a device in between changes handshakes."),
	},
	parley:  "Nothing is known to set; the reason stands in the line of parley serve.",
	client:  "Its own log has more.",
	capture: captureWhole,
}

var compression = &topic{
	causes: []Cause{
		by("record-mac", "TLS compression is off everywhere since 2012 (CRIME); a record that claims to be compressed is most likely a damaged one."),
	},
	parley:  "Nothing: Parley never compresses.",
	client:  "Switch TLS compression off.",
	capture: captureWhole,
}
