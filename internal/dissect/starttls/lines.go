package starttls

import (
	"bytes"

	"github.com/parley-tls/parley/internal/trace"
)

// lines cuts what one side says into lines. Of the line under way it keeps the
// beginning and the end, of lines that have ended nothing.
type lines struct {
	head  []byte
	tail  []byte // of a line longer than the head
	begun bool
	torn  bool  // the line's beginning is missing
	skip  int64 // bytes that belong to no line: a literal, a body
	place trace.Place
}

// How much of a line is kept.
const (
	maxHead = 256
	maxTail = 32
)

// take reads to the end of the line at most. Where whole, line is valid until the next take.
func (l *lines) take(b []byte, at trace.Place) (n int, line []byte, whole bool) {
	if l.skip > 0 {
		n = int(min(l.skip, int64(len(b))))
		l.skip -= int64(n)
		return n, nil, false
	}
	if !l.begun {
		l.begun = true
		l.place = trace.Place{Frame: at.Frame, Offset: at.Offset}
		l.head, l.tail = l.head[:0], l.tail[:0]
	}
	n = bytes.IndexByte(b, '\n') + 1
	whole = n > 0
	if !whole {
		n = len(b)
	}
	l.keep(b[:n])
	l.place.Last = at.Last
	l.place.Length += n
	if !whole {
		return n, nil, false
	}
	l.begun = false
	if l.torn {
		l.torn = false
		return n, nil, false
	}
	return n, bytes.TrimRight(l.head, "\r\n"), true
}

func (l *lines) keep(b []byte) {
	n := min(len(b), maxHead-len(l.head))
	l.head = append(l.head, b[:n]...)
	l.tail = append(l.tail, b[max(n, len(b)-maxTail):]...)
	if over := len(l.tail) - maxTail; over > 0 {
		l.tail = append(l.tail[:0], l.tail[over:]...)
	}
}

// ending is the end of the line that take gave, without its line break.
func (l *lines) ending() []byte {
	if len(l.tail) < maxTail {
		return bytes.TrimRight(append(append([]byte(nil), l.head...), l.tail...), "\r\n")
	}
	return bytes.TrimRight(l.tail, "\r\n")
}

func (l *lines) resting() bool { return l.skip == 0 && !l.begun }

func (l *lines) tear() {
	l.begun, l.torn, l.skip = false, true, 0
}

// A talker knows what the lines of one protocol mean.
type talker interface {
	name() string
	client(line []byte, l *lines) effect
	server(line []byte, l *lines) effect
	why() string
}

// A talk is a layer made of lines.
type talk struct {
	talker
	sides [2]lines // client, server
}

func newTalk(t talker) layer { return &talk{talker: t} }

func (t *talk) of(from trace.Side) *lines {
	if from == trace.Server {
		return &t.sides[1]
	}
	return &t.sides[0]
}

func (t *talk) take(from trace.Side, b []byte, at trace.Place) (int, effect) {
	l := t.of(from)
	n, line, whole := l.take(b, at)
	if !whole {
		return n, effect{}
	}
	said := t.client
	if from == trace.Server {
		said = t.server
	}
	e := said(line, l)
	e.place = l.place
	return n, e
}

func (t *talk) resting(from trace.Side, _ byte) bool { return t.of(from).resting() }

func (t *talk) tear(from trace.Side) { t.of(from).tear() }

// word is the first word of a line, in capitals, and what follows it.
func word(line []byte) (first string, rest []byte) {
	before, after, _ := bytes.Cut(line, []byte(" "))
	return string(bytes.ToUpper(before)), bytes.TrimSpace(after)
}
