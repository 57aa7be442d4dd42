package engine_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Data is held from the hello's first byte until both Finished are done.
func TestDataIsHeldFromTheHellosFirstByte(t *testing.T) {
	for name, h := range map[string]func(*conversation) *helloLine{
		"full":        func(*conversation) *helloLine { return hello().Proper() },
		"abbreviated": func(*conversation) *helloLine { return hello().SCSV().SessionInUse() },
	} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			held := func(where string) {
				t.Helper()
				if c.conn.MaySend() || c.says("too early") != 0 {
					t.Errorf("%s data is sent", where)
				}
			}
			segment := h(c).bytes(c)
			c.Client(raw(segment[:1]))
			held("after the hello's first byte")
			c.Client(raw(segment[1:]))
			held("after the hello")
			if slices.Contains(c.heard, "ServerHelloDone") {
				c.Client(clientKeyExchange())
				held("after ClientKeyExchange")
			}
			c.Client(changeCipherSpec())
			held("after ChangeCipherSpec")
			c.Client(finished())
			c.heard = nil
			if !c.conn.MaySend() {
				t.Error("data is not released")
			}
			c.Echoes("now")
			if strings.Contains(string(c.output), "too early") {
				t.Error("it was kept and sent")
			}
		})
	}
}

func TestHeldAndReleasedAreTold(t *testing.T) {
	c := established(t, tls12)
	count := func() (held, released int) { return len(c.told(trace.Held)), len(c.told(trace.Released)) }
	h0, r0 := count()
	c.handshake(hello().Proper())
	c.Client(hello())
	c.heard = nil
	if h, r := count(); h-h0 != 2 || r-r0 != 2 {
		t.Errorf("held %d times, released %d times", h-h0, r-r0)
	}
}

func TestEventsTellAResetHelloInOrder(t *testing.T) {
	c := established(t, tls12)
	c.events = nil
	m := c.said(hello().SCSV().SessionInUse())
	c.Client(stamped(wire.VersionTLS10, sealed(wire.TypeHandshake, m[:30])), data("woven"), stamped(wire.VersionTLS10, sealed(wire.TypeHandshake, m[30:])))
	c.goOn()
	c.Client(closeNotify())
	want := []trace.EventName{
		trace.Held, trace.Data, trace.Message, trace.SecondHello, trace.Answered, trace.HandshakeBegun,
		trace.Message, trace.Keys, trace.Message, trace.Keys, trace.Message, trace.Crossed, trace.HandshakeDone, trace.Released,
		trace.AlertEvent, trace.Closed,
	}
	var got []trace.EventName
	for _, e := range c.events {
		got = append(got, e.Name)
	}
	// What was sent before the hello may be told first.
	if len(got) > 0 && got[0] == trace.Data {
		got = got[1:]
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v\nwant\n%v", got, want)
	}
	second := c.told(trace.SecondHello)[0].Detail.(trace.SecondHelloDetail)
	if second.HeaderVersion != wire.VersionTLS10 || second.Count != 1 || !second.Resumes || second.FromClient != int64(len("as it beginswoven")) {
		t.Errorf("%+v", second)
	}
	if crossed := c.told(trace.Crossed)[0].Detail.(trace.DataDetail); crossed.FromClient != 5 {
		t.Errorf("%+v", crossed)
	}
}

// Data that crossed one hello is not laid at the next one's door.
func TestCrossedDataIsToldOfTheHelloItCrossed(t *testing.T) {
	c := established(t, tls12)
	m := c.said(hello())
	c.Client(sealed(wire.TypeHandshake, m[:9]), data("crosses"), sealed(wire.TypeHandshake, m[9:]))
	c.Server("warning no_renegotiation")
	if n := len(c.told(trace.Crossed)); n != 1 {
		t.Errorf("told %d times", n)
	}
	c.handshake(hello().Proper())
	if n := len(c.told(trace.Crossed)); n != 1 {
		t.Errorf("told %d times after one that nothing crossed", n)
	}
}

func TestDataWovenIntoAHandshakeIsDelivered(t *testing.T) {
	for name, abbreviated := range map[string]bool{"full": false, "abbreviated": true} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			want := "as it begins"
			weave := func(text string) line { want += text; return data(text) }
			h := hello().Proper()
			if abbreviated {
				h = hello().SCSV().SessionInUse()
			}
			m := c.said(h)
			c.Client(weave("1"), sealed(wire.TypeHandshake, m[:3]), weave("2"), sealed(wire.TypeHandshake, m[3:50]), weave("3"), sealed(wire.TypeHandshake, m[50:]), weave("4"))
			c.Client(weave("5"))
			if !abbreviated {
				x := c.peer.keyExchange(c)
				c.Client(sealed(wire.TypeHandshake, x[:4]), weave("6"), sealed(wire.TypeHandshake, x[4:]), weave("7"))
			}
			c.Client(weave("8"), changeCipherSpec(), finished(), weave("9"))
			if c.err != nil || c.data[0] != want {
				t.Errorf("delivered %q, want %q (%v)", c.data[0], want, c.err)
			}
			c.heard = nil
			c.Echoes("and on")
		})
	}
}

func TestFiveRenegotiationsInEveryWay(t *testing.T) {
	for _, p := range versions {
		for name, next := range map[string]func() *helloLine{
			"secure, full":        func() *helloLine { return hello().Proper() },
			"secure, abbreviated": func() *helloLine { return hello().Proper().SessionInUse() },
			"reset":               func() *helloLine { return hello().SCSV().SessionInUse() },
		} {
			t.Run(name, func(t *testing.T) {
				c := established(t, p)
				for i := range 5 {
					c.handshake(next())
					c.Echoes("and on")
					if s := c.conn.State(); s.Epoch != i+1 || s.Handshake != i+1 || s.Stream != 0 {
						t.Errorf("epoch %d, handshake %d, stream %d", s.Epoch, s.Handshake, s.Stream)
					}
				}
			})
		}
	}
}

func TestCloseNotifyEndsReadingCleanly(t *testing.T) {
	c := established(t, tls12)
	c.Client(data("the last"), closeNotify(), data("ignored"))
	if c.err != io.EOF || c.data[0] != "as it beginsthe last" {
		t.Errorf("%v, %q", c.err, c.data)
	}
	// RFC 5246, section 7.2.1 would have us close at once; half-close is what
	// applications expect.
	if n, err := c.conn.Send([]byte("the answer")); n == 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	c.conn.CloseWrite()
	c.unread = append(c.unread, c.conn.Output()...)
	c.peer.listen(c)
	c.Server("data the answer", "warning close_notify")
	if _, err := c.conn.Send([]byte("more")); err == nil {
		t.Error("data after our close_notify")
	}
	if err := c.conn.End(0); err != io.EOF {
		t.Errorf("the end of TCP is %v", err)
	}
}

func TestCloseNotifyWhileRenegotiatingEndsTheOldStream(t *testing.T) {
	for name, reach := range map[string]func(*conversation){
		"half a hello": func(c *conversation) { c.Client(sealed(wire.TypeHandshake, c.said(hello())[:9])) },
		"full":         func(c *conversation) { c.Client(hello().Proper()) },
		"abbreviated":  func(c *conversation) { c.Client(hello().SCSV().SessionInUse()) },
		"asked":        func(c *conversation) { c.asks() },
	} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			reach(c)
			c.heard = nil
			c.Client(data("the last"), closeNotify())
			if c.err != io.EOF || c.data[0] != "as it beginsthe last" || c.conn.State().Epoch != 0 {
				t.Errorf("%v, %q", c.err, c.data)
			}
			c.Silence()
		})
	}
}

func TestTCPEndIsNeverClean(t *testing.T) {
	for name, reach := range map[string]func(*testing.T) *conversation{
		"opening":       func(t *testing.T) *conversation { return converse(t, tls12) },
		"open":          func(t *testing.T) *conversation { return established(t, tls12) },
		"renegotiating": func(t *testing.T) *conversation { c := established(t, tls12); c.Client(hello().Proper()); return c },
		"half a record": func(t *testing.T) *conversation {
			c := established(t, tls12)
			c.Client(raw([]byte{23, 3, 3}))
			return c
		},
	} {
		c := reach(t)
		err := c.conn.End(0)
		if !errors.Is(err, io.ErrUnexpectedEOF) || err == io.EOF || c.conn.Phase() != engine.PhaseClosed {
			t.Errorf("%s: %v, phase %s", name, err, c.conn.Phase())
		}
		if again := c.conn.End(0); again != err {
			t.Errorf("%s: then %v", name, again)
		}
		if out := c.conn.Output(); out != nil {
			t.Errorf("%s: it says %x to nobody", name, out)
		}
	}
}

func TestOurCloseWaitsWhileDataIsHeld(t *testing.T) {
	c := established(t, tls12)
	c.Client(hello().SCSV().SessionInUse())
	c.heard = nil
	_ = c.do(func(conn *engine.Conn) error { conn.CloseWrite(); return nil })
	c.Silence()
	if _, err := c.conn.Send([]byte("x")); err == nil {
		t.Error("data after CloseWrite")
	}
	c.Client(changeCipherSpec(), finished())
	c.Server("warning close_notify")
	c.Client(data("reading goes on"))
	if c.data[0] != "as it beginsreading goes on" {
		t.Errorf("%q, %v", c.data, c.err)
	}
	_ = c.do(func(conn *engine.Conn) error { conn.CloseWrite(); conn.CloseWrite(); return nil })
	c.Silence()
}

func TestASecondHelloAfterOurCloseNotifyEndsInSilence(t *testing.T) {
	c := established(t, tls12)
	_ = c.do(func(conn *engine.Conn) error { conn.CloseWrite(); return nil })
	c.Server("warning close_notify")
	c.Client(hello().Proper())
	c.ended(wire.AlertHandshakeFailure, "reneg-secure-hello")
	c.Silence()
}

func TestAFatalAlertOfTheClientsIsNamed(t *testing.T) {
	for a, finding := range map[wire.Alert]string{
		wire.AlertUnknownCA: "cert-unknown-ca", wire.AlertCertificateExpired: "cert-expired", wire.AlertBadCertificate: "cert-refused",
		wire.AlertProtocolVersion: "version-none-shared", wire.AlertUnexpectedMessage: "", wire.AlertInternalError: "",
	} {
		c := converse(t, tls12)
		c.Client(hello())
		c.heard = nil
		c.Client(alert(wire.LevelFatal, a))
		var peer *engine.PeerAlert
		if !errors.As(c.err, &peer) || peer.Alert != a || peer.Finding != finding {
			t.Errorf("%s: %v", a, c.err)
		}
		c.Silence()
	}
}

// Fact 4: data of ours that crossed the hello kills the founding client.
func TestAClientThatDiesOfCrossedDataIsNamed(t *testing.T) {
	c := established(t, tls12)
	c.says("crosses the hello")
	c.Client(hello().SCSV().SessionInUse())
	c.heard = nil
	c.Client(alert(wire.LevelFatal, wire.AlertUnexpectedMessage))
	var peer *engine.PeerAlert
	if !errors.As(c.err, &peer) || peer.Finding != "reneg-data-crossed" {
		t.Errorf("%v", c.err)
	}
}

func TestSendTakesAtMostSixtyFourKilobytesAtOnce(t *testing.T) {
	for _, p := range versions {
		c := established(t, p)
		big := strings.Repeat("0123456789abcdef", 20_000)
		sent := c.says(big)
		if sent != 64<<10 {
			t.Errorf("%d bytes at once", sent)
		}
		c.Server("data " + big[:sent])
		if c.says("") != 0 {
			t.Error("nothing is something")
		}
		c.Silence()
	}
}

func TestHTTP2RefusesEverySecondHello(t *testing.T) {
	p := tls12
	p.alpn = []string{"h2"}
	for name, h := range map[string]*helloLine{"secure": hello().Proper(), "reset": hello().SCSV().SessionInUse(), "bare": hello()} {
		t.Run(name, func(t *testing.T) {
			c := established(t, p)
			c.server.answer = accept
			c.Client(h)
			c.Server("warning no_renegotiation")
			c.Echoes("HTTP/2 goes on")
		})
	}
	c := established(t, p)
	c.server.answer = isolate
	c.Client(injected(hello().SCSV()))
	c.Ends(wire.AlertBadRecordMAC, "reneg-restart-hello")
}

func TestOutputComesInTheBuffersGiven(t *testing.T) {
	given := 0
	c := converse(t, tls12)
	o := c.options()
	o.Buffer = func() []byte { given++; return make([]byte, 0, 64<<10) }
	c.conn = engine.New(o)
	c.handshake(hello())
	c.Echoes("x")
	if given == 0 || given > 4 {
		t.Errorf("%d buffers", given)
	}
}

func TestDataEventsAddUpAndTimeGoesOn(t *testing.T) {
	for _, story := range []*conversation{shortStory(t, plainRSA), longStory(t, tls12)} {
		var told int64
		for i, e := range story.events {
			if e.Name == trace.Data {
				told += e.Detail.(trace.DataDetail).FromClient
			}
			if i > 0 && e.At < story.events[i-1].At {
				t.Errorf("%s is told at %s after %s at %s", e.Name, e.At, story.events[i-1].Name, story.events[i-1].At)
			}
		}
		if all := len(strings.Join(story.data, "")); told != int64(all) {
			t.Errorf("%d bytes were told, %d came", told, all)
		}
	}
}
