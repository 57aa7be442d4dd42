package engine_test

import (
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/wire"
)

// unproved is a conversation in which the client's ChangeCipherSpec has come and
// its Finished has not, for each way to get there.
func unproved(t *testing.T, each func(t *testing.T, c *conversation)) {
	t.Helper()
	open := func(t *testing.T) *conversation { return established(t, tls12) }
	for name, reach := range map[string]func(*testing.T) *conversation{
		"first": func(t *testing.T) *conversation {
			c := converse(t, tls12)
			c.Client(hello().SCSV())
			c.Client(clientKeyExchange())
			return c
		},
		"full": func(t *testing.T) *conversation {
			c := open(t)
			c.Client(hello().Proper())
			c.Client(clientKeyExchange())
			return c
		},
		"abbreviated": func(t *testing.T) *conversation {
			c := open(t)
			c.Client(hello().SCSV().SessionInUse())
			return c
		},
		"isolated": func(t *testing.T) *conversation {
			c := open(t)
			c.server.answer = isolate
			c.Client(inClear(hello().SCSV()))
			c.Client(clientKeyExchange())
			return c
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := reach(t)
			c.heard = nil
			c.Client(changeCipherSpec())
			if c.err != nil {
				t.Fatal(c.err)
			}
			each(t, c)
		})
	}
}

func TestNegative08DataBetweenChangeCipherSpecAndFinished(t *testing.T) {
	for _, text := range []string{"unproved", ""} {
		unproved(t, func(t *testing.T, c *conversation) {
			c.Client(data(text))
			c.ended(wire.AlertUnexpectedMessage, c.finding())
			if strings.Contains(strings.Join(c.data, ""), "unproved") {
				t.Error("the data was delivered")
			}
		})
	}
}

// finding is that of the hello under way: a fault without its own has that.
func (c *conversation) finding() string {
	if k := c.kindTold(); k != "none" {
		return "reneg-" + k + "-hello"
	}
	return ""
}

// Neither may a stream be cut off by whoever is not yet proved.
func TestNothingButFinishedAfterChangeCipherSpec(t *testing.T) {
	for name, l := range map[string]line{
		"close_notify":     closeNotify(),
		"a warning":        alert(wire.LevelWarning, wire.AlertUserCanceled),
		"no_renegotiation": alert(wire.LevelWarning, wire.AlertNoRenegotiation),
		"an empty record":  sealed(wire.TypeHandshake, nil),
		"ClientHello":      message(wire.MessageClientHello, nil),
		"HelloRequest":     message(wire.MessageHelloRequest, nil),
	} {
		t.Run(name, func(t *testing.T) {
			unproved(t, func(t *testing.T, c *conversation) {
				c.Client(l)
				c.ended(wire.AlertUnexpectedMessage, c.finding())
			})
		})
	}
}

func TestNegative09ServerWritesBeforeTheClientIsProved(t *testing.T) {
	c := established(t, tls12)
	c.Client(hello().SCSV().SessionInUse())
	c.Server("ServerHello", "change_cipher_spec", "Finished")
	if c.conn.MaySend() || c.says("for the client only") != 0 {
		t.Error("data is sent before the client is proved")
	}
	c.Silence()
	c.Client(changeCipherSpec(), wrongFinished())
	c.Ends(wire.AlertDecryptError, "reneg-reset-hello")
	c.Silence()
	if c.conn.State().Epoch != 0 {
		t.Error("the epoch changed without a proof")
	}
}

func TestNegative10ASecondChangeCipherSpec(t *testing.T) {
	unproved(t, func(t *testing.T, c *conversation) {
		c.Client(sealed(wire.TypeChangeCipherSpec, []byte{1}))
		c.ended(wire.AlertUnexpectedMessage, c.finding())
	})
}

func TestNegative10ChangeCipherSpecWithHalfAMessagePending(t *testing.T) {
	halfAHello := established(t, tls12)
	m := halfAHello.said(hello().SCSV().SessionInUse())
	halfAHello.Client(sealed(wire.TypeHandshake, m[:20]), sealed(wire.TypeChangeCipherSpec, []byte{1}))
	halfAHello.Ends(wire.AlertUnexpectedMessage, "")

	abbreviated := established(t, tls12)
	abbreviated.Client(hello().SCSV().SessionInUse())
	abbreviated.heard = nil
	abbreviated.Client(sealed(wire.TypeHandshake, []byte{20, 0, 0, 12}), changeCipherSpec())
	abbreviated.Ends(wire.AlertUnexpectedMessage, "reneg-reset-hello")

	first := converse(t, tls12)
	first.Client(hello())
	first.heard = nil
	first.Client(clientKeyExchange(), sealed(wire.TypeHandshake, []byte{20}), changeCipherSpec())
	first.Ends(wire.AlertUnexpectedMessage, "")
}

func TestNegative10ChangeCipherSpecTooEarly(t *testing.T) {
	early := sealed(wire.TypeChangeCipherSpec, []byte{1})
	before := converse(t, tls12)
	before.Client(early)
	before.Ends(wire.AlertUnexpectedMessage, "")

	// CVE-2014-0224: before ClientKeyExchange there is no secret.
	injection := converse(t, tls12)
	injection.Client(hello())
	injection.heard = nil
	injection.Client(early)
	injection.Ends(wire.AlertUnexpectedMessage, "")

	open := established(t, tls12)
	open.Client(early)
	open.Ends(wire.AlertUnexpectedMessage, "")

	full := established(t, tls12)
	full.Client(hello().Proper())
	full.heard = nil
	full.Client(early)
	full.Ends(wire.AlertUnexpectedMessage, "reneg-secure-hello")
}

func TestNegative10ChangeCipherSpecThatIsNone(t *testing.T) {
	for _, content := range [][]byte{{0}, {2}, {1, 1}, {1, 0}} {
		c := established(t, tls12)
		c.Client(hello().SCSV().SessionInUse())
		c.heard = nil
		c.Client(sealed(wire.TypeChangeCipherSpec, content))
		c.Ends(wire.AlertUnexpectedMessage, "reneg-reset-hello")
	}
}

func TestNegative10FinishedUnderOldKeys(t *testing.T) {
	c := established(t, tls12)
	c.Client(hello().SCSV().SessionInUse())
	c.heard = nil
	c.peer.keysNow()
	c.Client(finished())
	c.ended(wire.AlertUnexpectedMessage, "reneg-reset-hello")

	full := established(t, tls12)
	full.Client(hello().Proper())
	full.heard = nil
	full.Client(clientKeyExchange(), finished())
	full.Ends(wire.AlertUnexpectedMessage, "reneg-secure-hello")
}

func TestNegative10AMessageAfterFinishedInItsRecord(t *testing.T) {
	for name, behind := range map[string][]byte{
		"a whole message": wire.HelloRequest(), "half a message": {1, 0}, "a whole hello": wire.NewMessage(wire.MessageClientHello, make([]byte, 50)),
	} {
		t.Run(name, func(t *testing.T) {
			unproved(t, func(t *testing.T, c *conversation) {
				together := lineFunc(func(c *conversation) []byte {
					return c.peer.seal(wire.TypeHandshake, append(finishedMessage(c), behind...))
				})
				c.Client(together)
				c.ended(wire.AlertUnexpectedMessage, c.finding())
			})
		})
	}
}

// Half of a second hello may not stay behind a first one's answer either: data
// would be sent though a hello has begun.
func TestNothingStaysBehindARefusedHello(t *testing.T) {
	for name, behind := range map[string][]byte{"half a message": {1, 0}, "a whole message": wire.HelloRequest()} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			m := c.said(hello())
			c.Client(sealed(wire.TypeHandshake, append(m, behind...)))
			c.Ends(wire.AlertUnexpectedMessage, "")
			c.Server("warning no_renegotiation")
		})
	}
}

func TestFinishedInPiecesIsTaken(t *testing.T) {
	c := established(t, tls12)
	c.Client(hello().SCSV().SessionInUse())
	c.heard = nil
	c.Client(changeCipherSpec())
	m := finishedMessage(c)
	c.Client(pieces(m, 1)...)
	c.Silence()
	if c.conn.Phase() != engine.PhaseOpen {
		t.Fatalf("%v", c.err)
	}
	c.Echoes("all the same")
}
