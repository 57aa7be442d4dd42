package explain

import (
	"fmt"

	"github.com/parley-tls/parley/internal/trace"
)

// What is said of an entry of the tables beside its texts: whose log alone has
// it, at what point of a connection, and the like.

func (m message) server() message { m.role = trace.Server; return m }
func (m message) client() message { m.role = trace.Client; return m }
func (m message) first() message  { m.when = opening; return m }
func (m message) later() message  { m.when = open; return m }
func (m message) weakly() message { m.weak = true; return m }

const ownDoing = "The program itself, about what it was given or does: no peer is involved."

// says is of a message whose speaker is no matter of sides.
func (m message) says(who string) message { m.who = who; return m }

// ownFault is of a message that is about the program's own configuration.
func (m message) ownFault() message { return m.says(ownDoing) }

// also is of a message that older or other versions word differently.
func (m message) also(texts ...string) message {
	if m.texts == nil {
		m.texts = []string{m.name}
	}
	m.texts = append(m.texts, texts...)
	return m
}

// numbered is of a message that its library also prints as a number.
func (m message) numbered(n int) message {
	m.number, m.code = n, fmt.Sprintf("error %d of %s", n, m.library)
	return m
}

// fromPeer is of a message that tells of the peer's alert.
func (m message) fromPeer() message { m.alert = true; return m }
