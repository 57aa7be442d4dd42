package explain

import "github.com/parley-tls/parley/internal/wire"

// An alertEntry is one alert: what it means, and how libraries write it beside
// the RFC's name.
type alertEntry struct {
	alert   wire.Alert
	meaning string
	about   *topic
	names   []string
}

var alerts = []alertEntry{
	{wire.AlertCloseNotify, "The sender has nothing more to send and ends its side in good order.", closed, nil},
	{wire.AlertUnexpectedMessage, "The sender got a message that has no place at that point.", outOfOrder, nil},
	{wire.AlertBadRecordMAC, "A record did not open under the keys in use: its MAC or tag is wrong.", badRecord, nil},
	{wire.AlertDecryptionFailed, "A record did not decrypt. Only TLS 1.0 and before say so; later it is bad_record_mac.", badRecord, nil},
	{wire.AlertRecordOverflow, "A record is longer than any may be; mostly because it is no TLS record.", malformed, nil},
	{wire.AlertDecompressionFailure, "A record did not decompress.", compression, []string{"decompression failed"}},
	{wire.AlertHandshakeFailure, "The sender could not agree on something with its peer, and does not say on what.", handshakeFailure, []string{"handshake failed"}},
	{wire.AlertNoCertificate, "SSL 3.0 only: the client has no certificate to give.", clientCert, []string{"no certificate ssl 3.0"}},
	{wire.AlertBadCertificate, "A certificate could not be read, or its signature is wrong; some clients say so of any certificate that they refuse.", certRefused, []string{"certificate is bad"}},
	{wire.AlertUnsupportedCertificate, "A certificate is of a kind that the sender cannot use.", certRefused, []string{"certificate is not supported"}},
	{wire.AlertCertificateRevoked, "A certificate was revoked.", certRefused, []string{"certificate was revoked", "revoked certificate"}},
	{wire.AlertCertificateExpired, "A certificate has expired or is not valid yet, by the sender's clock.", certExpired, []string{"certificate is expired", "expired certificate"}},
	{wire.AlertCertificateUnknown, "A certificate was not accepted, for a reason that no other alert has.", certRefused, []string{"unknown certificate"}},
	{wire.AlertIllegalParameter, "A field has a value that cannot be, or contradicts another.", illegal, nil},
	{wire.AlertUnknownCA, "The chain ends at an authority that the sender does not know.", certUnknownCA, []string{"unknown certificate authority", "ca is unknown"}},
	{wire.AlertAccessDenied, "The certificate is valid, but its owner is not let in.", certRefused, []string{"access was denied"}},
	{wire.AlertDecodeError, "A message could not be read: a length is wrong.", malformed, []string{"error decoding message"}},
	{wire.AlertDecryptError, "A signature or a Finished did not verify.", decryptError, []string{"error decrypting message"}},
	{wire.AlertExportRestriction, "A suite is against export law of the nineties; nothing sends it today.", rare, nil},
	{wire.AlertProtocolVersion, "The sender does not support the version that its peer wants, or got a record with another version in its header.", versionNone, []string{"protocol version not supported", "error in protocol version"}},
	{wire.AlertInsufficientSecurity, "What the peer offers is too weak for the sender.", insufficient, []string{"insufficient security level"}},
	{wire.AlertInternalError, "The sender failed by itself; its peer did nothing wrong.", internalError, nil},
	{wire.AlertInappropriateFallback, "The client said that it is falling back to a lower version, and the server has a better one (RFC 7507).", fallback, nil},
	{wire.AlertUserCanceled, "The sender's user called it off.", userGone, []string{"user cancelled"}},
	{wire.AlertNoRenegotiation, "A warning: the sender will not renegotiate. The connection could go on.", noRenegotiation, []string{"no renegotiation is allowed"}},
	{wire.AlertMissingExtension, "TLS 1.3: an extension is missing that must be there.", rare, []string{"an extension was expected but was not seen"}},
	{wire.AlertUnsupportedExtension, "The server answered with an extension that the client had not offered.", rare, []string{"an unsupported extension was sent"}},
	{wire.AlertCertificateUnobtainable, "A certificate could not be fetched from the address given for it.", rare, []string{"could not retrieve the specified certificate"}},
	{wire.AlertUnrecognizedName, "The server does not know the name that the client gave in SNI.", serverName, []string{"the server name sent was not recognized"}},
	{wire.AlertBadCertificateStatusResponse, "The OCSP answer that the server stapled is invalid.", certRefused, nil},
	{wire.AlertBadCertificateHashValue, "A certificate fetched from an address is another than announced.", rare, nil},
	{wire.AlertUnknownPSKIdentity, "The server does not know the pre-shared key that the client names.", rare, []string{"the srp psk username is missing or not known"}},
	{wire.AlertCertificateRequired, "TLS 1.3: the server requires a client certificate and got none.", clientCert, []string{"certificate is required"}},
	{wire.AlertNoApplicationProtocol, "Client and server have no application protocol (ALPN) in common.", alpn, []string{"no supported application protocol could be negotiated"}},
	{wire.AlertECHRequired, "Encrypted Client Hello is required.", rare, []string{"encrypted client hello required"}},
}

// spellings are the names of an alert in normal form, the RFC's first.
func (e alertEntry) spellings() []string {
	all := []string{normal(e.alert.String())}
	for _, n := range e.names {
		all = append(all, normal(n))
	}
	return all
}

func alertByNumber(n int) (alertEntry, bool) {
	for _, e := range alerts {
		if int(e.alert) == n {
			return e, true
		}
	}
	return alertEntry{}, false
}
