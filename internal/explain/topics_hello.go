package explain

// Topics of second hellos, and of messages out of their order.

var scsvAgain = &topic{
	causes: []Cause{
		byServer("reneg-reset-hello", "the client begins its handshake again inside the connection: it set its TLS object back instead of renegotiating, so the hello looks like a first one. RFC 5746, section 3.7 has servers abort on that."),
		byServer("reneg-forged-hello", "the hello is not of this connection: somebody splices a victim's first hello in (CVE-2009-3555)."),
	},
	parley:  "Nothing to set: --reset accept, the default, serves such a client if it resumes the session in use, which proves that it is the same one.",
	client:  "Call SSL_renegotiate and SSL_do_handshake; do not call SSL_set_connect_state, SSL_clear or the like on a connection that is open.",
	capture: captureKeys,
}

var renegMismatch = &topic{
	causes: []Cause{
		byClient("reneg-reset-hello", "the client had begun again inside the connection, and the server answered as to a first hello, with an empty renegotiation_info. The client still remembers its first handshake, and refuses that."),
		byServer("reneg-forged-hello", "the client's renegotiation_info is not of this connection: a spliced hello, a device in the middle, or a client that mixes connections up."),
		by("reneg-restart-hello", "one side began again with a new TLS object, the other did not."),
	},
	parley:  "Nothing to set: Parley answers a reset hello with the full verify_data, which such a client accepts. A hello that contradicts its connection is always aborted.",
	client:  "One TLS object for each TCP connection, and the library's own function to renegotiate.",
	capture: captureKeys,
}

var unsafeLegacy = &topic{
	causes: []Cause{
		byClient("", "in the first handshake: the server does not know RFC 5746 (an old server, or a middlebox that strips the extension), and OpenSSL 3 refuses such servers.").at(opening),
		byServer("reneg-bare-hello", "in mid-connection: a client from before RFC 5746 renegotiates, and the server does not allow it.").at(open),
		byServer("reneg-reset-hello", "in mid-connection: the client begins again as if it were the first time, without renegotiation_info.").at(open),
		byServer("reneg-server-asked", "the server itself asked for the renegotiation, for a client certificate perhaps, from a client that cannot do it safely.").at(open),
	},
	parley:  "Parley always signals RFC 5746, so a client that complains of its server is content with Parley in front of it. For old clients: --bare refuse is the default; --bare resumed is safe and serves those that offer their session.",
	client:  "Update to a library that knows RFC 5746 (OpenSSL 0.9.8m, Java 6u22, Windows with KB980436, or later). Allowing legacy connections (SSL_OP_LEGACY_SERVER_CONNECT) is for a server that you trust and cannot change.",
	capture: captureKeys,
}

var noRenegotiation = &topic{
	causes: []Cause{
		byServer("reneg-refused", "the client renegotiated and the server said no, by a warning; old OpenSSL clients hang or give up after that."),
		byServer("reneg-secure-hello", "what it said no to: a good renegotiation, on a server that allows none. OpenSSL 3 lets no client renegotiate unless SSL_OP_ALLOW_CLIENT_RENEGOTIATION is set."),
		byServer("reneg-reset-hello", "what it said no to, on TLS 1.0 with OpenSSL 3: a client that begins its handshake again inside the connection."),
		byServer("reneg-bare-hello", "what it said no to: a client from before RFC 5746."),
		byClient("reneg-server-asked", "the server asked for a renegotiation (HelloRequest) and the client will not."),
		byServer("reneg-insisted", "the client asks again and again."),
	},
	parley:  "--secure accept and --reset accept are the defaults. For a client that cannot live with the refusal: --bare resumed.",
	client:  "Switch off renegotiation by time or bytes (BIO_set_ssl_renegotiate_timeout, BIO_set_ssl_renegotiate_bytes), or open a new connection instead.",
	capture: captureKeys,
}

var renegForbidden = &topic{
	causes: []Cause{
		byServer("reneg-secure-hello", "the client renegotiates as RFC 5746 has it, and this server allows no client to."),
		byServer("reneg-bare-hello", "a client from before RFC 5746 renegotiates."),
		byServer("reneg-reset-hello", "the client begins its handshake again inside the connection."),
		byServer("reneg-insisted", "a client that does it over and over, or an attack on the server's processor (CVE-2011-1473)."),
		byServer("reneg-server-asked", "the server had asked for it itself (SSLVerifyClient in a directory, say)."),
	},
	parley:  "--secure accept and --reset accept are the defaults, with a ration for each connection and address; --bare resumed for clients from before RFC 5746.",
	client:  "Switch off renegotiation by time or bytes; ask for client certificates in the first handshake.",
	capture: captureKeys,
}

var renegInconsistent = &topic{
	causes: []Cause{
		byServer("reneg-reset-hello", "the client signalled RFC 5746 in its first hello, and its second has no renegotiation_info: it set its TLS object back instead of renegotiating."),
		byServer("reneg-bare-hello", "a client from before RFC 5746 renegotiates."),
		byServer("reneg-forged-hello", "the second hello is not of this connection."),
		byClient("", "the server (or a proxy in between) changed its mind about RFC 5746 from one handshake to the next."),
	},
	parley:  "Nothing to set for the first (--reset accept is the default); --bare resumed for the second.",
	client:  "Call the library's renegotiation function instead of resetting the object.",
	capture: captureKeys,
}

var dataInHandshake = &topic{
	causes: []Cause{
		byClient("reneg-data-crossed", "the server's data crossed the client's second hello on the wire. Clients of OpenSSL 1.0.x cannot take data inside their handshake, and die of it.").at(open),
		byServer("reneg-data-crossed", "the client sent data in the middle of its renegotiation, and this server does not take that.").at(open),
		by("reneg-server-asked", "the server asked for a renegotiation (HelloRequest) while data was under way.").at(open),
		by("reneg-reset-hello", "the second handshake that the data crossed.").at(open),
		by("record-unknown-type", "a record that has no place here."),
	},
	parley:  "Nothing to set: from the moment a second hello is received Parley holds the server's data back. What was already on the wire then cannot be helped; it is counted as crossed.",
	client:  "Stop sending before it renegotiates and read until the handshake is done; better, do not renegotiate.",
	capture: captureKeys,
}

var outOfOrder = &topic{
	causes: []Cause{
		by("reneg-data-crossed", "in mid-connection: data and a second handshake crossed on the wire.").at(open),
		byServer("reneg-reset-hello", "in mid-connection: the client begins its handshake again inside the connection, and this server renegotiates with nobody (Go, on TLS 1.0).").at(open),
		byServer("reneg-secure-hello", "in mid-connection: a good renegotiation, and the same kind of server.").at(open),
		byServer("client-cert-missing", "the client answers a certificate request by going on without the message that is due.").at(opening),
		by("", "a device between the two that speaks TLS itself, and badly.").at(opening),
	},
	parley:  "Nothing to set; a second hello is classified and answered (parley serve logs it in renegotiations=).",
	client:  "Look at what the client does just before: a second handshake, or a message of its own making.",
	capture: captureKeys,
}

// secondHelloOfGo is what Go's server says of any second hello.
var secondHelloOfGo = &topic{
	causes: []Cause{
		byServer("reneg-reset-hello", "the client begins its handshake again inside the connection. On TLS 1.1 and 1.2 Go says \"received record with version 301\" to that; so this is TLS 1.0, or another kind of hello."),
		byServer("reneg-secure-hello", "the client renegotiates as RFC 5746 has it. Go's server does not know renegotiation at all."),
		byServer("reneg-bare-hello", "a client from before RFC 5746 renegotiates."),
	},
	parley:  "Nothing to set: --secure accept and --reset accept are the defaults; --bare resumed for clients from before RFC 5746.",
	client:  "Switch off renegotiation by time or bytes, or open a new connection instead.",
	capture: captureKeys,
}

// restartSeenByClient is what a client says that began again in clear, and reads
// as plain text what the server sent under keys.
var restartSeenByClient = &topic{
	causes: []Cause{
		byClient("reneg-restart-hello", "the client began again in clear on a connection that has keys, and takes the server's sealed alert for a plain one."),
		byClient("record-mac", "a record was damaged."),
	},
	parley:  "Read what --restart isolate asks for, and set it if all of it holds; else such a client needs a new TCP connection.",
	client:  "Renegotiate on the same TLS object (SSL_renegotiate), or close TCP and connect anew. SSL_clear, a new SSL object and SSL_set_connect_state on an open connection all end like this.",
	capture: captureWhole,
}

var earlyCCS = &topic{
	causes: []Cause{
		by("", "one side sent ChangeCipherSpec before its turn: somebody tries CVE-2014-0224 (a scanner, mostly), or a client's state machine is confused after it was reset."),
		byServer("reneg-reset-hello", "the second handshake in which it came, if it came in mid-connection.").at(open),
	},
	parley:  "Nothing to set: it is fatal unexpected_message, as it must be.",
	client:  "If it is no scanner: update the TLS library (OpenSSL 1.0.1h, 1.0.0m, 0.9.8za or later).",
	capture: captureWhole,
}
