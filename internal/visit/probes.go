package visit

import (
	"errors"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
)

// A Level says how good a server's answer is.
type Level string

// The levels.
const (
	Vulnerable Level = "vulnerable" // it accepted what an attacker can use
	AtRisk     Level = "risk"       // it is safe under a condition that cannot be seen from here
	CutsOff    Level = "cuts off"   // it is safe, and clients that nobody can change are cut off
	Fine       Level = "fine"
)

// A Meaning is what a server's answer says of it.
type Meaning struct {
	Level   Level
	Finding string // an id; docs/findings has its page
	Text    string
}

// A probe is a behaviour that a survey shows a server, and what its answer means.
type probe struct {
	name  string
	does  string
	once  bool // its answer is the same at every version
	waits bool // it shows how long the server waits, for which the client has to wait longer
	shows func() Behaviour
	means func(*Visit) Meaning
}

func (p probe) behaviour() Behaviour {
	if p.shows != nil {
		return p.shows()
	}
	b, _ := Named(p.name)
	return b
}

const splicedBy = "CVE-2009-3555: an attacker can put data of its own before a victim's"

var probes = []probe{{
	name: "none", does: "a client on a good day",
	means: func(v *Visit) Meaning {
		return either(v, Meaning{Fine, "healthy", "the client of this profile is served while it does nothing strange"},
			Meaning{CutsOff, "", "the client of this profile is not served at all; see its hello in parley client --as, and versions and suites above"})
	},
}, {
	name: "proper", does: "renegotiates as RFC 5746 has it",
	means: func(v *Visit) Meaning {
		return either(v, Meaning{Fine, "reneg-secure-hello", "clients that renegotiate by the rules are served"},
			Meaning{CutsOff, "reneg-secure-hello", "clients that renegotiate by the rules, to show a certificate or after so many bytes, lose their connection or must do without"})
	},
}, {
	name: "proper-with-data", does: "renegotiates so and writes at once, as Java does", once: true,
	shows: func() Behaviour {
		m, _ := legacyclient.Named("crossing-after-hello")
		return Behaviour{Name: m.Name, change: takingData, act: func(c *legacyclient.Client) error {
			return m.RunWith(c, legacyclient.Hello{Kind: legacyclient.HelloProper})
		}}
	},
	means: func(v *Visit) Meaning {
		return either(v, Meaning{Fine, "reneg-data-crossed", "data that crosses a client's renegotiation arrives in its place"},
			Meaning{CutsOff, "reneg-data-crossed", "clients that write amid their renegotiation, as Java does, are cut off"})
	},
}, {
	name: "reset", does: "the founding client: a first hello inside the connection, which offers the session in use",
	means: meansOfReset,
}, {
	name: "splice", does: "a victim's first hello as an attacker lets it through",
	means: meansOfSplice,
}, {
	name: "splice-unsignalled", does: "the same on a connection whose own first hello knew nothing of RFC 5746",
	means: meansOfSplice,
}, {
	name: "splice-info", does: "that, with a victim that says an empty renegotiation_info and not the SCSV", once: true,
	means: meansOfSplice,
}, {
	name: "bare", does: "renegotiates as before RFC 5746",
	means: meansOfBare,
}, {
	name: "bare-resumed", does: "the same, and resumes the session in use", once: true,
	means: func(v *Visit) Meaning {
		m := meansOfBare(v)
		if v.Outcome == Served && v.Resumed {
			return Meaning{AtRisk, "reneg-bare-hello", "clients from before RFC 5746 are served as long as they resume their session: safe if only the session of this very connection will do, as with parley serve --bare resumed"}
		}
		return m
	},
}, {
	name: "forged-empty", does: "a renegotiation whose renegotiation_info is empty", once: true, means: meansOfForgery,
}, {
	name: "forged-half", does: "one whose renegotiation_info is half of the right one", once: true, means: meansOfForgery,
}, {
	name: "forged-zeros", does: "one whose renegotiation_info is zero", once: true, means: meansOfForgery,
}, {
	name: "forged-longer", does: "one whose renegotiation_info has a byte too many", once: true, means: meansOfForgery,
}, {
	name: "restart", does: "begins again in clear, as with a new SSL object", once: true,
	means: func(v *Visit) Meaning {
		return either(v, Meaning{AtRisk, "reneg-restart-hello", "anyone on the path can begin such a hello: safe only if the application behind is given a new stream, as with parley serve --restart isolate, which cannot be seen from here"},
			Meaning{Fine, "reneg-restart-hello", "refused, as it should be where nothing keeps the two streams apart"})
	},
}, {
	name: "storm", does: "renegotiates a hundred times in a row", once: true,
	shows: func() Behaviour { return Behaviour{Name: "storm", act: stormWithin(stormTime)} },
	means: meansOfStorm,
}, {
	name: "stall-first-hello", does: "sends half of its first hello and waits", once: true, waits: true,
	means: func(v *Visit) Meaning {
		if v.Outcome == Silent {
			return Meaning{AtRisk, "handshake-timeout", "the server waited longer than this client did: see that it has a deadline"}
		}
		return Meaning{Fine, "handshake-timeout", "the server ends such connections"}
	},
}}

func takingData(o legacyclient.Options) legacyclient.Options {
	o.TakesData = true
	return o
}

func either(v *Visit, served, not Meaning) Meaning {
	if v.Outcome == Served {
		return served
	}
	return not
}

// meansOfReset judges by what bound the hello: the session, the reply, nothing.
func meansOfReset(v *Visit) Meaning {
	const id = "reneg-reset-hello"
	switch {
	case v.Outcome != Served:
		return Meaning{CutsOff, id, "the founding client is cut off, as by every server but Parley: safe, and of no use to it. parley serve takes it, bound by its session"}
	case v.Resumed:
		return Meaning{Fine, id, "the founding client is served, and by an abbreviated handshake, which only who knows this connection's secret can end"}
	case v.reply == replyFull:
		return Meaning{AtRisk, id, "the founding client is served by a full handshake: victims that do not check the server's reply can be spliced (" + splicedBy + ")"}
	}
	return Meaning{Vulnerable, id, splicedBy}
}

// meansOfSplice judges a hello as a victim's looks that an attacker lets through.
func meansOfSplice(v *Visit) Meaning {
	const id = "reneg-reset-hello"
	switch {
	case v.Outcome != Served:
		return Meaning{Fine, "reneg-reset-hello", "refused, as it must be: nothing shows that it is the same client"}
	case v.reply == replyFull:
		return Meaning{AtRisk, id, "accepted with both verify_data in the reply: victims that do not check that can be spliced (" + splicedBy + "). parley serve --reset accept-full is so, for named clients"}
	}
	return Meaning{Vulnerable, id, splicedBy + ", whatever the victim checks"}
}

func meansOfBare(v *Visit) Meaning {
	const id = "reneg-bare-hello"
	switch v.Outcome {
	case Served:
		return Meaning{Vulnerable, id, splicedBy + ", if the victim is from before RFC 5746; unless the application behind is given a new stream, as with parley serve --bare isolate, which cannot be seen from here"}
	case Refused:
		return Meaning{Fine, id, "refused and still connected, as RFC 5746 has it"}
	}
	return Meaning{Fine, id, "refused; such a client loses its connection"}
}

func meansOfForgery(v *Visit) Meaning {
	return either(v, Meaning{Vulnerable, "reneg-forged-hello", "the server does not check renegotiation_info (" + splicedBy + ")"},
		Meaning{Fine, "reneg-forged-hello", "refused, as it must be"})
}

// stormTime is how long a storm is let rage: one that takes longer is held back.
const stormTime = 5 * time.Second

var errSlow = errors.New("it was slowed down")

func stormWithin(limit time.Duration) func(*legacyclient.Client) error {
	return func(c *legacyclient.Client) error {
		began := time.Now()
		for range stormy {
			if err := c.Renegotiate(legacyclient.Hello{Kind: legacyclient.HelloProper}); err != nil {
				return err
			}
			if time.Since(began) > limit {
				return errSlow
			}
		}
		return nil
	}
}

func meansOfStorm(v *Visit) Meaning {
	const id = "reneg-ration"
	switch {
	case v.Outcome == Served:
		return Meaning{AtRisk, id, "CVE-2011-1473: a hundred full handshakes in a row were served at once; is there a limit at all?"}
	case v.Handshakes > 1:
		return Meaning{Fine, id, "there is a limit: it was met after " + counted(v.Handshakes, "handshake")}
	}
	return Meaning{Fine, id, "nothing to exhaust: the server takes no renegotiation"}
}
