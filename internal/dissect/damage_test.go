package dissect_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// long is a conversation of many records in one suite, with a renegotiation in it.
func long(t testing.TB, v wire.Version, id wire.SuiteID) live {
	t.Helper()
	return play(t, scene{
		client: legacyclient.Options{Version: v, Suites: []wire.SuiteID{id}},
		server: func(c *parley.Config) { c.CipherSuites = []uint16{uint16(id)} },
		act: func(c *legacyclient.Client) error {
			for range 4 {
				if err := twice(legacyclient.Hello{Kind: legacyclient.HelloProper})(c); err != nil {
					return err
				}
			}
			return nil
		},
	})
}

// kinds are suites that differ in how their records hang together.
var kinds = []struct {
	version wire.Version
	suite   wire.SuiteID
}{
	{wire.VersionTLS10, wire.TLS_RSA_WITH_AES_128_CBC_SHA},
	{wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_CBC_SHA256},
	{wire.VersionTLS12, wire.TLS_RSA_WITH_RC4_128_SHA},
	{wire.VersionTLS12, wire.TLS_RSA_WITH_AES_128_GCM_SHA256},
	{wire.VersionTLS12, wire.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256},
}

// What is told does not depend on how the bytes were cut into packets.
func TestByteByByte(t *testing.T) {
	for _, k := range kinds {
		l := long(t, k.version, k.suite)
		for how, ring := range map[string]func() *dissect.Keyring{
			"opened": func() *dissect.Keyring { return withLog(t, l.log) }, "sealed": dissect.NewKeyring,
		} {
			var bytewise []heard
			for _, h := range l.heard {
				for i := range h.bytes {
					bytewise = append(bytewise, heard{h.direction, h.bytes[i : i+1]})
				}
			}
			// The frames and merged events differ, the rest must not.
			whole, cut := story(told(ring(), l.heard)), story(told(ring(), bytewise))
			if whole != cut {
				t.Errorf("%s %s: in whole packets\n%s\nbyte by byte\n%s", k.suite, how, whole, cut)
			}
		}
	}
}

// story is a conversation without its frames.
func story(c *trace.Conversation) string {
	var b strings.Builder
	for _, e := range c.Events {
		fmt.Fprintf(&b, "%s %s %s @%d+%d\n", e.Name, from(e.From), detail(e.Detail), e.Place.Offset, e.Place.Length)
	}
	return b.String()
}

// without plays a conversation to a dissector, one packet of it missing.
func without(ring *dissect.Keyring, said []heard, lost int) *trace.Conversation {
	var out *trace.Conversation
	mark := capture.Mark{Frame: 1, Time: beginning}
	d := dissect.New(capture.Connection{Number: 1, A: clientAddress, B: serverAddress, Begin: mark, Whole: true}, dissect.Options{
		Keys: ring, Done: func(c *trace.Conversation) { out = c },
	})
	for i, h := range said {
		mark.Frame++
		if i == lost {
			d.Gap(h.direction, mark, int64(len(h.bytes)), trace.GapLost)
			continue
		}
		d.Bytes(h.direction, mark, h.bytes)
	}
	d.Finish(mark)
	return out
}

// A packet of data that is missing costs that packet, and no more than the next
// record where a cipher chains from record to record.
func TestWhatFollowsALostPacketIsOpened(t *testing.T) {
	for _, k := range kinds {
		l := long(t, k.version, k.suite)
		for lost, h := range l.heard {
			if wire.ContentType(h.bytes[0]) != wire.TypeApplicationData {
				continue
			}
			chains := k.version == wire.VersionTLS10
			if next := following(l.heard, lost); chains && next != wire.TypeApplicationData {
				continue // it is a hello that cannot be opened, and all that it leads to
			}
			c := without(withLog(t, l.log), l.heard, lost)
			for _, d := range find[trace.KeysDetail](c, trace.Keys) {
				if d.Locked != "" {
					t.Errorf("%s, packet %d lost: locked: %s", k.suite, lost, d.Locked)
				}
			}
			sealed := 0
			for _, d := range append(find[trace.DataDetail](c, trace.Data), find[trace.DataDetail](c, trace.Crossed)...) {
				if d.Sealed {
					sealed++
				}
			}
			for _, d := range find[trace.RecordDetail](c, trace.Record) {
				if d.Sealed && d.Type != wire.TypeApplicationData {
					sealed++
				}
			}
			if sealed > 0 && !chains || sealed > 1 {
				t.Errorf("%s, packet %d lost: %d records stayed sealed\n%s", k.suite, lost, sealed, words(c))
				return
			}
			if gaps := find[trace.GapDetail](c, trace.Gap); len(gaps) != 1 || gaps[0].Bytes != int64(len(h.bytes)) {
				t.Errorf("%s, packet %d lost: the gap is not told: %v", k.suite, lost, gaps)
			}
		}
	}
}

// following is the type of the same side's next record.
func following(said []heard, at int) wire.ContentType {
	for _, h := range said[at+1:] {
		if h.direction == said[at].direction {
			return wire.ContentType(h.bytes[0])
		}
	}
	return wire.TypeApplicationData
}

// Whichever packet is missing, the rest is told as what it is.
func TestAnyLostPacket(t *testing.T) {
	for _, k := range kinds {
		l := long(t, k.version, k.suite)
		for lost := range l.heard {
			for _, ring := range []*dissect.Keyring{withLog(t, l.log), withKey(t), dissect.NewKeyring()} {
				c := without(ring, l.heard, lost)
				if c.Protocol != trace.ProtocolTLS || count(c, trace.Gap) != 1 {
					t.Errorf("%s, packet %d lost: %s", k.suite, lost, words(c))
				}
			}
		}
	}
}

// A capture that begins in the middle of a connection finds the records again.
func TestCapturesThatBeginLate(t *testing.T) {
	for _, k := range kinds {
		l := long(t, k.version, k.suite)
		for first := range l.heard {
			for cut := range 2 {
				said := slices.Clone(l.heard[first:])
				said[0].bytes = said[0].bytes[cut*len(said[0].bytes)/2:]
				c := toldOf(withLog(t, l.log), capture.Connection{Number: 1, A: clientAddress, B: serverAddress, Begin: capture.Mark{Frame: 1, Time: beginning}}, said)
				if len(said) > 4 && c.Protocol != trace.ProtocolTLS {
					t.Errorf("%s, from packet %d on: %s", k.suite, first, words(c))
				}
				if c.Client != clientAddress && c.Sided {
					t.Errorf("%s, from packet %d on: the client is taken for the server", k.suite, first)
				}
			}
		}
	}
}

// Where the client's whole last flight is missing, a key log still opens what
// follows; the handshake is taken for done when data comes; and a renegotiation,
// which cannot be checked against the Finished that is missing, is not called
// forged.
func TestAMissingFlight(t *testing.T) {
	for _, id := range []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_GCM_SHA256, wire.TLS_RSA_WITH_AES_128_CBC_SHA} {
		s := newScript(t, wire.VersionTLS12, id)
		s.handshake(s.hello(), []byte{})
		log := fmt.Appendf(nil, "CLIENT_RANDOM %x %x\n", s.randoms[0], s.master.Bytes())
		s.talk()
		second := s.hello(wire.RenegotiationInfoExtension(s.verifyC))
		second.CipherSuites = second.CipherSuites[:1]
		s.handshake(second, slices.Concat(s.verifyC, s.verifyS))
		log = fmt.Appendf(log, "CLIENT_RANDOM %x %x\n", s.randoms[0], s.master.Bytes())
		s.talk()
		flight := heard{capture.AtoB, slices.Concat(s.said[4].bytes, s.said[5].bytes, s.said[6].bytes)}
		said := slices.Concat(s.said[:4], []heard{flight}, s.said[7:])

		c := without(withLog(t, log), said, 4)
		dones, hellos := find[trace.HandshakeDetail](c, trace.HandshakeDone), find[trace.SecondHelloDetail](c, trace.SecondHello)
		if len(dones) != 2 || !dones[0].Unverified || dones[1].Unverified {
			t.Errorf("%s: %s", id, words(c))
		}
		if len(hellos) != 1 || hellos[0].Kind.String() != "secure" || !strings.Contains(strings.Join(hellos[0].Proof, ", "), "lacks the means to check") {
			t.Errorf("%s: %+v", id, hellos)
		}
		for _, d := range find[trace.DataDetail](c, trace.Data) {
			if d.Sealed {
				t.Errorf("%s: data stayed sealed\n%s", id, words(c))
			}
		}
		sealed := without(dissect.NewKeyring(), said, 4)
		if d := find[trace.HandshakeDetail](sealed, trace.HandshakeDone); len(d) != 1 || !d[0].Unverified {
			t.Errorf("%s, without keys: %s", id, words(sealed))
		}
	}
}
