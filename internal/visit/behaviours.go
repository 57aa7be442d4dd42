package visit

import (
	"errors"
	"slices"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// A Behaviour is what a client does on its visit.
type Behaviour struct {
	Name string
	Does string // in a sentence
	Seen string // where it was seen, or what it is for

	change   func(legacyclient.Options) legacyclient.Options // how the client differs from the first hello on; nil: not at all
	first    func(*legacyclient.Client) error                // in place of the first handshake; nil: that
	act      func(*legacyclient.Client) error                // once data has passed; nil: nothing
	farewell func(*legacyclient.Client)                      // in place of close_notify; nil: that
}

// Behaviours lists all there are: those of a whole visit first, then what the
// legacy client does on an open connection.
func Behaviours() []Behaviour {
	list := slices.Clone(whole)
	for _, m := range legacyclient.Misbehaviours() {
		b := Behaviour{Name: m.Name, Does: m.Does, Seen: m.Seen, act: m.Run, change: m.Options}
		if takesData[m.Name] {
			b.change = func(o legacyclient.Options) legacyclient.Options {
				o.TakesData = true
				return m.Options(o)
			}
		}
		list = append(list, b)
	}
	return list
}

// takesData are those that make data of the server's cross their handshake, and
// are about something else than whether the client can take it.
var takesData = map[string]bool{
	"crossing-inside-hello": true, "crossing-after-hello": true, "crossing-between": true, "data-before-finished": true,
}

// Aliases are further names: what an application did, and what that is on the
// wire.
var Aliases = map[string]string{
	"restart-new-object":    "restart",
	"restart-clear":         "restart",
	"restart-connect-state": "restart-resumed",
	"stall-hello":           "half-hello",
	"stall-flight":          "no-answer",
}

// Named finds a behaviour by its name, or by another that it has.
func Named(name string) (Behaviour, bool) {
	if other, ok := Aliases[name]; ok {
		name = other
	}
	list := Behaviours()
	i := slices.IndexFunc(list, func(b Behaviour) bool { return b.Name == name })
	if i < 0 {
		return Behaviour{}, false
	}
	return list[i], true
}

func (b Behaviour) options(o legacyclient.Options) legacyclient.Options {
	if b.change == nil {
		return o
	}
	return b.change(o)
}

// stormy is how many handshakes a storm has.
const stormy = 100

var whole = []Behaviour{{
	Name: "none",
	Does: "Connects, sends data, says close_notify: nothing else.",
	Seen: "every client on a good day",
}, {
	Name:     "no-close-notify",
	Does:     "Ends its TCP stream without close_notify.",
	Seen:     "old clients of all kinds, and whoever cuts a connection on its way",
	farewell: func(c *legacyclient.Client) { _ = c.NetConn().Close() },
}, {
	Name:     "tcp-reset",
	Does:     "Ends its connection with a TCP reset.",
	Seen:     "clients that die, and boxes on the path",
	farewell: reset,
}, {
	Name: "storm",
	Does: "Renegotiates a hundred times in a row, as RFC 5746 has it.",
	Seen: "CVE-2011-1473: each costs the server more than the client",
	act:  storm(legacyclient.HelloProper),
}, {
	Name: "storm-reset",
	Does: "Resets its TLS object a hundred times in a row.",
	Seen: "the founding client in a loop",
	act:  storm(legacyclient.HelloReset),
}, {
	Name: "storm-unanswered",
	Does: "Sends a hundred hellos at once and awaits no answer.",
	Seen: "attackers",
	act:  unanswered,
}, {
	Name: "splice",
	Does: "Sends a victim's first hello as an attacker lets it through: under its own keys, in a record of the negotiated version.",
	Seen: "CVE-2009-3555, against clients that know RFC 5746",
	act:  splice(legacyclient.AddSCSV),
}, {
	Name:   "splice-unsignalled",
	Does:   "Does the same on a connection whose own first hello knew nothing of RFC 5746.",
	Seen:   "CVE-2009-3555, in its first form",
	change: unsignalled,
	act:    splice(legacyclient.AddSCSV),
}, {
	Name:   "splice-info",
	Does:   "Does that with a victim that says an empty renegotiation_info in place of the SCSV.",
	Seen:   "CVE-2009-3555, with a client such as GnuTLS",
	change: unsignalled,
	act:    splice(withEmptyInfo),
}, {
	Name:  "stall-first-hello",
	Does:  "Sends half of its first hello and never the rest.",
	Seen:  "clients that die; attackers that hold connections",
	first: halfHello,
}, {
	Name:  "stall-first-flight",
	Does:  "Sends its first hello and never answers the server's.",
	Seen:  "clients that die; attackers that hold connections",
	first: noAnswer,
}, {
	Name:  "stall-first-finished",
	Does:  "Goes through its first handshake up to Finished and never sends that.",
	Seen:  "clients that die; attackers that hold connections",
	first: noFinished,
}}

func reset(c *legacyclient.Client) {
	if l, ok := c.NetConn().(interface{ SetLinger(int) error }); ok {
		_ = l.SetLinger(0) // it fails where the connection has ended already
	}
	_ = c.NetConn().Close()
}

// splice is a reset hello but for the record's header, which is the attacker's to
// write, and the session: a victim has none of this connection. How it signals RFC
// 5746 is the victim's affair, whatever the attacker's own library does.
func splice(signal func(*wire.ClientHello)) func(*legacyclient.Client) error {
	return func(c *legacyclient.Client) error {
		return c.Renegotiate(legacyclient.Hello{
			Kind: legacyclient.HelloReset, NoSession: true, RecordVersion: c.State().Version,
			Change: func(hello *wire.ClientHello) {
				legacyclient.DropSCSV(hello)
				legacyclient.DropExtension(hello, wire.ExtensionRenegotiationInfo)
				signal(hello)
			},
		})
	}
}

func withEmptyInfo(hello *wire.ClientHello) { legacyclient.SetRenegotiationInfo(hello, nil) }

func unsignalled(o legacyclient.Options) legacyclient.Options {
	o.NoSCSV, o.RenegotiationInfo = true, false
	return o
}

func storm(k legacyclient.HelloKind) func(*legacyclient.Client) error {
	return func(c *legacyclient.Client) error {
		for range stormy {
			if err := c.Renegotiate(legacyclient.Hello{Kind: k}); err != nil {
				return err
			}
		}
		return nil
	}
}

func unanswered(c *legacyclient.Client) error {
	hello := c.Hello(legacyclient.Hello{Kind: legacyclient.HelloProper}).Raw
	c.Cork()
	for range stormy {
		if err := c.WriteRecord(wire.TypeHandshake, hello); err != nil {
			return errors.Join(err, c.Uncork())
		}
	}
	if err := c.Uncork(); err != nil {
		return err
	}
	return c.AwaitEnd()
}

func halfHello(c *legacyclient.Client) error {
	hello := c.Hello(legacyclient.Hello{}).Raw
	if err := c.WriteRecord(wire.TypeHandshake, hello[:len(hello)/2]); err != nil {
		return err
	}
	return c.AwaitEnd()
}

func noAnswer(c *legacyclient.Client) error {
	if err := c.Begin(legacyclient.Hello{}); err != nil {
		return err
	}
	if err := c.ReceiveFlight(); err != nil {
		return err
	}
	return c.AwaitEnd()
}

func noFinished(c *legacyclient.Client) error {
	if err := c.Begin(legacyclient.Hello{}); err != nil {
		return err
	}
	return c.FinishWith(func(p legacyclient.Point) error {
		if p == legacyclient.PointFinished {
			return c.AwaitEnd()
		}
		return nil
	})
}
