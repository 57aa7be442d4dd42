package explain

// Topics of certificates.

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
	parley:  "Renew the certificate: files that change are read by themselves, and parley reload says so. Look at the intermediates too.",
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

// certOwnKey is certOwn where it is the key.
var certOwnKey = &topic{
	causes: []Cause{
		by("cert-key-size", "the certificate that the program was given, or one of its chain, has a key that is too short. The program fails at start, and no packet is sent."),
		certOwn.causes[1],
	},
	parley:  certOwn.parley,
	client:  certOwn.client,
	capture: certOwn.capture,
}

// certOwn is of messages that come as a program loads its own certificate.
var certOwn = &topic{
	causes: []Cause{
		by("cert-sha1", "the certificate that the program was given, or one of its chain, is signed with MD5 or SHA-1. The program fails at start, and no packet is sent."),
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
