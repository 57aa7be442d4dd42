package explain

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

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

var (
	// alertNumber finds the number that stands behind the word alert, as
	// libraries write it: "SSL alert number 40", "alert [70]", "alert: 0x46",
	// "fatal alert code is 40", "alert message (msg 40)", "type: [2:40]".
	alertNumber = regexp.MustCompile(`(?i)\balert\b(?:[ ,:(\[=#-]*\b(?:number|code|description|desc|message|msg|type|fatal|warning|level=\d|is|was|generated|received|sent)\b)*[ :(\[=#]*(?:[12]:)?(0x[0-9a-f]{1,2}|\d{1,3})\b`)
	// schannelNumber is Schannel's other wording, of event 36888.
	schannelNumber = regexp.MustCompile(`(?i)\bfatal (?:error|alert) code (?:is )?(\d{1,3})\b`)
	// tsharkNumber is Wireshark's wording.
	tsharkNumber = regexp.MustCompile(`(?i)\bdescription: [a-z ]+\((\d{1,3})\)`)
	// bareNumber is a text that is an alert's number alone.
	bareNumber = regexp.MustCompile(`(?i)^\s*(?:(?:tls|ssl|fatal|warning)\s+)*alert\s*(?:number|code|no\.?)?\s*[:#]?\s*(0x[0-9a-f]{1,2}|\d{1,3})\s*\.?\s*$`)
)

// alertIn finds an alert in a line: by its number, or by its name behind a word
// that says that it is one.
func alertIn(l lineRead) (alertEntry, bool) {
	if strings.Contains(l.norm, " content type alert ") {
		return alertNamed(l) // 21 is then the record's type
	}
	for _, form := range []*regexp.Regexp{schannelNumber, tsharkNumber, alertNumber} {
		if m := form.FindStringSubmatch(l.raw); m != nil {
			if n, err := strconv.ParseUint(m[1], 0, 8); err == nil {
				if e, ok := alertByNumber(int(n)); ok {
					return e, true
				}
			}
		}
	}
	return alertNamed(l)
}

// introductions stand before an alert's name where it is one, and not a
// message's text that happens to be the same.
var introductions = []string{" alert ", " remote error tls ", " local error tls ", " tlsv1 "}

// alertNamed finds the longest name of an alert behind an introduction.
func alertNamed(l lineRead) (alertEntry, bool) {
	for _, intro := range introductions {
		_, rest, ok := strings.Cut(l.norm, intro)
		if !ok {
			continue
		}
		if e, ok := longestName(func(name string) bool { return strings.Contains(" "+rest, " "+name+" ") }); ok {
			return e, true
		}
	}
	return alertEntry{}, false
}

// longestName gives the alert with the longest of the names that fit: one alert's
// name may begin as another's.
func longestName(fits func(name string) bool) (alertEntry, bool) {
	var best alertEntry
	length := 0
	for _, e := range alerts {
		for _, name := range e.spellings() {
			if len(name) > length && fits(name) {
				best, length = e, len(name)
			}
		}
	}
	return best, length > 0
}

// plainly are the words that make what stands right behind them an alert's name.
var plainly = []string{
	" sslv3 alert ", " tlsv1 alert ", " tlsv13 alert ", " remote error tls ", " local error tls ", " received fatal alert ",
	" alert read fatal ", " alert read warning ", " alert write fatal ", " alert write warning ",
}

// plainAlertItem takes an alert that cannot be mistaken for a message with the
// same text: "sslv3 alert unexpected message".
func plainAlertItem(l lineRead) (Item, bool) {
	for _, intro := range plainly {
		_, rest, ok := strings.Cut(l.norm, intro)
		if !ok {
			continue
		}
		if e, ok := longestName(func(name string) bool { return strings.HasPrefix(rest, name+" ") }); ok {
			return e.item(l), true
		}
	}
	return Item{}, false
}

// exactAlertItem takes a text that is nothing but an alert: its name, or its
// number behind the word.
func exactAlertItem(l lineRead) (Item, bool) {
	if m := bareNumber.FindStringSubmatch(l.raw); m != nil {
		if n, err := strconv.ParseUint(m[1], 0, 8); err == nil {
			if e, ok := alertByNumber(int(n)); ok {
				return e.item(l), true
			}
		}
		return Item{}, false
	}
	name := strings.TrimSpace(l.norm)
	for _, before := range []string{"fatal alert ", "warning alert ", "tls alert ", "alert "} {
		name = strings.TrimPrefix(name, before)
	}
	for _, e := range alerts {
		if name == e.spellings()[0] {
			return e.item(l), true
		}
	}
	return Item{}, false
}

func alertItem(l lineRead) (Item, bool) {
	e, ok := alertIn(l)
	if !ok {
		return Item{}, false
	}
	return e.item(l), true
}

func (e alertEntry) item(l lineRead) Item {
	alert := e.alert
	i := Item{
		Message: alert.String(), Library: l.library, Alert: &alert,
		Code: fmt.Sprintf("alert %d (0x%02x)", alert, uint8(alert)), Meaning: e.meaning,
	}
	i.Who, i.Fault = alertSender(l)
	i.take(e.about, l)
	return i
}

// alertSender says which side sent an alert, as far as the line tells.
func alertSender(l lineRead) (string, trace.Side) {
	if l.way == unknownWay {
		return "An alert is what one side complains of to the other. The line does not say which way this one went.", trace.Nobody
	}
	sender := l.role
	if l.way == received {
		sender = other(l.role)
	}
	switch {
	case l.way == received && sender == trace.Nobody:
		return "The peer sent it: the side whose log this is received it. In a server's log that is the client, in a client's log the server.", trace.Nobody
	case l.way == received:
		return fmt.Sprintf("The %s sent it, and the %s's log has what it received (%s).", sender, l.role, l.roleBy), sender
	case sender == trace.Nobody:
		return "The side whose log this is sent it to its peer. Why stands in the same log, before this line.", trace.Nobody
	}
	return fmt.Sprintf("The %s sent it (%s). Why stands in the same log, before this line.", sender, l.roleBy), sender
}

func other(s trace.Side) trace.Side {
	switch s {
	case trace.Client:
		return trace.Server
	case trace.Server:
		return trace.Client
	}
	return trace.Nobody
}
