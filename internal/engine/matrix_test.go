package engine_test

import (
	"errors"
	"io"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/wire"
)

// What can come of an input, besides an alert of ours by its name.
const (
	taken     = "taken"     // nothing to see
	answers   = "answered"  // something is sent
	delivered = "delivered" // as data
	waits     = "waits"     // it is not read yet
	cleanEnd  = "clean end"
	theirs    = "their alert"
	over      = "over" // the connection had ended before
)

var (
	unexpected = wire.AlertUnexpectedMessage.String()
	malformed  = wire.AlertDecodeError.String()
)

// An input is something that can come at any time, and what it comes to where
// the line of the table does not say.
type input struct {
	name  string
	say   func(c *conversation) line
	usual string
}

// inputs are all handshake messages, named and unknown, empty; and all else.
var inputs = func() []input {
	as := func(l line) func(*conversation) line { return func(*conversation) line { return l } }
	list := []input{
		{"a secure hello", func(*conversation) line { return hello().Proper() }, unexpected},
		{"a reset hello", func(*conversation) line { return hello().SCSV().SessionInUse() }, unexpected},
		{"a bare hello", func(*conversation) line { return hello() }, unexpected},
		{"a hello in clear", func(*conversation) line { return injected(hello()) }, wire.AlertProtocolVersion.String()},
		{"half a message", as(sealed(wire.TypeHandshake, []byte{1})), taken},
		{"ChangeCipherSpec", as(sealed(wire.TypeChangeCipherSpec, []byte{1})), unexpected},
		{"a ChangeCipherSpec of 2", as(sealed(wire.TypeChangeCipherSpec, []byte{2})), unexpected},
		{"data", as(data("x")), unexpected},
		{"empty data", as(data("")), unexpected},
		{"a warning", as(alert(wire.LevelWarning, wire.AlertUserCanceled)), taken},
		{"no_renegotiation", as(alert(wire.LevelWarning, wire.AlertNoRenegotiation)), taken},
		{"close_notify", as(closeNotify()), cleanEnd},
		{"a fatal alert", as(alert(wire.LevelFatal, wire.AlertInternalError)), theirs},
		{"an empty handshake record", as(sealed(wire.TypeHandshake, nil)), unexpected},
		{"an empty alert", as(sealed(wire.TypeAlert, nil)), unexpected},
		{"an empty ChangeCipherSpec", as(sealed(wire.TypeChangeCipherSpec, nil)), unexpected},
		{"a heartbeat", as(sealed(wire.TypeHeartbeat, []byte{1, 0, 0})), unexpected},
	}
	for id := range 256 {
		t := wire.MessageType(id)
		if id <= 25 || id == 67 || id >= 253 {
			list = append(list, input{"empty " + t.String(), as(message(t, nil)), unexpected})
		}
	}
	return list
}()

// A place is a phase, or a state of a handshake within it, and what may come
// there.
type place struct {
	name  string
	phase engine.Phase
	reach func(c *conversation)
	fresh bool // from the first byte on; else from an established conversation
	asks  handshake.ClientAuth
	all   string            // where everything comes to the same
	lists map[string]string // what comes to something else than usual
}

// plus adds to a list.
func plus(list map[string]string, more map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range list {
		out[k] = v
	}
	for k, v := range more {
		out[k] = v
	}
	return out
}

var (
	unprovedLists = map[string]string{
		"a warning": unexpected, "no_renegotiation": unexpected, "close_notify": unexpected, "empty Finished": malformed,
	}
	flows      = map[string]string{"data": delivered, "empty data": taken}
	openLists  = plus(flows, map[string]string{"a secure hello": answers, "a reset hello": answers, "a bare hello": answers, "a hello in clear": wire.AlertBadRecordMAC.String(), "empty ClientHello": malformed})
	plainHello = map[string]string{"a hello in clear": wire.AlertProtocolVersion.String()}
)

func manually(lines ...line) func(*conversation) {
	return func(c *conversation) {
		c.manual = true
		c.Client(lines...)
	}
}

func says(lines ...line) func(*conversation) {
	return func(c *conversation) {
		for _, l := range lines {
			c.Client(l)
		}
	}
}

var places = []place{
	{name: "opening", phase: engine.PhaseOpening, fresh: true, reach: says(),
		lists: map[string]string{"a secure hello": answers, "a reset hello": answers, "a bare hello": answers, "a hello in clear": answers, "empty ClientHello": malformed}},
	{name: "opening, half a hello", phase: engine.PhaseOpening, fresh: true, reach: says(sealed(wire.TypeHandshake, []byte{1, 0, 0xf0, 0})), lists: joined(nil)},
	{name: "opening, a question", phase: engine.PhaseOpening, fresh: true, reach: manually(hello()), all: waits},
	{name: "opening, Certificate", phase: engine.PhaseOpening, fresh: true, asks: handshake.ClientAuthRequest, reach: says(hello()), lists: plus(plainHello, map[string]string{"empty Certificate": malformed})},
	{name: "opening, ClientKeyExchange", phase: engine.PhaseOpening, fresh: true, reach: says(hello()), lists: plus(plainHello, map[string]string{"empty ClientKeyExchange": malformed})},
	{name: "opening, CertificateVerify", phase: engine.PhaseOpening, fresh: true, asks: handshake.ClientAuthRequest, reach: func(c *conversation) {
		c.peer.key = newClientKey(c.t, ecdsaKey())
		c.Client(hello())
		c.Client(certificateOf(c.peer.key), clientKeyExchange())
	}, lists: plus(plainHello, map[string]string{"empty CertificateVerify": malformed})},
	{name: "opening, ChangeCipherSpec", phase: engine.PhaseOpening, fresh: true, reach: says(hello(), clientKeyExchange()), lists: plus(plainHello, map[string]string{"ChangeCipherSpec": taken})},
	{name: "opening, Finished", phase: engine.PhaseOpening, fresh: true, reach: says(hello(), clientKeyExchange(), changeCipherSpec()), lists: unprovedLists},

	{name: "open", phase: engine.PhaseOpen, reach: says(), lists: openLists},
	{name: "open, refused once", phase: engine.PhaseOpen, reach: says(hello()), lists: openLists},
	{name: "open, we closed", phase: engine.PhaseOpen, reach: func(c *conversation) {
		_ = c.do(func(conn *engine.Conn) error { conn.CloseWrite(); return nil })
	},
		lists: plus(openLists, map[string]string{"a secure hello": "handshake_failure", "a reset hello": "handshake_failure", "a bare hello": "handshake_failure"})},
	{name: "open, they closed", phase: engine.PhaseOpen, reach: says(closeNotify()), all: over},
	{name: "asked", phase: engine.PhaseAsked, reach: (*conversation).asks, lists: openLists},

	{name: "renegotiating, half a hello", phase: engine.PhaseRenegotiating, reach: says(sealed(wire.TypeHandshake, []byte{1, 0, 0xf0, 0})), lists: joined(plus(flows, map[string]string{"a hello in clear": wire.AlertBadRecordMAC.String()}))},
	{name: "renegotiating, an answer awaited", phase: engine.PhaseRenegotiating, reach: manually(hello().Proper()), all: waits},
	{name: "renegotiating, points awaited", phase: engine.PhaseRenegotiating, reach: func(c *conversation) {
		c.handshake(hello().Proper())
		c.Client(hello().Proper())
	}, all: waits},
	{name: "renegotiating, ClientKeyExchange", phase: engine.PhaseRenegotiating, reach: says(hello().Proper()), lists: plus(flows, map[string]string{"empty ClientKeyExchange": malformed})},
	{name: "renegotiating, ChangeCipherSpec", phase: engine.PhaseRenegotiating, reach: says(hello().Proper(), clientKeyExchange()), lists: plus(flows, map[string]string{"ChangeCipherSpec": taken})},
	{name: "renegotiating, Finished", phase: engine.PhaseRenegotiating, reach: says(hello().Proper(), clientKeyExchange(), changeCipherSpec()), lists: unprovedLists},
	{name: "renegotiating, abbreviated, ChangeCipherSpec", phase: engine.PhaseRenegotiating, reach: says(hello().SCSV().SessionInUse()), lists: plus(flows, map[string]string{"ChangeCipherSpec": taken})},
	{name: "renegotiating, abbreviated, Finished", phase: engine.PhaseRenegotiating, reach: says(hello().SCSV().SessionInUse(), changeCipherSpec()), lists: unprovedLists},
	{name: "renegotiating, the word awaited", phase: engine.PhaseRenegotiating, reach: func(c *conversation) {
		c.Client(hello().SCSV().SessionInUse())
		c.manual = true
		c.Client(changeCipherSpec(), finished())
	}, all: waits},

	{name: "splitting, ClientKeyExchange", phase: engine.PhaseSplitting, reach: func(c *conversation) { c.server.restart = isolate; c.Client(inClear(hello())) },
		lists: plus(plainHello, map[string]string{"empty ClientKeyExchange": malformed})},
	{name: "splitting, ChangeCipherSpec", phase: engine.PhaseSplitting, reach: func(c *conversation) {
		c.server.restart = isolate
		c.Client(inClear(hello()))
		c.Client(clientKeyExchange())
	}, lists: plus(plainHello, map[string]string{"ChangeCipherSpec": taken})},
	{name: "splitting, Finished", phase: engine.PhaseSplitting, reach: func(c *conversation) {
		c.server.restart = isolate
		c.Client(inClear(hello()))
		c.Client(clientKeyExchange(), changeCipherSpec())
	}, lists: unprovedLists},
	{name: "splitting under keys, ClientKeyExchange", phase: engine.PhaseSplitting, reach: func(c *conversation) { c.server.answer = isolate; c.Client(hello()) },
		lists: map[string]string{"empty ClientKeyExchange": malformed}},

	{name: "closed", phase: engine.PhaseClosed, reach: says(data(""), broken(data("x"))), all: over},
	{name: "handed over", phase: engine.PhaseHandedOver, fresh: true, reach: func(c *conversation) {
		c.manual = true
		c.Client(hello())
		_ = c.Answer(handshake.ConfigReply{HandOver: true})
	}, all: waits},
}

// joined is what comes to messages where one is half there: they are its rest.
func joined(list map[string]string) map[string]string {
	out := plus(map[string]string{"a hello in clear": taken}, list)
	for _, in := range inputs {
		if _, listed := out[in.name]; !listed && in.usual == unexpected && (in.name[0] == 'e' && in.name[:6] == "empty " && in.name != "empty data" || slices.Contains([]string{"a secure hello", "a reset hello", "a bare hello"}, in.name)) {
			out[in.name] = taken
		}
	}
	return out
}

// goTo is a conversation that reached the place.
func (p place) goTo(t *testing.T) *conversation {
	t.Helper()
	profile := tls12.with(func(s *handshake.Settings) {
		s.ClientAuth = p.asks
		s.Policy.Ration.Connection, s.Policy.Ration.ConnectionPerSecond = 21, 1
	})
	c := converse(t, profile)
	if !p.fresh {
		c.handshake(hello().SCSV())
	}
	p.reach(c)
	if c.conn.Phase() != p.phase {
		t.Fatalf("phase %s, want %s: %v", c.conn.Phase(), p.phase, c.err)
	}
	c.heard = nil
	return c
}

// comesTo says what came of a line.
func (c *conversation) comesTo(l line) string {
	if c.err != nil {
		segment := l.bytes(c)
		if n, got, err := c.conn.Receive(c.now, segment); n != len(segment) || got != nil || err != c.err {
			return "not the same end again"
		}
		return over
	}
	before := len(c.data[0])
	c.Client(l)
	var f *wire.Fault
	var peer *engine.PeerAlert
	switch {
	case errors.As(c.err, &f):
		return f.Alert.String()
	case errors.As(c.err, &peer):
		return theirs
	case c.err == io.EOF:
		return cleanEnd
	case c.err != nil:
		return c.err.Error()
	case len(c.pending) > 0:
		return waits
	case len(c.data[0]) > before:
		return delivered
	case len(c.heard) > 0 || c.conn.Question() != nil:
		return answers
	}
	return taken
}

func TestEveryPhaseWithEverythingThatCanCome(t *testing.T) {
	for _, p := range places {
		t.Run(p.name, func(t *testing.T) {
			for _, in := range inputs {
				want := in.usual
				if listed, ok := p.lists[in.name]; ok {
					want = listed
				}
				if p.all != "" {
					want = p.all
				}
				c := p.goTo(t)
				if got := c.comesTo(in.say(c)); got != want {
					t.Errorf("%s is %s, want %s (%v)", in.name, got, want, c.err)
				}
			}
		})
	}
}

func TestTheMatrixHasEveryPhaseAndNamesOnlyWhatThereIs(t *testing.T) {
	for phase := engine.PhaseOpening; phase <= engine.PhaseHandedOver; phase++ {
		if !slices.ContainsFunc(places, func(p place) bool { return p.phase == phase }) {
			t.Errorf("no line for the phase %s", phase)
		}
	}
	for _, p := range places {
		for name := range p.lists {
			if !slices.ContainsFunc(inputs, func(in input) bool { return in.name == name }) {
				t.Errorf("%s lists %q, which never comes", p.name, name)
			}
		}
	}
}
