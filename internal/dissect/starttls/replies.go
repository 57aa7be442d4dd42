package starttls

import (
	"bytes"
	"fmt"
	"strconv"
)

// A replier follows the protocols whose servers answer each command with a number
// of three digits: SMTP and LMTP (RFC 3207), FTP (RFC 4217). Which it is, the
// client's first command tells; until then the server's greeting may.
type replier struct {
	proto     string // empty: not known yet
	greeted   bool
	heard     bool // a command was seen
	waiting   int  // replies to come
	asked     bool
	ours      int // replies to come up to the one to STARTTLS, where asked
	offered   bool
	listed    bool // the server listed what it offers
	masked    bool // something wrote X over the list
	mail      bool // the client sends a mail in chunks, RFC 3030
	verb      string
	greetings string
}

func (r *replier) name() string {
	switch {
	case r.proto != "":
		return r.proto
	case r.greetings != "":
		return r.greetings
	}
	return "SMTP or FTP"
}

func (r *replier) client(line []byte, _ *lines) effect {
	if r.mail {
		return effect{}
	}
	verb, rest := word(line)
	r.recognise(verb)
	r.waiting++
	r.verb = verb
	r.mail = verb == "BDAT"
	switch {
	case r.proto == "FTP" && verb == "AUTH" && startsTLS(rest):
		r.asked, r.ours = true, r.waiting
		return effect{what: asks}
	case r.proto != "FTP" && verb == "STARTTLS":
		r.asked, r.ours = true, r.waiting
		return effect{what: asks}
	}
	return effect{}
}

// startsTLS knows the mechanisms of AUTH that begin TLS, those from before RFC 4217 included.
func startsTLS(mechanism []byte) bool {
	switch string(bytes.ToUpper(mechanism)) {
	case "TLS", "TLS-C", "SSL", "TLS-P":
		return true
	}
	return false
}

func (r *replier) recognise(verb string) {
	if r.heard {
		return
	}
	r.heard = true
	switch verb {
	case "EHLO", "HELO", "STARTTLS", "NOOP", "MAIL":
		r.proto = "SMTP"
	case "LHLO":
		r.proto = "LMTP"
	case "AUTH", "USER", "FEAT", "SYST", "OPTS", "HOST", "CLNT", "PBSZ", "PROT", "LANG":
		r.proto = "FTP"
	default:
		r.heard = false
	}
}

func (r *replier) server(line []byte, _ *lines) effect {
	code, last, ok := replyCode(line)
	if !ok {
		return effect{} // FTP's replies may have lines without a number inside
	}
	if !r.greeted && !r.heard {
		r.guess(line)
	}
	r.note(line)
	if !last {
		return effect{}
	}
	return r.reply(code)
}

// replyCode reads "250-" and "250 "; the latter is a reply's last line.
func replyCode(line []byte) (code int, last, ok bool) {
	if len(line) < 3 {
		return 0, false, false
	}
	code, err := strconv.Atoi(string(line[:3]))
	if err != nil || code < 100 || code > 599 {
		return 0, false, false
	}
	if len(line) == 3 {
		return code, true, true
	}
	return code, line[3] == ' ', line[3] == ' ' || line[3] == '-'
}

// guess reads the greeting, for a connection in which the client never speaks.
func (r *replier) guess(line []byte) {
	for _, proto := range []string{"LMTP", "SMTP", "FTP"} {
		if bytes.Contains(bytes.ToUpper(line), []byte(proto)) {
			r.greetings = proto
			return
		}
	}
}

func (r *replier) note(line []byte) {
	if r.verb != "EHLO" && r.verb != "LHLO" && r.verb != "FEAT" {
		return
	}
	r.listed = true
	text := bytes.ToUpper(bytes.TrimSpace(line[min(4, len(line)):]))
	switch {
	case bytes.Equal(text, []byte("STARTTLS")), bytes.HasPrefix(text, []byte("AUTH TLS")):
		r.offered = true
	case len(text) == len("STARTTLS") && bytes.HasPrefix(text, []byte("XXXX")):
		r.masked = true
	}
}

func (r *replier) reply(code int) effect {
	if !r.greeted && (code == 220 || code == 554 || code == 421) && !r.asked {
		r.greeted = true
		if code != 220 {
			return effect{what: ends, why: fmt.Sprintf("the server turned the client away with %d", code)}
		}
		return effect{}
	}
	if code < 200 { // FTP: another reply follows
		return effect{}
	}
	ours := r.asked && r.ours <= 1
	r.waiting, r.ours = max(0, r.waiting-1), max(0, r.ours-1)
	switch {
	case r.agreement(code):
		return effect{what: agrees}
	case ours && code >= 400:
		r.asked = false
		return effect{what: refuses, why: r.refusal(code)}
	case r.past(code):
		return effect{what: ends, why: r.pastWhy()}
	}
	return effect{}
}

// agreement: 220 answers nothing but STARTTLS once the greeting is past, and
// nothing but AUTH is answered by 234.
func (r *replier) agreement(code int) bool {
	if !r.asked {
		return false
	}
	if r.proto == "FTP" {
		return code == 234
	}
	return code == 220
}

func (r *replier) refusal(code int) string {
	command := "STARTTLS"
	if r.proto == "FTP" {
		command = "AUTH TLS"
	}
	meaning, ok := replyMeanings[code]
	if !ok {
		return fmt.Sprintf("the server answered %s with %d", command, code)
	}
	return fmt.Sprintf("the server answered %s with %d (%s)", command, code, meaning)
}

// replyMeanings are those of RFC 3207 section 4, RFC 5321 section 4.2.3 and RFC
// 4217 section 4.
var replyMeanings = map[int]string{
	421: "service not available",
	431: "a security resource is not available",
	451: "a local error",
	454: "TLS not available due to temporary reason",
	500: "command not recognized",
	501: "syntax error",
	502: "command not implemented",
	503: "bad sequence of commands",
	504: "security mechanism not understood",
	530: "authentication required",
	534: "denied for policy reasons",
	554: "transaction failed",
}

// past says that the time for TLS is over: mail is under way, or a user logged in.
func (r *replier) past(code int) bool {
	return r.proto == "FTP" && code == 230 || r.proto != "FTP" && (code == 354 || r.mail)
}

func (r *replier) pastWhy() string {
	if r.proto == "FTP" {
		return "the client logged in in clear" + r.unasked()
	}
	return "the client sent its mail in clear" + r.unasked()
}

func (r *replier) why() string {
	if r.asked {
		return "the server did not answer the request for TLS"
	}
	return "the client did not ask for TLS" + r.unasked()
}

// unasked adds what the server had said about it.
func (r *replier) unasked() string {
	switch {
	case r.masked:
		return "; what the server offers was overwritten with X on the way, as the SMTP inspection of some firewalls does"
	case r.offered:
		return "; the server offered it"
	case r.listed:
		return "; the server did not offer it"
	}
	return ""
}
