package disguise

import (
	"bytes"
	"strings"
)

// methods of HTTP, which stay where its shape is kept (RFC 9110, section 9; RFC 5789;
// RFC 4918, section 9).
var methods = []string{"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK"}

// fields whose values say how a message goes on the wire and nothing else.
var plainFields = []string{"content-length", "connection", "transfer-encoding", "keep-alive", "upgrade", "te", "expect", "accept-encoding", "content-encoding"}

// knownFields are names of header fields that stay; others may name a product or a firm.
var knownFields = append([]string{
	"accept", "accept-charset", "accept-language", "accept-ranges", "age", "allow", "authorization", "cache-control", "content-disposition", "content-language",
	"content-location", "content-range", "content-security-policy", "content-type", "cookie", "date", "etag", "expires", "forwarded", "from", "host", "if-match",
	"if-modified-since", "if-none-match", "if-range", "if-unmodified-since", "last-modified", "link", "location", "max-forwards", "origin", "pragma",
	"proxy-authenticate", "proxy-authorization", "range", "referer", "retry-after", "server", "set-cookie", "soapaction", "strict-transport-security", "trailer",
	"user-agent", "vary", "via", "warning", "www-authenticate", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-requested-with",
}, plainFields...)

// http replaces a message of HTTP/1 and keeps its shape: the method, the version, the
// state, names of fields that are everybody's, lengths, and where lines end.
func (d *Disguise) http(data []byte) ([]byte, bool) {
	head, body, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	first, fields, more := strings.Cut(string(head), "\r\n")
	line, ok := d.startLine(first)
	if !ok {
		return nil, false
	}
	out := []byte(line)
	for more {
		var field string
		field, fields, more = strings.Cut(fields, "\r\n")
		out = append(append(out, "\r\n"...), d.field(field)...)
	}
	if len(out) < len(data) {
		out = append(out, "\r\n\r\n"...)
	}
	d.rememberData(body)
	return append(out, Filler(KindData, len(body))...), true
}

// startLine replaces the target of a request or the phrase of a response (RFC 9112,
// sections 3 and 4).
func (d *Disguise) startLine(s string) (string, bool) {
	first, rest, _ := strings.Cut(s, " ")
	if isHTTPVersion(first) {
		state, phrase, spaced := strings.Cut(rest, " ")
		if len(state) != 3 || strings.Trim(state, "0123456789") != "" {
			return "", false
		}
		out := first + " " + state
		if spaced {
			out += " " + d.textual(phrase)
		}
		return out, true
	}
	last := strings.LastIndexByte(rest, ' ')
	if !isOneOf(first, methods) || last < 0 || !isHTTPVersion(rest[last+1:]) {
		return "", false
	}
	return first + " " + d.target(rest[:last]) + rest[last:], true
}

func isHTTPVersion(s string) bool { return s == "HTTP/1.1" || s == "HTTP/1.0" }

func (d *Disguise) target(s string) string {
	switch {
	case strings.Contains(s, "://"):
		return d.URL(s)
	case strings.HasPrefix(s, "/"), s == "*":
		return d.changed(KindURL, s, d.textual(s))
	}
	return d.HostPort(s)
}

// plainWords are those that the values of plain fields are made of.
var plainWords = []string{"keep-alive", "close", "chunked", "gzip", "deflate", "br", "zstd", "compress", "identity", "upgrade", "websocket", "h2c", "trailers", "100-continue", "timeout", "max"}

// isPlain says whether a value is made of numbers and such words.
func isPlain(value string) bool {
	for _, word := range strings.FieldsFunc(lower(value), func(c rune) bool { return strings.ContainsRune(" \t,;=", c) }) {
		if !isOneOf(word, plainWords) && (len(word) > 10 || strings.Trim(word, "0123456789") != "") {
			return false
		}
	}
	return true
}

// field replaces a header field.
func (d *Disguise) field(s string) string {
	name, value, found := strings.Cut(s, ":")
	small := lower(name)
	switch {
	case !found:
		return d.textual(s)
	case !isOneOf(small, knownFields):
		name = d.textual(name)
	case isOneOf(small, plainFields) && isPlain(value):
		return s
	}
	bare := strings.TrimLeft(value, " \t")
	spaces := value[:len(value)-len(bare)]
	if small == "host" {
		return name + ":" + spaces + d.HostPort(bare)
	}
	return name + ":" + spaces + d.changed(KindData, bare, d.textual(bare))
}
