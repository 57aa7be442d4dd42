package engine_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

func TestNegative20TheThirdRefusalEndsTheConnection(t *testing.T) {
	c := converse(t, tls12)
	c.handshake(hello())
	for range 2 {
		c.Client(hello())
		c.Server("warning no_renegotiation")
		c.Echoes("nothing of the hello remains")
	}
	for range 1000 {
		c.Client(hello())
	}
	c.Ends(wire.AlertHandshakeFailure, "reneg-insisted")
	c.Silence()
}

func TestARefusedClientHasThirtySeconds(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = refuse
	c.passes(time.Hour)
	c.Client(hello().SCSV())
	c.Server("warning no_renegotiation")
	c.passes(30*time.Second - 1)
	if c.err != nil {
		t.Fatalf("too early: %v", c.err)
	}
	c.passes(1)
	c.Ends(wire.AlertHandshakeFailure, "reneg-refused")
}

func TestARefusedClientThatGoesOnIsLeftInPeace(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = refuse
	c.Client(hello().SCSV())
	c.Server("warning no_renegotiation")
	c.passes(20 * time.Second)
	c.Echoes("going on")
	c.passes(time.Hour)
	c.Echoes("after a long pause")
}

// Who reads a long answer has nothing to say: it is not a client that hangs.
func TestARefusedClientMayListenOn(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = refuse
	c.Client(hello().SCSV())
	c.Server("warning no_renegotiation")
	for range 5 {
		c.passes(20 * time.Second)
		c.says("more of the answer")
		c.Server("data more of the answer")
	}
	c.passes(59 * time.Second) // of which some 20 s end in data
	c.Ends(wire.AlertHandshakeFailure, "reneg-refused")
}

// An empty record is no data.
func TestARefusedClientDoesNotGoOnWithNothing(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = refuse
	c.Client(hello().SCSV())
	c.Server("warning no_renegotiation")
	c.passes(20 * time.Second)
	c.Client(data(""))
	c.passes(11 * time.Second)
	c.Ends(wire.AlertHandshakeFailure, "reneg-refused")
}

// A hello that comes after a refusal has its own deadline.
func TestAHelloAfterARefusalIsNotCutOffByTheRefusal(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = refuse
	c.Client(hello().SCSV())
	c.Server("warning no_renegotiation")
	c.passes(29 * time.Second)
	c.server.answer = accept
	m := c.said(hello().SCSV().SessionInUse())
	c.Client(sealed(wire.TypeHandshake, m[:10]))
	c.passes(10 * time.Second)
	c.Client(sealed(wire.TypeHandshake, m[10:]))
	c.goOn()
	c.heard = nil
	c.passes(time.Hour)
	c.Echoes("served after all")
}

func TestAskedForTenSecondsOrSixtyFourKilobytes(t *testing.T) {
	late := established(t, tls12)
	late.passes(time.Minute)
	late.asks()
	if late.conn.Phase() != engine.PhaseAsked || !late.conn.MaySend() {
		t.Errorf("phase %s", late.conn.Phase())
	}
	late.Echoes("data flows")
	late.passes(10*time.Second - 1)
	if late.conn.Phase() != engine.PhaseAsked {
		t.Error("given up too early")
	}
	late.passes(1)
	if late.conn.Phase() != engine.PhaseOpen || late.err != nil {
		t.Errorf("phase %s, %v", late.conn.Phase(), late.err)
	}
	late.asks()

	deaf := established(t, tls12)
	deaf.asks()
	for range 64 {
		deaf.Client(data(string(make([]byte, 1024))))
	}
	if deaf.conn.Phase() != engine.PhaseAsked {
		t.Error("given up before 64 KiB were over")
	}
	deaf.Client(data("1"))
	if deaf.conn.Phase() != engine.PhaseOpen || deaf.err != nil {
		t.Errorf("phase %s, %v", deaf.conn.Phase(), deaf.err)
	}
}

func TestNegative20NoRenegotiationAfterHelloRequestThenData(t *testing.T) {
	c := established(t, tls12)
	c.asks()
	c.Client(alert(wire.LevelWarning, wire.AlertNoRenegotiation), data("and on"))
	if c.conn.Phase() != engine.PhaseOpen || c.err != nil || c.data[0] != "as it beginsand on" {
		t.Errorf("phase %s, %v, %q", c.conn.Phase(), c.err, c.data)
	}
	c.Silence()
	c.asks() // it may ask again
}

// The HelloRequest changes neither kind nor answer.
func TestNegative20HelloRequestAnsweredByASplicedFirstHello(t *testing.T) {
	c := prefixed(t, tls12, tls12.server(t))
	c.asks()
	c.Client(hello().SCSV())
	c.Ends(wire.AlertHandshakeFailure, "reneg-reset-hello")
	c.Silence()
	c.noVictim()
	if d := c.told(trace.SecondHello)[0].Detail.(trace.SecondHelloDetail); !d.Asked {
		t.Error("nobody is told that we asked")
	}
}

func TestOneHelloRequestAtATimeAndOnlyWhereItMayBe(t *testing.T) {
	may := func(c *conversation) bool { return c.conn.HelloRequest(c.now) == nil }
	asked := established(t, tls12)
	asked.asks()
	opening := converse(t, tls12)
	renegotiating := established(t, tls12)
	renegotiating.Client(hello().Proper())
	shut := established(t, tls12)
	shut.conn.CloseWrite()
	ended := established(t, tls12)
	ended.Client(closeNotify())
	http2 := tls12
	http2.alpn = []string{"h2"}
	for name, c := range map[string]*conversation{
		"asked": asked, "opening": opening, "renegotiating": renegotiating, "after our close_notify": shut, "after theirs": ended, "HTTP/2": established(t, http2),
	} {
		if may(c) {
			t.Errorf("%s: a HelloRequest", name)
		}
		if name == "asked" && c.err != nil || name == "HTTP/2" && c.conn.Phase() != engine.PhaseOpen {
			t.Errorf("%s: the error ended the connection", name)
		}
	}
}

func TestAHelloRequestThatIsAnsweredIsOver(t *testing.T) {
	c := established(t, tls12)
	c.asks()
	c.handshake(hello().Proper())
	c.passes(time.Hour)
	if c.err != nil || c.conn.Phase() != engine.PhaseOpen {
		t.Errorf("%v, phase %s", c.err, c.conn.Phase())
	}
	c.asks()
}

// Full handshakes cost 20 of 200 points, 20 come back in a second.
func TestAHelloOverTheRationWaits(t *testing.T) {
	c := established(t, tls12)
	for range 10 {
		c.handshake(hello().Proper())
	}
	c.Client(hello().Proper(), data("behind it"))
	c.Silence()
	if c.conn.Phase() != engine.PhaseRenegotiating || c.conn.MaySend() {
		t.Errorf("phase %s", c.conn.Phase())
	}
	at, ok := c.conn.Wake()
	if !ok || at > time.Second+1 || at < time.Second/2 {
		t.Errorf("it wakes at %s, %v", at, ok)
	}
	if n, got, err := c.conn.Receive(c.now, c.pending); n != 0 || got != nil || err != nil {
		t.Errorf("reading is not paused: %d, %q, %v", n, got, err)
	}
	if len(c.told(trace.Rationed)) != 1 {
		t.Error("nobody is told")
	}
	c.passes(2 * time.Second)
	if !slices.Contains(c.heard, "ServerHello") {
		t.Fatalf("heard %q, ended %v", c.heard, c.err)
	}
	c.drive()
	if c.data[0] != "as it beginsbehind it" {
		t.Errorf("what came behind is %q", c.data)
	}
	c.goOn()
	c.heard = nil
	c.Echoes("served in the end")
}

func TestAbbreviatedHandshakesAreCheap(t *testing.T) {
	c := established(t, tls12)
	for range 200 {
		c.handshake(hello().SCSV().SessionInUse())
	}
	c.Client(hello().SCSV().SessionInUse())
	c.Silence()
	c.passes(time.Second)
	c.goOn()
	c.heard = nil
	c.Echoes("and on")
}

func TestAHelloThatWaitsTooLongIsAborted(t *testing.T) {
	p := tls12.with(func(s *handshake.Settings) {
		s.Policy.Ration = renego.Ration{Connection: 40, ConnectionPerSecond: 1}
	})
	own := established(t, p)
	own.handshake(hello().Proper())
	own.handshake(hello().Proper())
	own.Client(hello().Proper()) // 20 s to wait
	own.passes(21 * time.Second)
	own.goOn()
	own.heard = nil
	own.Client(hello().Proper())
	own.passes(21 * time.Second)
	own.goOn()
	own.heard = nil

	source := drained(t)
	source.Client(hello().Proper())
	source.passes(30*time.Second - 1)
	if source.err != nil {
		t.Fatal(source.err)
	}
	source.passes(1)
	source.Ends(wire.AlertHandshakeFailure, "reneg-ration")
}

// drained is an established conversation of a source that has nothing left.
func drained(t *testing.T) *conversation {
	t.Helper()
	c := converse(t, tls12)
	c.source = never{}
	c.conn = engine.New(c.options())
	c.handshake(hello().SCSV())
	return c
}

// never is a source that has nothing left.
type never struct{}

func (never) Take(int) time.Duration { return time.Second }

// counting is a source that counts what it gave.
type counting struct{ spent []int }

func (s *counting) Take(cost int) time.Duration { s.spent = append(s.spent, cost); return 0 }

func TestASourceIsChargedForWhatIsDone(t *testing.T) {
	source := &counting{}
	c := converse(t, tls12)
	c.source = source
	c.conn = engine.New(c.options())
	c.handshake(hello().SCSV())
	c.handshake(hello().Proper())
	c.handshake(hello().Proper().SessionInUse())
	c.handshake(hello().SCSV().SessionInUse())
	c.Client(hello()) // refused
	c.heard = nil
	c.server.restart = isolate
	c.Client(inClear(hello().SCSV()))
	c.goOn()
	c.heard = nil
	c.Client(hello().Info(nil)) // forged
	c.Ends(wire.AlertHandshakeFailure, "reneg-forged-hello")
	if want := []int{20, 1, 1, 1, 20}; !slices.Equal(source.spent, want) {
		t.Errorf("charged %v, want %v", source.spent, want)
	}
}

func TestASourceThatRefusesIsAskedAgainWhenItSays(t *testing.T) {
	c := drained(t)
	c.Client(hello().Proper())
	c.passes(10 * time.Second)
	if n := len(c.told(trace.Rationed)); n < 9 || n > 11 {
		t.Errorf("it asked the source %d times in 10 s", n)
	}
}

func TestAnAbortIsFree(t *testing.T) {
	c := drained(t)
	c.Client(hello().SCSV())
	c.Ends(wire.AlertHandshakeFailure, "reneg-reset-hello")
}

func TestDeadlinesRunFromTheHellosFirstByte(t *testing.T) {
	for name, begin := range map[string]func(*conversation){
		"one byte of a record": func(c *conversation) { c.Client(raw([]byte{22})) },
		"half a hello":         func(c *conversation) { c.Client(sealed(wire.TypeHandshake, c.said(hello())[:9])) },
		"no second flight":     func(c *conversation) { c.Client(hello().Proper()) },
		"no Finished": func(c *conversation) {
			c.Client(hello().SCSV().SessionInUse())
			c.Client(changeCipherSpec())
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			c.passes(time.Hour)
			begin(c)
			for range 29 {
				c.passes(time.Second)
				if name == "half a hello" {
					c.Client(data("woven in")) // which does not prolong it
				}
			}
			c.passes(time.Second - 1)
			if c.err != nil {
				t.Fatalf("too early: %v", c.err)
			}
			c.passes(1)
			c.ended(wire.AlertHandshakeFailure, "handshake-timeout")
		})
	}
}

func TestAFirstHandshakeHasItsDeadlineFromTheBegin(t *testing.T) {
	for _, began := range []bool{false, true} {
		c := converse(t, tls12)
		if began {
			c.passes(9 * time.Second)
			c.Client(hello())
			c.heard = nil
		}
		c.passes(10*time.Second - 1 - c.now)
		if c.err != nil {
			t.Fatal(c.err)
		}
		c.passes(1)
		c.Ends(wire.AlertHandshakeFailure, "handshake-timeout")
	}
}

func TestASplitStreamHasAFirstHandshakesDeadline(t *testing.T) {
	c := established(t, tls12)
	c.passes(time.Minute)
	c.server.answer = isolate
	c.Client(inClear(hello()))
	c.heard = nil
	c.passes(10*time.Second - 1)
	if c.err != nil {
		t.Fatal(c.err)
	}
	c.passes(1)
	c.Ends(wire.AlertHandshakeFailure, "handshake-timeout")
}

func TestATickThatIsNotDueDoesNothing(t *testing.T) {
	c := established(t, tls12)
	if at, ok := c.conn.Wake(); ok {
		t.Errorf("an open connection wakes at %s", at)
	}
	if err := c.conn.Tick(time.Hour); err != nil {
		t.Error(err)
	}
	c.Client(hello().Proper())
	if err := c.conn.Tick(time.Second); err != nil || c.conn.Phase() != engine.PhaseRenegotiating {
		t.Error(err)
	}
	if err := c.conn.Tick(time.Hour); err == nil || !errors.Is(c.conn.Tick(2*time.Hour), err) {
		t.Error("its end is not repeated")
	}
}

func TestARestartOverTheRationIsSplitWhenItsPointsAreThere(t *testing.T) {
	p := tls12.with(func(s *handshake.Settings) {
		s.Policy.Ration = renego.Ration{Connection: 20, ConnectionPerSecond: 20}
	})
	c := established(t, p)
	c.handshake(hello().Proper())
	c.server.restart = isolate
	c.Client(inClear(hello()))
	if len(c.data) != 1 {
		t.Fatal("it did not wait")
	}
	c.passes(2 * time.Second)
	if len(c.data) != 2 || c.conn.Phase() != engine.PhaseSplitting {
		t.Fatalf("phase %s, %v", c.conn.Phase(), c.err)
	}
	c.drive()
	c.goOn()
	c.heard = nil
	c.Echoes("in the end")
}
