package explain

// Topics of records and of messages that cannot be read.

var badRecord = &topic{
	causes: []Cause{
		byServer("reneg-restart-hello", "in mid-connection on TLS 1.0: the client begins again in clear, and the server tries to decrypt that.").at(open),
		by("record-mac", "the record was changed on the way, or the two sides have different keys: memory faults, a bad TCP offload, two threads that write one TLS object."),
		byServer("alert-in-clear", "the client sends its last alert in clear though the connection has keys."),
		by("", "at the first Finished: the server has another private key than its certificate says, or the two computed different premasters (an RSA key that was exchanged, a middlebox).").at(opening),
		byServer("key-oracle-probe", "somebody tries RSA ciphertexts; it shows as many handshakes that fail at Finished.").at(opening),
	},
	parley:  "Nothing to set. If the line says reneg-restart-hello, read what --restart isolate asks for.",
	client:  "One thread at a time for each TLS object; a new TCP connection after an error, never the old one.",
	capture: captureWhole,
}

var finishedWrong = &topic{
	causes: []Cause{
		by("", "the two sides saw different handshakes: something on the path changed a message, or one side's TLS library is at fault."),
		byServer("reneg-forged-hello", "in a renegotiation: a spliced hello, which can never end well.").at(open),
		by("record-mac", "the same fault shows as a bad record on other libraries."),
	},
	parley:  "Nothing to set: a Finished that does not verify is fatal.",
	client:  "Look for a device in between that rewrites hellos (it changes JA3 too).",
	capture: captureWhole,
}

var malformed = &topic{
	causes: []Cause{
		byServer("hello-malformed", "a hello whose lengths contradict each other: home-made TLS stacks, memory faults, scanners.").at(opening),
		byServer("hello-size", "a hello larger than the server reads.").at(opening),
		by("", "a device in between cuts or rewrites messages."),
		by("not-tls", "what came is not TLS at all.").at(opening),
	},
	parley:  "Nothing to set; the line names the field that could not be read.",
	client:  "Update its TLS library. Try fewer extensions, if they can be configured.",
	capture: captureFirst,
}
