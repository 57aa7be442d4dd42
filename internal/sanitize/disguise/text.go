package disguise

import (
	"net/netip"
	"strings"
)

// Text replaces a text by one of the same length and look: a letter by a letter, a digit
// by a digit; spaces and marks stay. Host names, e-mail and IP addresses in it are replaced
// as such.
func (d *Disguise) Text(k Kind, s string) string {
	switch {
	case s == "":
		return s
	case strings.Contains(s, "://"):
		return d.URL(s)
	case strings.Contains(s, "@") && !strings.ContainsAny(s, " "):
		return d.mail(s)
	case isAddress(s):
		return d.AddrText(s)
	case looksLikeHost(s), s == "localhost":
		return d.Host(s)
	}
	return d.changed(k, s, d.textual(s))
}

// Word replaces one word, alike wherever it stands, whatever it looks like.
func (d *Disguise) Word(k Kind, s string) string {
	return d.changed(k, s, d.textual(s))
}

// textual replaces letters and digits.
func (d *Disguise) textual(s string) string {
	random := d.stream("text", []byte(lower(s)))
	out := []byte(s)
	for i, c := range out {
		switch {
		case c >= '0' && c <= '9':
			out[i] = '0' + byte(random.below(10))
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
			out[i] = c&0x20 | ('A' + byte(random.below(26)))
		case c < ' ' && c != '\t' && c != '\r' && c != '\n', c >= 0x7f:
			out[i] = 'a' + byte(random.below(26))
		}
	}
	return string(out)
}

func isAddress(s string) bool {
	_, err := netip.ParseAddr(s)
	return err == nil
}

// looksLikeHost says whether a text is letters, digits and hyphens with dots between.
func looksLikeHost(s string) bool {
	if !strings.Contains(strings.Trim(s, "."), ".") || len(s) > 253 {
		return false
	}
	letter := false
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z':
			letter = true
		case c >= '0' && c <= '9', c == '.', c == '-', c == '_', c == '*':
		default:
			return false
		}
	}
	return letter && !strings.Contains(s, "..")
}

// mail replaces an address of e-mail.
func (d *Disguise) mail(s string) string {
	at := strings.LastIndexByte(s, '@')
	d.RememberText(KindName, s)
	return d.textual(s[:at]) + "@" + d.Host(s[at+1:])
}

// schemes are those of URLs that stay.
var schemes = []string{"http", "https", "ldap", "ldaps", "ftp", "file", "sip", "sips", "xmpp", "urn", "imap", "ws", "wss"}

// URL replaces a URL's host, user and path. The scheme stays, and so does the port.
func (d *Disguise) URL(s string) string {
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		return d.changed(KindURL, s, d.textual(s))
	}
	d.RememberText(KindURL, s)
	if !isOneOf(lower(scheme), schemes) {
		scheme = d.textual(scheme)
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	return scheme + "://" + d.authority(rest[:end]) + d.textual(rest[end:])
}

func isOneOf(s string, words []string) bool {
	for _, w := range words {
		if s == w {
			return true
		}
	}
	return false
}

// authority replaces what RFC 3986, section 3.2, calls so: user, host and port.
func (d *Disguise) authority(s string) string {
	user, host := "", s
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		user, host = d.textual(s[:at])+"@", s[at+1:]
	}
	return user + d.HostPort(host)
}

// HostPort replaces a host that a port may follow. The port stays.
func (d *Disguise) HostPort(s string) string {
	if inner, rest, ok := strings.Cut(strings.TrimPrefix(s, "["), "]"); ok && s != "" && s[0] == '[' && isAddress(inner) && isPort(rest) {
		return "[" + d.AddrText(inner) + "]" + rest
	}
	colon := strings.LastIndexByte(s, ':')
	if colon < 0 || !isPort(s[colon:]) || isAddress(s) {
		return d.Host(s)
	}
	return d.Host(s[:colon]) + s[colon:]
}

// isPort says whether s is empty or a colon and a port.
func isPort(s string) bool {
	if s == "" {
		return true
	}
	for _, c := range []byte(s[1:]) {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s[0] == ':' && len(s) <= len(":65535")
}
