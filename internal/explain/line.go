package explain

import (
	"strings"
	"unicode"

	"github.com/parley-tls/parley/internal/trace"
)

// A phase is a point in a connection's life.
type phase uint8

const (
	anyPhase phase = iota
	opening        // in the first handshake
	open           // afterwards
)

// A lineRead is a line with what its wrapping says.
type lineRead struct {
	raw     string
	norm    string // as normal makes it, a space before and behind
	role    trace.Side
	roleBy  string // the words that tell the role
	when    phase
	guessed bool // when is likely, not certain
	way     direction
	library string
}

// A direction says what happened to an alert.
type direction uint8

const (
	unknownWay direction = iota
	received
	sent
)

func readLine(line string) lineRead {
	l := lineRead{raw: line, norm: " " + normal(line) + " "}
	for _, c := range clues {
		if !strings.Contains(l.norm, " "+c.words+" ") {
			continue
		}
		if l.role == trace.Nobody && c.role != trace.Nobody {
			l.role, l.roleBy = c.role, c.by
		}
		if l.when == anyPhase {
			l.when, l.guessed = c.when, c.guessed
		}
		if l.way == unknownWay {
			l.way = c.way
		}
		if l.library == "" {
			l.library = c.library
		}
	}
	return l
}

// normal brings a text into the form that tables are compared in: lower case,
// one space between words, no punctuation. Words that are joined by capitals,
// as identifiers are, come apart.
func normal(text string) string {
	var b strings.Builder
	var last rune
	for _, r := range text {
		switch {
		case r == '\'' || r == '’':
			continue // "didn't" is one word
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			r = ' '
		case unicode.IsUpper(r) && unicode.IsLower(last):
			b.WriteByte(' ')
		}
		if r != ' ' || last != ' ' && b.Len() > 0 {
			b.WriteRune(unicode.ToLower(r))
		}
		last = r
	}
	return strings.TrimSpace(b.String())
}
