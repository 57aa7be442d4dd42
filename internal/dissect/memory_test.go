package dissect_test

import (
	"bytes"
	"runtime"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/record"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Ten thousand connections that are open and say nothing fit into a few hundred
// MiB, opened or sealed.
func TestIdleConnectionsTakeLittle(t *testing.T) {
	const connections, most = 500, 20 << 10
	for _, k := range kinds {
		l := long(t, k.version, k.suite)
		for how, ring := range map[string]*dissect.Keyring{"opened": withLog(t, l.log), "sealed": dissect.NewKeyring()} {
			idle := make([]*dissect.Dissector, connections)
			before := heap()
			for i := range idle {
				mark := capture.Mark{Frame: 1, Time: beginning}
				idle[i] = dissect.New(capture.Connection{Number: i, A: clientAddress, B: serverAddress, Begin: mark, Whole: true}, dissect.Options{Keys: ring})
				for _, h := range l.heard[:len(l.heard)/4] {
					idle[i].Bytes(h.direction, mark, h.bytes)
				}
			}
			if each := (heap() - before) / connections; each > most {
				t.Errorf("%s, %s: an idle connection takes %d bytes", k.suite, how, each)
			} else {
				t.Logf("%s, %s: an idle connection takes %d bytes", k.suite, how, each)
			}
			runtime.KeepAlive(idle)
		}
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// The events of a conversation are bounded: the first and the last are kept, and
// how many are left out is told.
func TestEventsAreBounded(t *testing.T) {
	l := long(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256)
	all := told(withLog(t, l.log), l.heard)
	var some *trace.Conversation
	mark := capture.Mark{Frame: 1, Time: beginning}
	d := dissect.New(capture.Connection{Number: 1, A: clientAddress, B: serverAddress, Begin: mark, Whole: true}, dissect.Options{
		Keys: withLog(t, l.log), MaxEvents: 20, Done: func(c *trace.Conversation) { some = c },
	})
	for _, h := range l.heard {
		mark.Frame++
		d.Bytes(h.direction, mark, h.bytes)
	}
	d.Finish(mark)
	names := func(events []trace.Event) (out []trace.EventName) {
		for _, e := range events {
			out = append(out, e.Name)
		}
		return out
	}
	whole := names(all.Events[:len(all.Events)-2]) // without the ends, which were not told here
	if got, want := names(some.Events), slices.Concat(whole[:10], whole[len(whole)-10:]); !slices.Equal(got, want) {
		t.Errorf("kept are %v and not %v", got, want)
	}
	if some.Omitted != len(whole)-20 {
		t.Errorf("%d events are said to be left out, of %d", some.Omitted, len(whole))
	}
}

// No secret and no byte of what was said is in a conversation, however deep.
func TestConversationsHoldNoSecret(t *testing.T) {
	for _, said := range sayings(t) {
		c := told(serverKey(t), said)
		var sessions [][]byte
		for _, h := range said {
			if m := wire.Message(h.bytes[min(len(h.bytes), wire.RecordHeaderLen):]); m.Type() == wire.MessageNewSessionTicket && len(m) > 170 {
				sessions = append(sessions, m[10:26])
			}
		}
		for _, e := range c.Events {
			d, ok := e.Detail.(trace.MessageDetail)
			if !ok {
				continue
			}
			if d.Type == wire.MessageFinished && (d.Raw != nil || d.Parsed != nil) {
				t.Error("a Finished is shown")
			}
			if d.Hello == nil {
				continue
			}
			if !bytes.Equal(d.Hello.Raw, d.Raw) {
				t.Error("a hello is shown in two ways")
			}
			for _, s := range sessions {
				if bytes.Contains(d.Raw, s) {
					t.Error("a ticket is shown")
				}
			}
		}
	}
}

// Whatever a side sends, what is kept of it is bounded: handshakes that never end,
// messages in crumbs, and bytes that look like records again and again.
func TestHostileStreamsAreBounded(t *testing.T) {
	const most = 3 << 20
	plain := record.PlainSealer(wire.VersionTLS12)
	endless := func(m wire.Message) (b []byte) {
		for len(b) < 8<<20 {
			b = plain.Seal(b, wire.TypeHandshake, m)
		}
		return b
	}
	crumbs := func() (b []byte) {
		for range maxMessage - 10 {
			b = plain.Seal(b, wire.TypeHandshake, []byte{2})
		}
		return b
	}
	hello := newScript(t, wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256).hello().Marshal()
	for name, x := range map[string]struct {
		whole bool
		bytes []byte
	}{
		"certificates without end":  {true, endless(wire.NewMessage(wire.MessageCertificate, make([]byte, 60_000)))},
		"hellos without end":        {true, endless(hello)},
		"long hellos":               {true, endless(wire.NewMessage(wire.MessageClientHello, make([]byte, 60_000)))},
		"a message in crumbs":       {true, slices.Concat([]byte{22, 3, 3, 0, 4, 1, 3, 0xff, 0xff}, crumbs())},
		"headers and nothing more":  {false, bytes.Repeat([]byte{0, 22, 3, 3, 0x40, 0}, 50_000)},
		"headers that run into air": {false, bytes.Repeat([]byte{22, 3, 3, 0x40, 7, 9, 9}, 50_000)},
	} {
		before := heap()
		mark := capture.Mark{Frame: 1, Time: beginning}
		d := dissect.New(capture.Connection{Number: 1, A: clientAddress, B: serverAddress, Begin: mark, Whole: x.whole}, dissect.Options{})
		for rest := x.bytes; len(rest) > 0; {
			n := min(len(rest), 17)
			d.Bytes(capture.AtoB, mark, rest[:n])
			rest = rest[n:]
		}
		if kept := heap() - before; kept > most {
			t.Errorf("%s: of %d bytes %d are kept", name, len(x.bytes), kept)
		}
		runtime.KeepAlive(d)
	}
}

const maxMessage = 256 << 10
