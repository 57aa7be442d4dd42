package explain

import "github.com/parley-tls/parley/internal/trace"

// A topic is what several messages of several libraries come of, and what is to
// be done about it. Its causes are those of old devices, the likeliest first.
type topic struct {
	causes  []Cause
	parley  string
	client  string
	capture string
}

// by names a cause that either side may complain of; byServer and byClient name
// one that only that side finds fault with.
func by(finding, why string) Cause { return Cause{Finding: finding, Why: why} }

func byServer(finding, why string) Cause {
	return Cause{Finding: finding, Why: why, side: trace.Server}
}

func byClient(finding, why string) Cause {
	return Cause{Finding: finding, Why: why, side: trace.Client}
}

// at says when in a connection a cause shows.
func (c Cause) at(p phase) Cause {
	c.when = p
	return c
}

// What to capture, in the words that most topics share.
const (
	captureWhole = "The whole connection from its SYN on, on the server's side: docs/capture.md has the commands. Then: parley diagnose FILE."
	captureKeys  = "The whole connection from its SYN on, and its keys (docs/capture.md): what matters stands under encryption. Without keys parley diagnose still tells what is likely."
	captureFirst = "The first ten packets are enough: the hellos are in clear. Then: parley diagnose FILE. Or let the client connect to parley listen --explain."
	captureCerts = "The first handshake, at TLS 1.2 or lower, where certificates are in clear. Then: parley diagnose FILE."
)

// Versions, and what is no TLS.

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

// Second hellos.

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

// Records.

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

// Suites, curves, signatures.

var suiteNone = &topic{
	causes: []Cause{
		by("suite-none-shared", "no cipher suite in common: an old device offers RC4, 3DES or export suites only, and the server has none of them on."),
		byServer("signature-none-shared", "the suites would do, but the client cannot verify the signature of the server's certificate: ECDSA, or SHA-256 on a device that knows SHA-1 only."),
		byServer("curve-none-shared", "only ECDHE suites are left, and there is no curve in common."),
		byServer("", "the server has no certificate for these suites: none is configured, or an ECDSA one for a client that knows RSA only."),
		byServer("version-none-shared", "the suites in common belong to another version: GCM and SHA-256 suites need TLS 1.2."),
	},
	parley:  "Give the one suite that the device has, by name: --suites default,TLS_RSA_WITH_3DES_EDE_CBC_SHA, say; a capture or parley listen --explain shows what it offers. A weak one is a risk, and is warned about at start. An RSA certificate beside an ECDSA one (--cert twice) serves the oldest.",
	client:  "Enable AES suites: TLS_RSA_WITH_AES_128_CBC_SHA is known to OpenSSL since 0.9.7 and to Java since 1.4.2.",
	capture: captureFirst,
}

var curveNone = &topic{
	causes: []Cause{
		by("curve-none-shared", "client and server have no curve in common, or the client's list is broken."),
		by("suite-none-shared", "and no suite without curves is left."),
	},
	parley:  "P-256, P-384, P-521 and X25519 are on. Leave RSA suites on (they are by default): they need no curve.",
	client:  "Offer P-256 (secp256r1).",
	capture: captureFirst,
}

var signatureNone = &topic{
	causes: []Cause{
		by("signature-none-shared", "no signature algorithm in common: SHA-1 is off on one side (OpenSSL 3, security level 1 and above), or the certificate is ECDSA and the other side knows RSA only."),
		byServer("client-cert-refused", "it is about the client's CertificateVerify: the device signs with MD5 or SHA-1.").at(opening),
	},
	parley:  "Give an RSA certificate beside the ECDSA one (--cert twice). For TLS 1.2 clients without signature_algorithms SHA-1 is used, as RFC 5246 has it.",
	client:  "Update its TLS library, or give its certificate an RSA key and let it sign with SHA-256.",
	capture: captureCerts,
}

var weakDH = &topic{
	causes: []Cause{
		byClient("", "the server's Diffie-Hellman group is too small for the client (OpenSSL refuses below 768 bits since 1.0.1n and 1.0.2b, below 1024 since 1.0.1r and 1.0.2f; security level 2 below 2048)."),
		byClient("", "the other way round: Java 6 and 7 cannot compute with more than 1024 bits (\"Could not generate DH keypair\", \"Prime size must be multiple of 64\")."),
	},
	parley:  "Parley has no DHE suites: ECDHE and RSA only, so this does not come from it.",
	client:  "Offer ECDHE, or an RSA suite; take the DHE suites out of its list.",
	capture: captureFirst,
}

// Certificates.

var certVerify = &topic{
	causes: []Cause{
		byClient("cert-unknown-ca", "the device does not know who issued the server's certificate: its list of authorities is as old as itself, or the server does not send its intermediates."),
		byClient("cert-expired", "the certificate has expired, or the device's clock is wrong (a flat battery makes it 1970 or 2000)."),
		byClient("cert-name", "the certificate is for another name than the device called."),
		byClient("cert-refused", "the certificate is of a kind that the device cannot read: ECDSA, RSA-PSS, SHA-256 on the oldest, a long chain."),
		byClient("cert-sha1", "it is signed with SHA-1 or MD5, which a newer client refuses; cert-key-size likewise."),
		byServer("client-cert-refused", "it is the device's own certificate that the server does not accept: expired, SHA-1 or MD5, a key below 2048 bits, an unknown authority."),
	},
	parley:  "Put the whole chain into --cert, the server's certificate first; give a chain that ends where the device's list does. For clients' certificates: --client-ca with the authority that issued them.",
	client:  "Add the authority to its list, set its clock, or replace its certificate. Do not switch verification off.",
	capture: captureCerts,
}

var certUnknownCA = &topic{
	causes: []Cause{
		byClient("cert-unknown-ca", "the device does not know who issued the server's certificate: its list of authorities is as old as itself, the server does not send its intermediates, or a middlebox gives a certificate of its own."),
		byServer("client-cert-refused", "it is the device's own certificate, whose authority the server does not know."),
	},
	parley:  "Put the whole chain into --cert, the server's certificate first, the root not needed. For clients' certificates: --client-ca with the authority that issued them.",
	client:  "Add the authority to its list (Java: keytool -importcert into cacerts; OpenSSL: CAfile).",
	capture: captureCerts,
}

var certExpired = &topic{
	causes: []Cause{
		byClient("cert-expired", "the server's certificate, or one of its chain, has expired; or the device's clock is wrong, which is likelier if one device alone complains."),
		byServer("client-cert-refused", "it is the device's own certificate that has expired."),
	},
	parley:  "Renew the certificate and restart: files are read at start. Look at the intermediates too.",
	client:  "Set its clock before it connects; renew its certificate.",
	capture: captureCerts,
}

var certName = &topic{
	causes: []Cause{
		byClient("cert-name", "the certificate does not have the name that the client connects to: it uses an address or an alias, or it sends no SNI and gets another name's certificate."),
		byClient("", "the name is in the common name only, and the client reads subjectAltName only; or the other way round on the oldest devices."),
	},
	parley:  "Give a certificate with that name: --cert may stand several times. The first one serves clients without SNI.",
	client:  "Connect by the certificate's name.",
	capture: captureCerts,
}

var certRefused = &topic{
	causes: []Cause{
		byClient("cert-refused", "the device refused the server's certificate and did not say why more exactly: often it does not know the kind of key or signature."),
		byClient("cert-unknown-ca", "its authority is not known to the device. Java says certificate_unknown for that."),
		byClient("cert-name", "it is for another name."),
		byClient("cert-expired", "it has expired by the device's clock."),
		byClient("cert-key-size", "its key is too short for the device, or too long for an old one."),
		byServer("client-cert-refused", "it is the device's own certificate that the server does not accept."),
	},
	parley:  "Give an RSA certificate with SHA-256 and the whole chain: --cert, once for each kind.",
	client:  "Its own log has the reason. Java: -Djavax.net.debug=ssl,handshake.",
	capture: captureCerts,
}

var certWeak = &topic{
	causes: []Cause{
		byServer("client-cert-refused", "the device's certificate has a short key, or is signed with MD5 or SHA-1; today's OpenSSL refuses it at security level 1 or 2."),
		byClient("cert-sha1", "the server's certificate, or an authority of its chain, is signed with MD5 or SHA-1."),
		byClient("cert-key-size", "the server's certificate, or an authority of its chain, has a key that is too short; or too long for an old device."),
	},
	parley:  "The server's: a certificate with 2048 bits and SHA-256. The clients': Parley verifies what Go's crypto/x509 does, which refuses MD5 and SHA-1.",
	client:  "Renew its certificate with RSA 2048 and SHA-256. Lowering the level (@SECLEVEL=0) is for a test.",
	capture: captureCerts,
}

// certOwn is of messages that come as a program loads its own certificate.
var certOwn = &topic{
	causes: []Cause{
		by("cert-sha1", "the certificate that the program was given, or one of its chain, is signed with MD5 or SHA-1. The program fails at start, and no packet is sent."),
		by("cert-key-size", "the same for a key that is too short."),
		by("client-cert-refused", "a device's certificate of the same kind is refused later, by the server: that shows as certificate verify failed, with 66, 67 or 68 as its number."),
	},
	parley:  "Parley loads such certificates, since old clients may know no others; newer clients refuse them.",
	client:  "If it is the client's log: renew its certificate, with RSA 2048 and SHA-256. Lowering the level (@SECLEVEL=0 in the list of suites) is for a test.",
	capture: "Nothing: no packet has it. openssl x509 -noout -text -in FILE shows key and signature.",
}

var clientCert = &topic{
	causes: []Cause{
		byServer("client-cert-missing", "the server requires a client certificate and the device has none, or none of an authority that the server names."),
		byServer("client-cert-refused", "it has one that it does not dare to send, or the server refuses what it sent."),
	},
	parley:  "--client-auth request lets clients without one in; require does not. --client-ca must have the authority that issued the device's certificate: it names what the server asks for.",
	client:  "Configure certificate and key; check that its authority is one that the server names (openssl s_client shows \"Acceptable client certificate CA names\").",
	capture: captureCerts,
}

var serverSetup = &topic{
	causes: []Cause{
		by("", "the program itself is set up wrongly: a certificate or key is missing, cannot be read, or does not fit."),
	},
	parley:  "parley serve finds the key to each certificate by itself, and says at start what is missing.",
	client:  "Nothing, if it is the server's log.",
	capture: "Nothing: no packet has it. Look at the program's configuration.",
}

// Ends.

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

// What alerts say in general.

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
	parley:  "Parley never sends this warning: a name that no certificate has gets the first certificate.",
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
