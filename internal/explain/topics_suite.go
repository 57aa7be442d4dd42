package explain

// Topics of suites, curves and signatures.

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
