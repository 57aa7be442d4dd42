package explain

import (
	"fmt"
	"regexp"
	"strconv"

	"github.com/parley-tls/parley/internal/trace"
)

// opensslMessages are the reasons of OpenSSL's library SSL, with their numbers,
// which are the same from 0.9.8 to 3.x. BoringSSL and LibreSSL have the texts.
// The names that Python, Node and BoringSSL print are the same words.
var opensslMessages = []message{
	reason(267, "wrong version number", "The header of a record has a version that does not belong there. It says nothing of the versions that the two could agree on.", wrongVersion),
	reason(266, "wrong ssl version", "A hello has a version that the other side did not expect.", versionNone),
	reason(258, "unsupported protocol", "The peer's highest protocol version is lower than the lowest that is allowed here, or the peer chose one that is not allowed.", versionNone),
	reason(259, "unsupported ssl version", "The peer's protocol version is not supported.", versionNone),
	reason(254, "unknown ssl version", "The peer's protocol version is not known.", versionNone),
	reason(396, "version too low", "The version is below the lowest that the security level or the configuration allows.", versionNone),
	reason(166, "version too high", "The version is above the highest that is allowed.", versionNone),
	reason(116, "bad protocol version number", "A hello has a version that is none.", versionNone),
	reason(191, "no protocols available", "All protocol versions are switched off, or none is left at this security level.", versionNone).ownFault(),
	unknownProtocol,
	reason(252, "unknown protocol", "What came first is no hello that this side knows: no TLS at all, or a version that is switched off.", unknownFirst),
	reason(156, "http request", "The first bytes are an HTTP request without TLS.", notTLS).server().first(),
	reason(155, "https proxy request", "The first bytes are a proxy's CONNECT request without TLS.", notTLS).server().first(),
	reason(345, "scsv received when renegotiating", "A second hello on a connection has TLS_EMPTY_RENEGOTIATION_INFO_SCSV among its suites, which only a first hello may have.", scsvAgain).server().later(),
	reason(337, "renegotiation mismatch", "renegotiation_info in a hello is not what this connection has: the verify_data of its last handshake, or nothing in a first one.", renegMismatch),
	reason(336, "renegotiation encoding err", "renegotiation_info in a hello could not be read: its lengths contradict each other.", renegMismatch),
	reason(335, "renegotiate ext too long", "renegotiation_info in a hello is longer than its place.", renegMismatch),
	reason(338, "unsafe legacy renegotiation disabled", "The peer did not signal RFC 5746, and this side insists on it.", unsafeLegacy),
	reason(339, "no renegotiation", "A renegotiation was refused: by the warning no_renegotiation, or by this side's settings.", noRenegotiation).fromPeer().later(),
	reason(245, "unexpected record", "A record of another kind came than the one that is due: application data in the middle of a handshake, mostly.", dataInHandshake),
	reason(244, "unexpected message", "A handshake message came that is not due.", outOfOrder),
	reason(246, "unknown alert type", "An alert with a number that no alert has: a sealed record was read as if it were plain.", restartSeenByClient).client().later(),
	reason(100, "app data in handshake", "Application data came in the middle of a handshake.", dataInHandshake),
	reason(145, "data between ccs and finished", "Application data came between ChangeCipherSpec and Finished.", dataInHandshake),
	reason(293, "mixed handshake and non handshake data", "Handshake messages and something else were mixed where they may not be.", dataInHandshake),
	reason(133, "ccs received early", "ChangeCipherSpec came before it was due.", earlyCCS),
	reason(262, "unexpected ccs message", "ChangeCipherSpec came where it is not due.", earlyCCS),
	reason(154, "got a fin before a ccs", "Finished came before ChangeCipherSpec.", outOfOrder),
	reason(373, "inappropriate fallback", "The client said that it is falling back to a lower version, and the server has a better one (RFC 7507).", fallback).server(),
	reason(193, "no shared cipher", "No cipher suite that the client offers can be used: none is on here, or none fits the certificate.", suiteNone).server(),
	reason(181, "no ciphers available", "No suite is left to offer: the configuration allows none for these versions.", suiteNone).ownFault(),
	reason(185, "no cipher match", "The configuration's list of suites names none that this library has.", suiteNone).ownFault(),
	reason(183, "no ciphers specified", "The client offers no suites.", suiteNone),
	reason(248, "unknown cipher returned", "The server chose a suite that the client does not know.", suiteNone).client(),
	reason(261, "wrong cipher returned", "The server chose a suite that the client did not offer.", suiteNone).client(),
	reason(410, "no shared groups", "Client and server have no curve in common.", curveNone),
	reason(101, "no suitable key share", "TLS 1.3: no key share in common.", curveNone),
	reason(378, "wrong curve", "The peer uses a curve that was not offered.", curveNone),
	reason(315, "unsupported elliptic curve", "The peer uses a curve that this library does not have.", curveNone),
	reason(394, "dh key too small", "The server's Diffie-Hellman group is too small for the client.", weakDH).client(),
	reason(399, "ee key too small", "A certificate's key is shorter than the security level allows.", certOwnKey).ownFault(),
	reason(397, "ca key too small", "An authority's key is shorter than the security level allows.", certOwnKey).ownFault(),
	reason(398, "ca md too weak", "A certificate is signed with a digest that the security level does not allow: MD5 or SHA-1.", certOwn).ownFault(),
	reason(281, "decryption failed or bad record mac", "A record did not open under the keys in use. OpenSSL does not say whether padding or MAC was wrong.", badRecord),
	reason(147, "decryption failed", "A record did not decrypt.", badRecord),
	reason(129, "block cipher pad is wrong", "The padding of a decrypted record is wrong.", badRecord),
	reason(149, "digest check failed", "The peer's Finished does not fit the handshake that this side saw.", finishedWrong),
	{name: "record layer failure", library: libOpenSSL, meaning: "OpenSSL 3.2 or later: the record layer failed, and the reason stands in the line before or after.", about: badRecord, code: "reason 313 of OpenSSL's library SSL"},
	reason(134, "certificate verify failed", "The peer's certificate was not accepted. Why stands behind it, or as a number (\"verify error:num=20\").", certVerify).weakly(),
	reason(199, "peer did not return a certificate", "The server requires a client certificate and the client sent none.", clientCert).server(),
	reason(176, "no certificates returned", "The server requires a client certificate and the client sent an empty list.", clientCert).server(),
	reason(294, "unexpected eof while reading", "The peer closed TCP without close_notify. Before OpenSSL 3 this was SSL_ERROR_SYSCALL with errno 0.", eof),
	reason(123, "bad signature", "A signature of the handshake (ServerKeyExchange or CertificateVerify) does not verify.", decryptError),
	reason(370, "wrong signature type", "The peer signed with an algorithm that was not offered.", signatureNone),
	reason(376, "no shared signature algorithms", "Client and server have no signature algorithm in common.", signatureNone).also("no shared sigature algorithms"),
	reason(118, "no suitable signature algorithm", "No signature algorithm in common fits the certificate's key.", signatureNone),
	reason(333, "legacy sigalg disallowed or unsupported", "The peer signed with MD5 or SHA-1, which is off here.", signatureNone),
	reason(297, "no suitable digest algorithm", "No digest is left to sign with.", signatureNone),
	reason(159, "length mismatch", "A message's lengths contradict each other.", malformed),
	reason(160, "length too short", "A message is shorter than it says.", malformed),
	reason(271, "bad length", "A message's lengths contradict each other.", malformed),
	reason(110, "bad extension", "An extension of a hello could not be read, or is not allowed there.", malformed),
	reason(226, "clienthello tlsext", "An extension of a ClientHello was refused: often by the server's own callback, for the server name.", malformed).server(),
	reason(227, "parse tlsext", "A hello's extensions could not be read.", malformed),
	reason(275, "serverhello tlsext", "An extension of a ServerHello was refused.", malformed).client(),
	reason(217, "unsolicited extension", "The peer answered with an extension that was not offered.", malformed),
	reason(152, "excessive message size", "A handshake message is larger than is read.", malformed),
	reason(146, "data length too long", "A record is longer than any may be.", malformed),
	reason(150, "encrypted length too long", "A record is longer than any may be.", malformed),
	reason(198, "packet length too long", "A record is longer than any may be: mostly it is no TLS.", notTLS),
	reason(443, "bad record type", "A record has a type that TLS does not have.", notTLS),
	reason(235, "no application protocol", "Client and server have no application protocol (ALPN) in common.", alpn).server(),
	reason(121, "still in init", "The program's own fault: it uses the connection before the handshake is done.", serverSetup),
	reason(207, "protocol is shutdown", "The program's own fault: it writes after it has closed.", serverSetup),
	reason(190, "no private key assigned", "There is no private key for the certificate.", serverSetup),
	reason(179, "no certificate set", "The server has no certificate.", serverSetup),
	reason(409, "too many warn alerts", "The peer sends warning alerts over and over: an attack, or a client that cannot live with a refusal.", noRenegotiation),
	reason(277, "session id context uninitialized", "The server's program wants client certificates and did not call SSL_CTX_set_session_id_context, so that no session can be resumed: a client that comes back fails.", resumption).server(),
	reason(272, "attempt to reuse session in different context", "A client offers a session of another part of this server.", resumption),
	reason(197, "old session cipher not returned", "The server resumed a session with another suite than it had.", resumption).client(),
	reason(104, "inconsistent extms", "A session with Extended Master Secret is resumed without it, or the other way round.", resumption),
	reason(229, "ssl handshake failure", "The handshake failed, and the library does not say why.", handshakeFailure).weakly(),
}

// unknownProtocol is what a client of OpenSSL before 1.1 says of the answer to
// its hello.
var unknownProtocol = message{
	name: "unknown protocol", texts: []string{"SSL23_GET_SERVER_HELLO:unknown protocol"}, library: libOpenSSL,
	meaning: "What the server answered is no TLS, or a version that the client does not have.",
	about:   unknownFirst, role: trace.Client, code: reasonCode(252),
}

var unknownFirst = &topic{
	causes: []Cause{
		byServer("not-tls-http", "a client, a health check or a port scan speaks plain HTTP to the TLS port."),
		byClient("", "the server does not speak TLS on this port: the plain port, or a protocol that wants STARTTLS first."),
		by("version-none-shared", "it is TLS, but a version that is switched off on this side: OpenSSL before 1.1 has the same message for that."),
		byClient("reneg-restart-hello", "in mid-connection: the client began again in clear on a connection that has keys, and cannot read the server's sealed answer."),
		byServer("hello-ssl2", "the hello is in the SSL 2.0 format, which is off here."),
		by("not-tls", "another protocol, or a PROXY header that was not expected."),
	},
	parley:  "--min-version 1.0 is the default. A hello in the SSL 2.0 format is refused by serve; the page of hello-ssl2 says what the client can do.",
	client:  "Check address, port and whether the protocol begins with STARTTLS; use SSLv23_method and not a method of one version.",
	capture: captureFirst,
}

var resumption = &topic{
	causes: []Cause{
		by("resume-refused", "the session that the client offers cannot be resumed here, and the server fails instead of making a full handshake."),
		by("resume-alternates", "several servers behind one address that do not share their sessions, or were configured differently."),
	},
	parley:  "Nothing to set: a session that cannot be resumed means a full handshake. --tickets off and --session-ids off keep none.",
	client:  "Switch resumption off, for a test: if it works then, it was this.",
	capture: "Two connections of one client, the second one failing, from their SYNs on. Then: parley diagnose FILE.",
}

// reason makes an entry of a number of OpenSSL's library SSL.
func reason(n int, text, meaning string, about *topic) message {
	return message{name: text, library: libOpenSSL, meaning: meaning, about: about, code: reasonCode(n)}
}

func reasonCode(n int) string {
	return fmt.Sprintf("reason %d (0x%03X) of OpenSSL's library SSL", n, n)
}

var (
	packedHex     = regexp.MustCompile(`(?i)\b(?:0x)?(14[0-9a-f]{6}|0a[0-9a-f]{6})\b`)
	packedDecimal = regexp.MustCompile(`\b(\d{9})\b`)
)

// codeItem takes a packed error code that stands alone, without its text.
func codeItem(l lineRead) (Item, bool) {
	n, ok := packedReason(l.raw)
	if !ok {
		return Item{}, false
	}
	l.library = libOpenSSL
	if n >= alertReasons {
		e, ok := alertByNumber(n - alertReasons)
		if !ok {
			return Item{}, false
		}
		l.way = received
		return e.item(l), true
	}
	for i := range opensslMessages {
		if m := &opensslMessages[i]; m.code == reasonCode(n) {
			return m.item(l), true
		}
	}
	return Item{}, false
}

// alertReasons is the reason that stands for alert 0 from the peer.
const alertReasons = 1000

// packedReason finds a packed error code of the library SSL (20) and gives its
// reason. OpenSSL up to 1.1.1 packs library, function and reason into 8, 12 and
// 12 bits; 3.x packs library and reason, with flags above it, into 8 and 23.
func packedReason(text string) (int, bool) {
	var code uint64
	if m := packedHex.FindStringSubmatch(text); m != nil {
		code, _ = strconv.ParseUint(m[1], 16, 32) // the expression allows nothing else
	} else if m := packedDecimal.FindStringSubmatch(text); m != nil {
		code, _ = strconv.ParseUint(m[1], 10, 32)
	}
	const common = 2 << 18 // of 3.x: a reason that all libraries have
	switch {
	case code>>24 == 20 && code>>12&0xfff == 130 && code&0xfff == 372:
		return 394, true // dh key too small had another number in 1.0.x, and its own function
	case code>>24 == 20:
		return int(code & 0xfff), true
	case code>>23 == 20 && code&common == 0:
		return int(code & 0x3ffff), true
	}
	return 0, false
}
