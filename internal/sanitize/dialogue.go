package sanitize

import "bytes"

// isPrintable reports whether a byte is one of a text in ASCII.
func isPrintable(b byte) bool { return b >= ' ' && b <= '~' }

// isText reports whether a payload is lines of text.
func isText(payload []byte) bool {
	for _, b := range payload {
		if !isPrintable(b) && b != '\r' && b != '\n' && b != '\t' {
			return false
		}
	}
	return len(payload) > 0
}

// dialogue keeps of a text what belongs to its protocol: words of the dialogues that
// lead to TLS, three digits at a line's beginning, and what is neither letter nor digit.
func dialogue(text []byte) []byte {
	out := bytes.Clone(text)
	for at := 0; at < len(out); {
		end := at
		for end < len(out) && isWord(out[end]) {
			end++
		}
		if end == at {
			at++
			continue
		}
		if word := out[at:end]; !kept(word, beginsLine(out, at)) {
			blank(word)
		}
		at = end
	}
	return out
}

func isWord(b byte) bool { return isDigit(b) || b|0x20 >= 'a' && b|0x20 <= 'z' }

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func beginsLine(text []byte, at int) bool { return at == 0 || text[at-1] == '\n' }

// kept reports whether a word is the protocol's.
func kept(word []byte, first bool) bool {
	if first && len(word) == 3 && isDigit(word[0]) && isDigit(word[1]) && isDigit(word[2]) {
		return true
	}
	return words[string(bytes.ToUpper(word))]
}

// blank writes over a word, with digits for digits, so that numbers stay some.
func blank(word []byte) {
	for i, b := range word {
		switch {
		case isDigit(b):
			word[i] = '1'
		case b >= 'a':
			word[i] = 'x'
		default:
			word[i] = 'X'
		}
	}
}

// words are those of SMTP, IMAP, POP3, FTP, XMPP, HTTP and their kin that say what
// happens, and nothing of who does it.
var words = setOf(
	// SMTP, LMTP
	"EHLO", "HELO", "LHLO", "STARTTLS", "MAIL", "RCPT", "DATA", "QUIT", "RSET", "NOOP", "VRFY", "HELP", "AUTH", "ESMTP", "SMTP", "LMTP",
	"PIPELINING", "SIZE", "8BITMIME", "ENHANCEDSTATUSCODES", "CHUNKING", "DSN", "SMTPUTF8", "ETRN", "TLS", "GO", "AHEAD", "READY", "START",
	"FROM", "TO", "HELLO", "BYE", "SERVICE",
	// IMAP, POP3
	"OK", "NO", "BAD", "PREAUTH", "CAPABILITY", "CAPA", "IMAP4REV1", "IMAP4REV2", "LOGINDISABLED", "LOGIN", "LOGOUT", "STLS", "ERR", "USER", "PASS",
	"PLAIN", "SASL", "UIDL", "TOP", "IDLE", "ID", "COMPLETED", "BEGIN", "NEGOTIATION", "NOW", "AUTHENTICATE",
	// FTP
	"SSL", "PBSZ", "PROT", "FEAT", "SYST", "FTP",
	// XMPP
	"XML", "VERSION", "STREAM", "FEATURES", "XMLNS", "HTTP", "ETHERX", "JABBER", "ORG", "URN", "IETF", "PARAMS", "NS", "XMPP", "PROCEED", "FAILURE",
	"REQUIRED", "STREAMS", "CLIENT", "SERVER", "MECHANISMS", "MECHANISM",
	// HTTP and what else is told by how it begins
	"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "HOST", "CONNECTION", "CLOSE", "KEEP", "ALIVE", "ESTABLISHED",
	"REGISTER", "INVITE", "MESSAGE", "SUBSCRIBE", "SIP", "SIPS", "RTSP", "SSH", "RFB", "AMQP", "PRI", "SM", "PROXY", "TCP4", "TCP6", "UNKNOWN",
	"BAD", "REQUEST", "PROXYAUTHENTICATION",
)

func setOf(list ...string) map[string]bool {
	set := make(map[string]bool, len(list))
	for _, w := range list {
		set[w] = true
	}
	return set
}
