package starttls

import (
	"bytes"

	"github.com/parley-tls/parley/internal/trace"
)

// An xmpp follows RFC 6120, section 5: in a stream of XML the client sends
// <starttls/> and the server <proceed/> or <failure/>.
type xmpp struct {
	sides  [2]tags // client, server
	begun  bool    // a stream element was seen
	asked  bool
	ending bool // <proceed> has come, </proceed> has not
	offer  offer
}

const xmppTLS = "urn:ietf:params:xml:ns:xmpp-tls"

func (*xmpp) name() string { return "XMPP" }

func (x *xmpp) of(from trace.Side) *tags {
	if from == trace.Server {
		return &x.sides[1]
	}
	return &x.sides[0]
}

// resting: a control character is in no text of XML, a letter of UTF-8 may be.
func (x *xmpp) resting(from trace.Side, first byte) bool {
	return !x.of(from).inside && isRecordType(first)
}

func (x *xmpp) tear(from trace.Side) { *x.of(from) = tags{} }

func (x *xmpp) take(from trace.Side, b []byte, at trace.Place) (int, effect) {
	t := x.of(from)
	n, tag, whole := t.take(b, at)
	if !whole {
		return n, effect{}
	}
	e := x.client(tag)
	if from == trace.Server {
		e = x.server(tag)
	}
	e.place = t.place
	return n, e
}

func (x *xmpp) client(tag []byte) effect {
	switch name := elementName(tag); name {
	case "?xml":
	case "stream:stream":
		x.begun = true
	case "starttls":
		x.asked = true
		if selfClosing(tag) {
			return effect{what: asks}
		}
	case "/starttls":
		return effect{what: asks}
	default:
		if !x.begun {
			return effect{what: foreign, why: "XML"}
		}
	}
	return effect{}
}

func (x *xmpp) server(tag []byte) effect {
	switch name := elementName(tag); name {
	case "starttls":
		x.offer.made = true
	case "/stream:features", "stream:features":
		x.offer.listed = true
	case "proceed":
		x.ending = x.asked
		if x.asked && selfClosing(tag) {
			return effect{what: agrees}
		}
	case "/proceed":
		if x.ending {
			return effect{what: agrees}
		}
	case "failure":
		if x.asked && bytes.Contains(tag, []byte(xmppTLS)) {
			x.asked = false
			return effect{what: refuses, why: "the server answered starttls with failure"}
		}
	case "success":
		if !x.asked {
			return effect{what: ends, why: "the client logged in in clear, and starttls is allowed before that only"}
		}
	}
	return effect{}
}

func (x *xmpp) why() string { return x.offer.why(x.asked) }

// elementName is what stands first between < and >; an end tag keeps its slash.
func elementName(tag []byte) string {
	end := bytes.IndexAny(tag, " \t\r\n")
	if end < 0 {
		end = len(tag)
	}
	name := tag[:end]
	if len(name) > 1 && name[len(name)-1] == '/' {
		name = name[:len(name)-1]
	}
	return string(name)
}

func selfClosing(tag []byte) bool { return bytes.HasSuffix(tag, []byte("/")) }

// tags cuts a stream of XML into its tags. Of the tag under way it keeps the
// beginning and the last byte.
type tags struct {
	inside bool
	quote  byte // the quotation mark that an attribute's value waits for
	kept   []byte
	place  trace.Place
}

// take reads to the end of a tag at most. Where whole, tag is what stood between
// < and >, valid until the next take.
func (t *tags) take(b []byte, at trace.Place) (n int, tag []byte, whole bool) {
	if !t.inside {
		open := bytes.IndexFunc(b, func(r rune) bool { return r == '<' || r < 0x80 && isRecordType(byte(r)) })
		if open < 0 {
			return len(b), nil, false
		}
		if open > 0 {
			return open, nil, false
		}
		t.inside, t.quote, t.kept = true, 0, t.kept[:0]
		t.place = trace.Place{Frame: at.Frame, Last: at.Last, Offset: at.Offset, Length: 1}
		return 1, nil, false
	}
	t.place.Last = at.Last
	for n < len(b) {
		c := b[n]
		n++
		t.place.Length++
		switch {
		case t.quote != 0:
			if c == t.quote {
				t.quote = 0
			}
		case c == '\'' || c == '"':
			t.quote = c
		case c == '>':
			t.inside = false
			return n, t.kept, true
		}
		t.keep(c)
	}
	return n, nil, false
}

func (t *tags) keep(c byte) {
	if len(t.kept) < maxHead {
		t.kept = append(t.kept, c)
		return
	}
	t.kept[maxHead-1] = c
}
