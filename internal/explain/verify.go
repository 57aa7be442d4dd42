package explain

import "fmt"

// verifyMessages are the results of verifying a certificate as OpenSSL's X509
// has them, with curl's, Python's, Node's and nginx's ways of writing them.
var verifyMessages = []message{
	verify(20, "unable to get local issuer certificate", "The chain does not reach an authority that this side knows: the authority is missing here, or an intermediate is missing there.", certUnknownCA, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"),
	verify(2, "unable to get issuer certificate", "An authority of the chain is missing.", certUnknownCA, "UNABLE_TO_GET_ISSUER_CERT"),
	verify(21, "unable to verify the first certificate", "Only the peer's own certificate came, and its authority is not known: the intermediates are missing.", certUnknownCA, "UNABLE_TO_VERIFY_LEAF_SIGNATURE"),
	verify(18, "self signed certificate", "The certificate is signed by itself, and this side was not told to trust it.", certUnknownCA, "self-signed certificate", "DEPTH_ZERO_SELF_SIGNED_CERT"),
	verify(19, "self signed certificate in certificate chain", "The chain ends at an authority that this side was not told to trust.", certUnknownCA, "self-signed certificate in certificate chain", "SELF_SIGNED_CERT_IN_CHAIN"),
	verify(10, "certificate has expired", "A certificate of the chain has expired by this side's clock.", certExpired, "CERT_HAS_EXPIRED"),
	verify(9, "certificate is not yet valid", "A certificate of the chain is not valid yet by this side's clock: mostly the clock is wrong.", certExpired, "CERT_NOT_YET_VALID"),
	verify(23, "certificate revoked", "A certificate of the chain was revoked.", certRefused, "CERT_REVOKED"),
	verify(24, "invalid CA certificate", "A certificate of the chain is no authority's.", certVerify, "INVALID_CA"),
	verify(26, "unsupported certificate purpose", "The certificate is not made for this use: a server's for a client, or the other way round.", certVerify, "INVALID_PURPOSE", "unsuitable certificate purpose"),
	verify(62, "hostname mismatch", "The certificate does not have the name that the client connects to.", certName, "no alternative certificate subject name matches target host name", "ERR_TLS_CERT_ALTNAME_INVALID", "Hostname/IP does not match certificate's altnames", "doesn't match … certificate", "IP address mismatch"),
	verify(66, "EE certificate key too weak", "The key of the peer's certificate is shorter than the security level allows.", certWeak),
	verify(67, "CA certificate key too weak", "An authority's key is shorter than the security level allows.", certWeak),
	verify(68, "CA signature digest algorithm too weak", "A certificate is signed with a digest that the security level does not allow.", certWeak),
	verify(7, "certificate signature failure", "The signature of a certificate does not verify.", certVerify, "CERT_SIGNATURE_FAILURE"),
	verify(3, "unable to get certificate CRL", "The list of revoked certificates is missing here.", certVerify),
	verify(12, "CRL has expired", "The list of revoked certificates here is too old.", certVerify),
	{name: "SSL certificate problem", texts: []string{"SSL certificate problem", "SSL peer certificate or SSH remote key was not OK", "CERTIFICATE_VERIFY_FAILED", "server certificate verification failed"}, meaning: "The client did not accept the server's certificate; why stands behind.", about: certVerify, weak: true},
}

func verify(n int, text, meaning string, about *topic, more ...string) message {
	texts := append([]string{text, fmt.Sprintf("verify error:num=%d", n), fmt.Sprintf("Verify return code: %d", n), fmt.Sprintf("SSL certificate verify error: (%d", n)}, more...)
	return message{name: text, texts: texts, library: libOpenSSL, meaning: meaning, about: about, code: fmt.Sprintf("verify result %d of OpenSSL", n)}
}
