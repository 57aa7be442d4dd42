package engine_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/wire"
)

// ciphers is one profile for each way of protecting records.
var ciphers = map[string]profile{
	"RC4":              {version: wire.VersionTLS12, suite: wire.TLS_RSA_WITH_RC4_128_SHA},
	"CBC, chained":     {version: wire.VersionTLS10, suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA},
	"CBC, explicit IV": {version: wire.VersionTLS12, suite: wire.TLS_RSA_WITH_AES_128_CBC_SHA},
	"GCM":              {version: wire.VersionTLS12, suite: wire.TLS_RSA_WITH_AES_128_GCM_SHA256},
	"ChaCha20":         {version: wire.VersionTLS12, suite: wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
}

func TestNegative12AnAbortedRestartLooksLikeAFlippedBit(t *testing.T) {
	for name, p := range ciphers {
		t.Run(name, func(t *testing.T) {
			c := established(t, p)
			flipped := broken(sealed(wire.TypeHandshake, c.said(hello().SCSV()))).bytes(c)
			clear := injected(hello().SCSV().SessionInUse()).bytes(c)

			var outputs [2][]byte
			for i, last := range [][]byte{flipped, clear} {
				r := c.play(0)
				if !bytes.Equal(r.output, c.output) || r.err != nil {
					t.Fatalf("the conversation cannot be had again: %v", r.err)
				}
				r.output = nil
				pending := last
				r.drive(c, turn{}, &pending)
				var f *wire.Fault
				if !errors.As(r.err, &f) || f.Alert != wire.AlertBadRecordMAC {
					t.Fatalf("it ended with %v", r.err)
				}
				outputs[i] = r.output
			}
			if !bytes.Equal(outputs[0], outputs[1]) || len(outputs[0]) == 0 {
				t.Errorf("a flipped bit is answered with %x, a restart with %x", outputs[0], outputs[1])
			}
		})
	}
}

func TestNegative13NothingOpensAfterAFailedRecord(t *testing.T) {
	for name, p := range ciphers {
		t.Run(name, func(t *testing.T) {
			c := established(t, p)
			c.server.answer = isolate
			next, again := data("valid").bytes(c), injected(hello().SCSV()).bytes(c)
			c.Client(broken(data("flipped")), raw(next), raw(again))
			c.Ends(wire.AlertBadRecordMAC, "record-mac")
			c.Silence()
			if strings.Contains(strings.Join(c.data, ""), "valid") || len(c.data) > 1 {
				t.Errorf("it went on: %q", c.data)
			}
			if n, got, err := c.conn.Receive(0, next); n != len(next) || got != nil || !errors.Is(err, c.err) {
				t.Errorf("a record after the end gives %d, %q, %v", n, got, err)
			}
		})
	}
}

func TestNegative13TheOldEpochIsOverOnceAHelloCameInClear(t *testing.T) {
	for _, answer := range []renego.Answer{abort, isolate} {
		c := established(t, tls12)
		old := data("of the old epoch").bytes(c)
		c.manual = true
		c.Client(injected(hello().SCSV()))
		if _, is := c.conn.Question().(engine.AnswerQuestion); !is {
			t.Fatalf("it asks %T", c.conn.Question())
		}
		c.Client(raw(old))
		if len(c.pending) != len(old) || c.data[0] != "as it begins" {
			t.Fatal("a record is opened while the hello waits for its answer")
		}
		c.answerSo(func(q engine.Question) engine.Reply {
			if _, is := q.(engine.AnswerQuestion); is {
				return engine.AnswerReply{Answer: answer, CanSplit: true}
			}
			return nil
		})
		if answer == abort {
			c.Ends(wire.AlertBadRecordMAC, "reneg-restart-hello")
		} else {
			c.ended(wire.AlertUnexpectedMessage, "reneg-restart-hello")
		}
		if strings.Contains(strings.Join(c.data, ""), "old epoch") {
			t.Errorf("the old epoch's data came: %q", c.data)
		}
	}
}

// isARestart reports how a segment in clear is taken.
func (c *conversation) isARestart(segment []byte) bool {
	c.server.answer = isolate
	c.Client(raw(segment))
	return len(c.data) > 1
}

func TestNegative14OnlyOneWholeHelloAloneIsARestart(t *testing.T) {
	m := func(c *conversation) wire.Message { return hello().SCSV().message(c) }
	plain := func(parts ...[]byte) []byte {
		var out []byte
		for _, p := range parts {
			out = record.PlainSealer(wire.VersionTLS10).Seal(out, wire.TypeHandshake, p)
		}
		return out
	}
	for name, make := range map[string]func(*conversation) []byte{
		"in two records": func(c *conversation) []byte { h := m(c); return plain(h[:40], h[40:]) },
		"two hellos":     func(c *conversation) []byte { return plain(m(c), m(c)) },
		"two in one":     func(c *conversation) []byte { return plain(append(m(c), m(c)...)) },
		"a trailing byte in the record": func(c *conversation) []byte {
			return plain(append(m(c), 0))
		},
		"a trailing byte in the message": func(c *conversation) []byte {
			h := append(m(c), 0)
			h[3]++
			return plain(h)
		},
		"a byte behind": func(c *conversation) []byte { return append(plain(m(c)), 23) },
		"a wrong length": func(c *conversation) []byte {
			h := m(c)
			h[3]--
			return plain(h)
		},
		"cut short": func(c *conversation) []byte { h := m(c); return plain(h[:len(h)-1]) },
		"another message": func(c *conversation) []byte {
			return plain(wire.NewMessage(wire.MessageFinished, []byte("0123456789ab")))
		},
		"of type data": func(c *conversation) []byte {
			out := plain(m(c))
			out[0] = byte(wire.TypeApplicationData)
			out[1], out[2] = 3, 3
			return out
		},
		"SSL 2.0's format": func(c *conversation) []byte {
			h := (&wire.ClientHello{SSL2Format: true, Version: wire.VersionTLS12, CipherSuites: []wire.SuiteID{5}}).Marshal()
			return append([]byte{0x80, byte(len(h))}, h...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			if c.isARestart(make(c)) {
				t.Fatal("it was isolated")
			}
			if name == "SSL 2.0's format" {
				return // no record at all: held to its header alone
			}
			c.ended(wire.AlertBadRecordMAC, "record-mac")
		})
	}
}

func TestNegative14AHelloInClearInEveryOtherPhase(t *testing.T) {
	for name, reach := range map[string]func(c *conversation){
		"renegotiating, full":        func(c *conversation) { c.Client(hello().Proper()) },
		"renegotiating, abbreviated": func(c *conversation) { c.Client(hello().SCSV().SessionInUse()) },
		"half a hello pending":       func(c *conversation) { c.Client(sealed(wire.TypeHandshake, c.said(hello())[:9])) },
		"after ChangeCipherSpec": func(c *conversation) {
			c.Client(hello().SCSV().SessionInUse())
			c.Client(changeCipherSpec())
		},
		"splitting, keys in use": func(c *conversation) {
			c.server.answer = isolate
			c.Client(hello())
			c.Client(clientKeyExchange(), changeCipherSpec())
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := established(t, tls12)
			reach(c)
			streams := len(c.data)
			clear := injected(hello().SCSV()).bytes(c)
			c.server.answer = isolate
			// In the middle of a handshake the header must say what was negotiated.
			clear[1], clear[2] = 3, 3
			c.Client(raw(clear))
			c.ended(wire.AlertBadRecordMAC, "record-mac")
			if len(c.data) != streams {
				t.Error("it was isolated")
			}
		})
	}
}

func TestARestartBeginsAnotherStream(t *testing.T) {
	for name, p := range ciphers {
		t.Run(name, func(t *testing.T) {
			c := established(t, p)
			was := c.conn.State()
			c.server.restart = isolate
			c.Client(inClear(hello().SCSV()))
			if len(c.data) != 2 || c.conn.Stream() != 1 || c.conn.Phase() != engine.PhaseSplitting || c.conn.MaySend() || c.conn.Complete() {
				t.Fatalf("phase %s, stream %d", c.conn.Phase(), c.conn.Stream())
			}
			c.info([]byte{})
			c.goOn()
			c.heard = nil
			c.Echoes("of the new stream")
			if now := c.conn.State(); now.Stream != 1 || now.Epoch != was.Epoch+1 || now.Kind != renego.KindRestart || now.Resumed {
				t.Errorf("%+v", now)
			}
			if c.data[0] != "as it begins" || c.data[1] != "of the new stream" {
				t.Errorf("the streams are %q", c.data)
			}
			c.handshake(hello().SCSV().SessionInUse())
			c.Echoes("which can be reset")
		})
	}
}

// The session of the old stream may be resumed by the new one, as by anybody who
// has it; nothing of the old stream is kept.
func TestARestartedStreamInheritsNothing(t *testing.T) {
	asks := tls12.named("a.test").with(func(s *handshake.Settings) { s.ClientAuth = handshake.ClientAuthRequest })
	c := converse(t, asks)
	c.peer.key = newClientKey(t, ecdsaKey())
	c.handshake(hello().SCSV())
	c.server.answer = isolate
	c.peer.key = clientKey{}
	c.Client(inClear(hello().SCSV().Without(wire.ExtensionServerName)))
	c.goOn()
	if s := c.conn.State(); s.ServerName != "" || len(s.ClientChain) > 0 {
		t.Errorf("it inherits %q and %d certificates", s.ServerName, len(s.ClientChain))
	}
}

func TestAStreamMayBeSplitEightTimes(t *testing.T) {
	for _, clear := range []bool{true, false} {
		c := established(t, tls12)
		if !clear {
			c = converse(t, tls12)
			c.handshake(hello())
		}
		c.server.answer = isolate
		for i := range 9 {
			next := line(hello())
			if clear {
				next = inClear(hello())
			}
			c.passes(1000 * second) // the ration is not what this is about
			c.Client(next)
			if i == 8 {
				break
			}
			c.goOn()
			c.heard = nil
			c.Echoes(fmt.Sprint("stream ", i+1))
		}
		if len(c.data) != 9 {
			t.Fatalf("%d streams", len(c.data))
		}
		if clear {
			c.ended(wire.AlertBadRecordMAC, "reneg-restart-hello")
		} else {
			c.ended(wire.AlertHandshakeFailure, "reneg-bare-hello")
		}
	}
}

func TestASplitNeedsSomebodyToTakeIt(t *testing.T) {
	c := established(t, tls12)
	c.server.answer, c.server.noSplit = isolate, true
	c.Client(injected(hello()))
	c.Ends(wire.AlertBadRecordMAC, "reneg-restart-hello")
}

// What is sealed and not yet taken would come behind the split in the client's
// ears: under keys that are gone.
func TestOldOutputForbidsASplit(t *testing.T) {
	for _, clear := range []bool{true, false} {
		c := established(t, tls12)
		c.server.answer = isolate
		c.manual = true
		if n, err := c.conn.Send([]byte("under way")); n == 0 || err != nil {
			t.Fatal(err)
		}
		h := line(hello())
		if clear {
			h = injected(hello())
		}
		n, _, err := c.conn.Receive(0, h.bytes(c))
		if n == 0 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		err = c.conn.Reply(0, engine.AnswerReply{Answer: isolate, CanSplit: true})
		if err == nil || errors.Is(err, engine.ErrSplit) || c.conn.Stream() != 0 {
			t.Errorf("it was split: %v", err)
		}
	}
}

// What the old stream wanted is not the new one's to do.
func TestCloseOfTheOldStreamDoesNotCloseTheNew(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = isolate
	clear := inClear(hello().SCSV()).bytes(c)
	c.receive(clear[:1]) // now data is held
	_ = c.do(func(conn *engine.Conn) error { conn.CloseWrite(); return nil })
	c.receive(clear[1:])
	if len(c.data) != 2 {
		t.Fatalf("it was not split: %v", c.err)
	}
	c.goOn()
	c.heard = nil
	c.Echoes("the new one is open")
}

func TestAnEndWhileSplittingIsNoCleanOne(t *testing.T) {
	c := established(t, tls12)
	c.server.answer = isolate
	c.Client(inClear(hello().SCSV()))
	if err := c.conn.End(0); !errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		t.Errorf("%v", err)
	}
}

func TestNegative16ABareHelloWithDataBehindIsNotIsolated(t *testing.T) {
	m := func(c *conversation) wire.Message { return hello().message(c) }
	for name, segment := range map[string]func(*conversation) []line{
		"data":           func(c *conversation) []line { return []line{hello(), data("of a body")} },
		"a byte":         func(c *conversation) []line { return []line{hello(), raw([]byte{23})} },
		"half a message": func(c *conversation) []line { return []line{sealed(wire.TypeHandshake, append(m(c), 1, 0))} },
		"data in its middle": func(c *conversation) []line {
			h := m(c)
			return append(append([]line{sealed(wire.TypeHandshake, h[:30]), data("woven")}, sealed(wire.TypeHandshake, h[30:])), data("behind"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := converse(t, tls12)
			c.handshake(hello())
			c.server.answer = isolate
			c.Client(segment(c)...)
			c.Ends(wire.AlertHandshakeFailure, "reneg-bare-hello")
			c.Silence()
			if len(c.data) != 1 || strings.Contains(c.data[0], "of a body") {
				t.Errorf("the streams are %q", c.data)
			}
		})
	}
}

// What comes behind later, before the new stream has begun, ends it.
func TestNegative16DataBehindABareHelloIsOfNoStream(t *testing.T) {
	c := converse(t, tls12)
	c.handshake(hello())
	c.server.answer = isolate
	c.Client(hello())
	c.heard = nil
	c.Client(data("of a body"))
	c.Ends(wire.AlertUnexpectedMessage, "reneg-bare-hello")
	if c.data[0]+c.data[1] != "" {
		t.Errorf("the streams are %q", c.data)
	}
}

func TestABareHelloIsIsolatedUnderTheKeysInUse(t *testing.T) {
	for _, p := range versions {
		c := converse(t, p)
		c.handshake(hello())
		c.Echoes("before")
		c.server.answer = isolate
		c.Client(hello())
		c.goOn()
		c.heard = nil
		c.Echoes("after")
		if c.kindTold() != "bare" || c.data[0] != "before" || c.data[1] != "after" {
			t.Errorf("%s: %q", c.kindTold(), c.data)
		}
	}
}

func TestAnIsolatedStreamUnderTheKeysInUseSpeaksTheirVersion(t *testing.T) {
	c := converse(t, tls10)
	c.handshake(hello())
	c.server.answer = isolate
	c.Client(hello().Version(wire.VersionTLS12))
	c.ended(wire.AlertProtocolVersion, "reneg-version-changed")
}
