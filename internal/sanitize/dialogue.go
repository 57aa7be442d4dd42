package sanitize

import (
	"bytes"
	"net/netip"
	"strconv"

	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

// isPrintable reports whether a byte is one of a text in ASCII.
func isPrintable(b byte) bool { return b >= ' ' && b <= '~' }

// isText reports whether a payload begins as lines of text do.
func isText(payload []byte) bool {
	const enough = 16
	for _, b := range payload[:min(len(payload), enough)] {
		if !isOfText(b) {
			return false
		}
	}
	return len(payload) > 0
}

func isOfText(b byte) bool { return isPrintable(b) || b == '\r' || b == '\n' || b == '\t' }

// dialogue keeps of a text what belongs to its protocol: words of the dialogues that
// lead to TLS, numbers that say how much follows, and what is neither letter nor digit.
// Names and addresses are replaced as elsewhere.
func (r *run) dialogue(text []byte) []byte {
	out := bytes.Clone(text)
	for i, b := range out {
		if !isOfText(b) {
			out[i] = 0x80 // whatever it is, it is no text
		}
	}
	for at := 0; at < len(out); {
		n := address(text[at:])
		if n > 0 {
			copy(out[at:], r.disguise.AddrText(string(text[at:at+n])))
		} else if n = token(text, at); n > 0 {
			copy(out[at:], r.token(text, at, n))
		}
		at += max(n, 1)
	}
	return out
}

// address gives the length of an IP address at the beginning of a text; 0: none is there.
func address(text []byte) int {
	n, marks := 0, 0
	for n < len(text) && n < len("0000:0000:0000:0000:0000:ffff:255.255.255.255") && (isHex(text[n]) || text[n] == '.' || text[n] == ':') {
		if !isHex(text[n]) {
			marks++
		}
		n++
	}
	for ; marks > 1 && n > 2; n-- {
		if _, err := netip.ParseAddr(string(text[:n])); err == nil && (n == len(text) || !isWord(text[n])) {
			return n
		}
	}
	return 0
}

func isHex(b byte) bool { return isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'f' }

func isWord(b byte) bool { return isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'z' }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

// token gives the length of the word at a place: letters and digits, and what joins
// them to the name of a host or a mailbox. Three digits at a line's beginning are one.
func token(text []byte, at int) int {
	if isCode(text, at) {
		return 3
	}
	n, name := 0, 0
	for at+n < len(text) && isWord(text[at+n]) {
		n++
	}
	switch word := text[at : at+n]; {
	case string(word) == "SSH":
		return n // its version follows
	case n > len("HTTP") && bytes.HasSuffix(word, []byte("HTTP")) && bytes.HasPrefix(text[at+n:], []byte("/1.")):
		return n - len("HTTP") // a message begins behind a body
	}
	for name = n; n > 0 && at+name < len(text) && (isWord(text[at+name]) || bytes.IndexByte([]byte(".@-_"), text[at+name]) >= 0); {
		name++
	}
	for name > n && !isWord(text[at+name-1]) {
		name--
	}
	if bytes.ContainsAny(text[at:at+name], ".@") {
		return name
	}
	return n
}

// isCode reports whether a reply's code is at a place: at a line's beginning, or behind
// the version in one of HTTP and its kin.
func isCode(text []byte, at int) bool {
	end := at + 3
	if end > len(text) || !isNumber(text[at:end]) || end < len(text) && isWord(text[end]) {
		return false
	}
	line := text[bytes.LastIndexByte(text[:at], '\n')+1 : at]
	for _, before := range []string{"HTTP/1.0 ", "HTTP/1.1 ", "SIP/2.0 ", "RTSP/1.0 "} {
		if bytes.HasSuffix(line, []byte(before)) {
			return true // a body may stand before it that ends no line
		}
	}
	return len(line) == 0
}

// token gives what takes a word's place.
func (r *run) token(text []byte, at, n int) string {
	word := string(text[at : at+n])
	switch {
	case isCode(text, at), words[string(bytes.ToUpper(text[at:at+n]))], versions[word], saysHowMuch(text, at, n):
		return word
	case isPort(text, at, n):
		return r.port(word)
	case bytes.ContainsAny(text[at:at+n], ".@"):
		return r.disguise.Text(disguise.KindDialogue, word)
	}
	return r.word(word)
}

// versions are those of the protocols.
var versions = setOf("1.0", "1.1", "2.0")

// saysHowMuch reports whether a number says how many bytes follow: in a literal of IMAP,
// or in a message of HTTP.
func saysHowMuch(text []byte, at, n int) bool {
	if !isNumber(text[at : at+n]) {
		return false
	}
	line := text[bytes.LastIndexByte(text[:at], '\n')+1 : at]
	return bytes.HasSuffix(line, []byte("{")) || bytes.EqualFold(bytes.TrimRight(line, " "), []byte("content-length:"))
}

func isNumber(b []byte) bool { return len(b) > 0 && len(bytes.Trim(b, "0123456789")) == 0 }

// isPort reports whether a number is a port: it stands behind an address or the name of a
// host, and nothing joins it to more. Other numbers behind colons are pins, hours, or parts
// of a card's address.
func isPort(text []byte, at, n int) bool {
	if at == 0 || text[at-1] != ':' || n > 5 || !isNumber(text[at:at+n]) || at+n < len(text) && text[at+n] == ':' {
		return false
	}
	before := text[:at-1]
	host := before[bytes.LastIndexFunc(before, func(r rune) bool { return r >= 0x80 || !isWord(byte(r)) && r != '.' && r != '-' && r != ']' })+1:]
	return bytes.ContainsAny(host, ".]")
}

// port replaces one, where another of the same length takes its place.
func (r *run) port(s string) string {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil {
		return r.word(s)
	}
	if made := strconv.Itoa(int(r.disguise.Port(uint16(n)))); len(made) == len(s) {
		return made
	}
	return r.word(s)
}

// word replaces a word by the same for the same, letters by letters and digits by digits.
// It is not looked for: it may be a word of any language.
func (r *run) word(s string) string {
	out := []byte(s)
	noise := r.noise(bytes.ToLower(out))
	for i, b := range out {
		switch {
		case isDigit(b):
			out[i] = '0' + noise[i]%10
		case isWord(b):
			out[i] = b&0x20 | ('A' + noise[i]%26)
		}
	}
	return string(out)
}

// words are those of SMTP, IMAP, POP3, FTP, XMPP, HTTP and their kin that say what
// happens, and nothing of who does it.
var words = setOf(
	// SMTP, LMTP
	"EHLO", "HELO", "LHLO", "STARTTLS", "MAIL", "RCPT", "DATA", "QUIT", "RSET", "NOOP", "VRFY", "HELP", "AUTH", "ESMTP", "SMTP", "LMTP",
	"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "DSN", "SMTPUTF8", "ETRN", "TLS", "GO", "AHEAD", "READY", "START",
	"FROM", "TO", "HELLO", "SERVICE",
	// IMAP, POP3
	"OK", "NO", "BAD", "BYE", "PREAUTH", "CAPABILITY", "CAPA", "IMAP4REV1", "IMAP4REV2", "LOGINDISABLED", "LOGIN", "LOGOUT", "STLS", "ERR", "USER", "PASS",
	"PLAIN", "SASL", "UIDL", "TOP", "IDLE", "ID", "COMPLETED", "BEGIN", "NEGOTIATION", "NOW", "AUTHENTICATE",
	// FTP
	"SSL", "PBSZ", "PROT", "FEAT", "SYST", "FTP",
	// XMPP
	"XML", "VERSION", "STREAM", "FEATURES", "XMLNS", "JABBER", "URN", "IETF", "PARAMS", "NS", "XMPP", "PROCEED", "FAILURE",
	"REQUIRED", "STREAMS", "CLIENT", "SERVER", "MECHANISMS", "MECHANISM",
	// HTTP and what else is told by how it begins
	"HTTP", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "HOST", "CONNECTION", "CLOSE", "KEEP", "ALIVE", "ESTABLISHED",
	"CONTENT", "LENGTH", "TRANSFER", "ENCODING", "CHUNKED", "REQUEST", "REQUIRED", "PROXY", "AUTHENTICATION", "AUTHORIZATION",
	"REGISTER", "INVITE", "MESSAGE", "SUBSCRIBE", "SIP", "SIPS", "RTSP", "SSH", "RFB", "AMQP", "PRI", "SM", "TCP4", "TCP6", "UNKNOWN",
)

func setOf(list ...string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, w := range list {
		set[w] = true
	}
	return set
}
