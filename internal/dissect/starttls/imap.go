package starttls

import (
	"bytes"
	"fmt"
	"strconv"
)

// An imap follows RFC 9051, section 6.2.1: a command and its answer bear the same tag.
type imap struct {
	tag   string // of STARTTLS; empty: not asked
	offer offer
}

func (*imap) name() string { return "IMAP" }

func (i *imap) client(line []byte, l *lines) effect {
	l.skip = literal(l.ending())
	tag, rest := splitTag(line)
	verb, _ := word(rest)
	if verb == "STARTTLS" && tag != "" {
		i.tag = tag
		return effect{what: asks}
	}
	return effect{}
}

// literal is the length of the octets that follow a line which ends in {n} or {n+}.
func literal(ending []byte) int64 {
	open := bytes.LastIndexByte(ending, '{')
	if open < 0 || !bytes.HasSuffix(ending, []byte("}")) {
		return 0
	}
	n, err := strconv.ParseUint(string(bytes.TrimSuffix(ending[open+1:len(ending)-1], []byte("+"))), 10, 32)
	if err != nil {
		return 0
	}
	return int64(n)
}

func splitTag(line []byte) (tag string, rest []byte) {
	before, after, _ := bytes.Cut(line, []byte(" "))
	return string(before), after
}

func (i *imap) server(line []byte, l *lines) effect {
	l.skip = literal(l.ending())
	tag, rest := splitTag(line)
	upper := bytes.ToUpper(line)
	if bytes.Contains(upper, []byte("CAPABILITY")) {
		i.offer.listed = true
		i.offer.made = i.offer.made || bytes.Contains(upper, []byte("STARTTLS"))
	}
	answer, _ := word(rest)
	switch {
	case tag == "*" && answer == "PREAUTH":
		return effect{what: ends, why: "the server greeted with PREAUTH: the client is logged in, and STARTTLS is allowed before that only"}
	case tag == "*" && answer == "BYE":
		return effect{what: ends, why: "the server turned the client away with BYE"}
	case i.tag == "" || tag != i.tag:
		return effect{}
	case answer == "OK":
		return effect{what: agrees}
	case answer == "NO" || answer == "BAD":
		i.tag = ""
		return effect{what: refuses, why: fmt.Sprintf("the server answered STARTTLS with %s", answer)}
	}
	return effect{}
}

func (i *imap) why() string { return i.offer.why(i.tag != "") }
