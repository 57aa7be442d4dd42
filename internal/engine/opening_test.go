package engine_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/wire"
)

func TestWhatIsNotTLSIsNamed(t *testing.T) {
	ssl2 := (&wire.ClientHello{SSL2Format: true, Version: wire.VersionTLS10, CipherSuites: []wire.SuiteID{5, wire.SuiteEmptyRenegotiationInfoSCSV}}).Marshal()
	for _, c := range []struct {
		bytes   string
		alert   wire.Alert
		finding string
	}{
		{"GET / HTTP/1.1\r\n\r\n", wire.AlertUnexpectedMessage, "not-tls-http"},
		{"POST /x HTTP/1.1\r\n", wire.AlertUnexpectedMessage, "not-tls-http"},
		{"OPTIONS * HTTP/1.1\r\n", wire.AlertUnexpectedMessage, "not-tls-http"},
		{"CONNECT a.test:443 HTTP/1.1\r\n", wire.AlertUnexpectedMessage, "not-tls-http"},
		{"DELETE / HTTP/1.1\r\n", wire.AlertUnexpectedMessage, "not-tls-http"},
		{"GETTING", wire.AlertUnexpectedMessage, "not-tls"},
		{"CONNECTING", wire.AlertUnexpectedMessage, "not-tls"},
		{"SSH-2.0-OpenSSH_9.2\r\n", wire.AlertUnexpectedMessage, "not-tls"},
		{"EHLO a.test\r\n", wire.AlertUnexpectedMessage, "not-tls"},
		{"\x00\x00\x00\x00\x00", wire.AlertUnexpectedMessage, "not-tls"},
		{"\xff\xff\xff\xff\xff", wire.AlertUnexpectedMessage, "not-tls"},
		{string([]byte{0x80, byte(len(ssl2))}) + string(ssl2), wire.AlertProtocolVersion, "hello-ssl2"},
	} {
		for _, size := range []int{1, 3, len(c.bytes)} {
			conv := converse(t, tls12)
			for rest := []byte(c.bytes); len(rest) > 0 && conv.err == nil; rest = rest[min(size, len(rest)):] {
				conv.Client(raw(rest[:min(size, len(rest))]))
			}
			if conv.err == nil {
				t.Fatalf("%q in pieces of %d is not named", c.bytes, size)
			}
			conv.Ends(c.alert, c.finding)
			conv.Silence()
		}
	}
}

func TestAFirstHelloThatIsNoneIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		line    line
		alert   wire.Alert
		finding string
	}{
		"unreadable":             {message(wire.MessageClientHello, []byte{3, 3}), wire.AlertDecodeError, "hello-malformed"},
		"announces too much":     {sealed(wire.TypeHandshake, []byte{1, 1, 0, 1}), wire.AlertIllegalParameter, "hello-size"},
		"another message":        {message(wire.MessageFinished, make([]byte, 12)), wire.AlertUnexpectedMessage, ""},
		"data":                   {data("x"), wire.AlertUnexpectedMessage, ""},
		"version of long ago":    {hello().Version(wire.VersionSSL30), wire.AlertProtocolVersion, "version-none-shared"},
		"no suite":               {hello().Suites(0x1301), wire.AlertHandshakeFailure, "suite-none-shared"},
		"an extension two times": {hello().Info(nil).Info(nil), wire.AlertDecodeError, "hello-malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			conv := converse(t, tls12)
			conv.Client(c.line)
			var f *wire.Fault
			if errors.As(conv.err, &f) && name == "announces too much" {
				c.alert = f.Alert // record's to choose
			}
			conv.Ends(c.alert, c.finding)
			conv.Silence()
		})
	}
}

func TestAHelloInManySmallRecordsIsTakenUpToABound(t *testing.T) {
	c := converse(t, tls12)
	c.Client(pieces(c.said(hello()), 1)...)
	if len(c.heard) == 0 || c.heard[0] != "ServerHello" {
		t.Fatalf("%q, %v", c.heard, c.err)
	}
	// One byte a record, and warnings between: a lot of bytes for no hello.
	c = converse(t, tls12)
	c.Client(sealed(wire.TypeHandshake, []byte{1, 0, 0xf0, 0}))
	given := 0
	for c.err == nil && given < 1<<20 {
		segment := sealed(wire.TypeHandshake, []byte{0}).bytes(c)
		for range 31 {
			segment = append(segment, alert(wire.LevelWarning, wire.AlertUserCanceled).bytes(c)...)
		}
		given += len(segment)
		c.receive(segment)
	}
	c.Ends(wire.AlertUnexpectedMessage, "hello-size")
	if given > 200<<10 {
		t.Errorf("it kept %d bytes", given)
	}
}

func TestHandingOverGivesEveryByte(t *testing.T) {
	for _, size := range []int{1 << 14, 1, 50} {
		c := converse(t, tls12)
		c.manual = true
		var segment []byte
		for _, p := range pieces(c.said(hello()), size) {
			segment = append(segment, p.bytes(c)...)
		}
		segment = append(alert(wire.LevelWarning, wire.AlertUserCanceled).bytes(c), segment...)
		c.receive(append(bytes.Clone(segment), "behind"...))
		if _, is := c.conn.Question().(handshake.ConfigQuestion); !is {
			t.Fatalf("it asks %T", c.conn.Question())
		}
		if err := c.Answer(handshake.ConfigReply{HandOver: true}); err != nil {
			t.Fatal(err)
		}
		if got := append(c.conn.HandOver(), c.pending...); string(got) != string(segment)+"behind" {
			t.Errorf("handed over %d bytes, %d came", len(got), len(segment)+6)
		}
		if kept := c.conn.HandOver(); kept != nil {
			t.Errorf("it keeps %d bytes", len(kept))
		}
		if c.conn.Phase() != engine.PhaseHandedOver || c.conn.MaySend() || c.conn.Question() != nil || len(c.output) > 0 {
			t.Errorf("phase %s", c.conn.Phase())
		}
		if n, got, err := c.conn.Receive(0, []byte("more")); n != 0 || got != nil || err != nil {
			t.Errorf("it goes on reading: %d, %q, %v", n, got, err)
		}
		if _, ok := c.conn.Wake(); ok {
			t.Error("it keeps a deadline")
		}
	}
}

func TestOnlyAFirstHelloIsHandedOver(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = isolate
	c.manual = true
	c.Client(inClear(hello()))
	c.answerSo(func(q engine.Question) engine.Reply {
		if _, is := q.(handshake.ConfigQuestion); is {
			return handshake.ConfigReply{HandOver: true}
		}
		return nil
	})
	c.ended(wire.AlertInternalError, "reneg-restart-hello")
}

// What was kept to be handed over is dropped when nobody wants it.
func TestNothingIsKeptOfAHelloThatIsServed(t *testing.T) {
	c := established(t, tls12)
	if kept := c.conn.HandOver(); len(kept) > 0 {
		t.Errorf("%d bytes are kept", len(kept))
	}
}

func TestNothingIsReadWhileAQuestionIsOpen(t *testing.T) {
	c := converse(t, tls12)
	c.manual = true
	c.Client(hello(), data("too early"))
	if n, _, err := c.conn.Receive(0, c.pending); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if err := c.conn.Reply(0, handshake.SessionReply{}); err == nil || c.conn.Phase() != engine.PhaseClosed {
		t.Errorf("an answer to another question: %v", err)
	}
}

func TestAnAnswerThatNobodyAskedForChangesNothing(t *testing.T) {
	c := established(t, tls12)
	for _, r := range []engine.Reply{handshake.ConfigReply{}, engine.AnswerReply{Answer: accept}, nil, 7} {
		if err := c.conn.Reply(0, r); err == nil {
			t.Errorf("%T is taken", r)
		}
	}
	c.Echoes("unchanged")
	c.manual = true
	c.Client(hello().Proper())
	if err := c.conn.Reply(0, handshake.VerifyReply{}); err == nil || c.conn.Phase() != engine.PhaseRenegotiating {
		t.Errorf("a second hello is answered by that: %v", err)
	}
}

func TestFailEndsWithItsAlertOnce(t *testing.T) {
	c := established(t, tls12)
	f := &wire.Fault{Alert: wire.AlertAccessDenied, Reason: "the application says so"}
	err := c.do(func(conn *engine.Conn) error { return conn.Fail(0, f) })
	c.Ends(wire.AlertAccessDenied, "")
	if again := c.conn.Fail(0, f); again != err || c.conn.Output() != nil {
		t.Errorf("%v", again)
	}
}

func TestChanceThatRunsOutEndsTheConnection(t *testing.T) {
	for n := range int64(200) {
		c := converse(t, tls11)
		o := c.options()
		o.Rand = io.LimitReader(o.Rand, n)
		c.conn = engine.New(o)
		c.Client(hello())
		if c.err == nil {
			c.Client(clientKeyExchange(), changeCipherSpec(), finished())
		}
		for range 20 {
			c.says("needs an IV")
		}
		c.ended(wire.AlertInternalError, "")
	}
}
