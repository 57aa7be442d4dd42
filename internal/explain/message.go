package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/trace"
)

// A message is one entry of the tables: what a library writes, and what it means.
type message struct {
	name    string   // as it is shown
	texts   []string // where it is recognised; "…" stands for anything; nil: by its name
	library string   // empty: of several
	meaning string
	about   *topic
	role    trace.Side // which side alone has it in its log; Nobody: either
	when    phase
	alert   bool   // it tells of an alert that the peer sent
	who     string // who said it, where that is no matter of sides
	code    string
	number  int  // by which its library also knows it, below zero; 0: none
	weak    bool // it says so little that anything else is better
}

// tables are all messages.
func tables() [][]message {
	return [][]message{
		opensslMessages, gnutlsMessages, javaMessages, goMessages, nssMessages, schannelMessages,
		mbedMessages, wolfMessages, verifyMessages, appleMessages, programMessages, parleyMessages,
	}
}

// A pattern is a text of a message in the form that it is compared in.
type pattern struct {
	parts  []string // in this order, each with a space before and behind
	length int
	of     *message
}

// patterns are those of all tables.
var patterns = func() []pattern {
	var all []pattern
	for _, table := range tables() {
		for i := range table {
			m := &table[i]
			texts := m.texts
			if texts == nil {
				texts = []string{m.name}
			}
			for _, text := range texts {
				all = append(all, newPattern(text, m))
			}
		}
	}
	return all
}()

func newPattern(text string, m *message) pattern {
	p := pattern{of: m}
	for part := range strings.SplitSeq(text, "…") {
		if part = normal(part); part != "" {
			p.parts = append(p.parts, " "+part+" ")
			p.length += len(part)
		}
	}
	return p
}

// in reports whether a line in normal form has all parts in their order.
func (p pattern) in(norm string) bool {
	for _, part := range p.parts {
		at := strings.Index(norm, part)
		if at < 0 {
			return false
		}
		norm = norm[at+len(part)-1:] // the space behind may be the next one's before
	}
	return len(p.parts) > 0
}

// find gives the message of the longest text that a line has. Where two are as
// long, the one of the line's own library is taken.
func find(l lineRead, weak bool) (*message, bool) {
	var best pattern
	for _, p := range patterns {
		if p.of.weak != weak || p.length < best.length || foreign(p.of, l) || !p.in(l.norm) {
			continue
		}
		if p.length > best.length || p.of.library == l.library && best.of.library != l.library {
			best = p
		}
	}
	return best.of, best.of != nil
}

// foreign reports whether a line says that it is another library's than a
// message: libraries use the same few words.
func foreign(m *message, l lineRead) bool {
	return m.library != l.library && libraries[m.library] && libraries[l.library]
}

func messageItem(l lineRead) (Item, bool) { return found(l, false) }
func weakItem(l lineRead) (Item, bool)    { return found(l, true) }

func found(l lineRead, weak bool) (Item, bool) {
	m, ok := find(l, weak)
	if !ok {
		return Item{}, false
	}
	return m.item(l), true
}

func (m *message) item(l lineRead) Item {
	if m.role != trace.Nobody {
		l.role, l.roleBy = m.role, "only a "+m.role.String()+" has this message"
	}
	if m.when != anyPhase {
		l.when, l.guessed = m.when, false
	}
	i := Item{Message: m.name, Library: m.library, Code: m.code, Meaning: m.meaning}
	if i.Library == "" {
		i.Library = l.library
	}
	switch {
	case m.who != "":
		i.Who = m.who
	case m.about == serverSetup:
		i.Who = ownDoing
	case m.alert:
		l.way = received
		i.Who, i.Fault = alertSender(l)
	case m.about.silent:
		i.Who, i.Fault = onlooker(l)
	default:
		i.Who, i.Fault = finder(l)
	}
	if e, ok := alertIn(l); ok {
		i.Alert = &e.alert
	}
	i.take(m.about, l)
	return i
}

// finder says which side found fault, where it was the one whose log it is.
func finder(l lineRead) (string, trace.Side) {
	if l.role == trace.Nobody {
		return "The side whose log this is found it by itself, in what its peer sent. Whether that side is the client or the server the line does not tell.", trace.Nobody
	}
	return fmt.Sprintf("The %s found it by itself, in what the %s sent (%s).", l.role, other(l.role), l.roleBy), l.role
}

// onlooker says who saw what no message said: a TCP connection that ended, or
// one on which nothing came.
func onlooker(l lineRead) (string, trace.Side) {
	if l.role == trace.Nobody {
		return "Nobody said it: the side whose log this is saw it on the TCP connection, and its peer gave no reason.", trace.Nobody
	}
	return fmt.Sprintf("Nobody said it: the %s saw it on the TCP connection, and the %s gave no reason (%s).", l.role, other(l.role), l.roleBy), l.role
}

// take gives an item what its topic says, as far as it fits the line: causes
// that the other side would complain of are left out, and so are those of another
// point in a connection's life; where that point is guessed they come last.
func (i *Item) take(t *topic, l lineRead) {
	i.Parley, i.Client, i.Capture = t.parley, t.client, t.capture
	var later []Cause
	for _, c := range t.causes {
		switch {
		case c.side != trace.Nobody && i.Fault != trace.Nobody && c.side != i.Fault:
		case c.when == anyPhase || l.when == anyPhase || c.when == l.when:
			i.Causes = append(i.Causes, c)
		case l.guessed:
			later = append(later, c)
		}
	}
	if i.Causes = append(i.Causes, later...); len(i.Causes) == 0 {
		i.Causes = slices.Clone(t.causes) // the line contradicts all that is known
	}
}
