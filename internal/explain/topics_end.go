package explain

// Topics of connections that end.

var eof = &topic{
	causes: []Cause{
		by("handshake-abandoned", "before the handshake was done: the peer went away. It disliked something and did not say what (a certificate, mostly), is a health check, or gave up waiting.").at(opening),
		by("truncated", "in mid-connection: the peer closed TCP without close_notify. Many old clients always do; OpenSSL 3 made an error of it.").at(open),
		by("tcp-reset", "the same by a reset: a crash, a firewall, or data that nobody read."),
		byServer("record-split-breaks-client", "right after the server's first data, on TLS 1.0 with a CBC suite: a client that cannot join two records.").at(open),
		byClient("version-none-shared", "some servers and middleboxes close without a word when they dislike the version or the suites.").at(opening),
		byServer("handshake-timeout", "one of the two was too slow for the other.").at(opening),
	},
	parley:  "If the application does not mind: --truncation close lets the backend see a clean end. By default it sees a reset, since anyone on the path can cut a stream.",
	client:  "Call SSL_shutdown before it closes the socket. Where the server is the one who cut: its log has the reason.",
	capture: "The whole connection, on both sides if a firewall is in between: who sent the FIN or the RST is what matters. Commands: docs/capture.md.",
	silent:  true,
}

var reset = &topic{
	causes: []Cause{
		by("tcp-reset", "the peer, or a firewall in its name, reset the TCP connection. Right after the hello: something on the path or the server dislikes it. After idle minutes: a firewall forgot the connection."),
		by("middlebox", "the reset is not the peer's own: it comes over another number of hops. A capture on both sides shows it."),
		by("handshake-abandoned", "before the handshake was done: the peer went away.").at(opening),
		byServer("reneg-refused", "in mid-connection: a client that cannot live with a refused renegotiation.").at(open),
	},
	parley:  "Nothing to set. TCP keep-alive is on; --idle-timeout closes what is idle before a firewall does.",
	client:  "Look at its log for what it disliked.",
	capture: "On both sides: a reset that one side sees and the other did not send is the network's. Commands: docs/capture.md.",
	silent:  true,
}

var timeout = &topic{
	causes: []Cause{
		by("handshake-timeout", "one side waits for the other: packets are lost (large ones, where the path's MTU is small), or a device takes seconds for an RSA operation."),
		byServer("reneg-refused", "in mid-connection: an old OpenSSL client hangs after its renegotiation was refused.").at(open),
		byServer("not-tls", "a client that waits for the server to speak first: SMTP and the like on a TLS port.").at(opening),
	},
	parley:  "--handshake-timeout (10 s) and --renegotiate-timeout (30 s) can be longer for slow devices.",
	client:  "A session that is resumed spares it the slow part.",
	capture: captureWhole,
	silent:  true,
}

var closed = &topic{
	causes: []Cause{
		by("", "the peer ended its side in good order: close_notify is how TLS says goodbye. It is no failure."),
		by("handshake-abandoned", "in the middle of a handshake it means that the peer gave up.").at(opening),
	},
	parley:  "Nothing.",
	client:  "Nothing. If it comes too early, look at what was last sent before it.",
	capture: "Only if it comes too early: " + captureWhole,
}
