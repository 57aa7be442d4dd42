package legacyclient

import (
	"errors"
	"slices"
)

// A Misbehaviour is something that a client does on an established connection,
// most of them with a second hello.
type Misbehaviour struct {
	Name string
	Does string // what it does, in a sentence
	Seen string // where it was seen, or what it is for

	first  func(*Options)             // how its first handshake differs; nil: not at all
	hello  func(c *Client) Hello      // the second hello; nil: a reset one
	script func(*Client, Hello) error // what is done with it; nil: a handshake
}

// Misbehaviours lists all there are, by the kind of thing they do.
func Misbehaviours() []Misbehaviour { return slices.Clone(misbehaviours) }

// Named finds a misbehaviour by its name.
func Named(name string) (Misbehaviour, bool) {
	for _, m := range misbehaviours {
		if m.Name == name {
			return m, true
		}
	}
	return Misbehaviour{}, false
}

// Options is o for a client that is going to misbehave so: some clients differ
// from their first hello on.
func (m Misbehaviour) Options(o Options) Options {
	if m.first != nil {
		m.first(&o)
	}
	return o
}

// Run misbehaves on a client whose first handshake is complete. Nil means that
// the connection goes on; ErrRefused that it does under the keys it had.
func (m Misbehaviour) Run(c *Client) error { return m.RunWith(c, m.Hello(c)) }

// RunWith is Run with another second hello than the misbehaviour's own: crossing
// data, say, with a proper hello.
func (m Misbehaviour) RunWith(c *Client, h Hello) error {
	if c.state.Handshakes == 0 {
		return errors.New("the first handshake is not complete")
	}
	if m.script == nil {
		return c.Renegotiate(h)
	}
	return m.script(c, h)
}

// Hello is the second hello that the misbehaviour sends on c.
func (m Misbehaviour) Hello(c *Client) Hello {
	if m.hello == nil {
		return Hello{Kind: HelloReset}
	}
	return m.hello(c)
}
