package tape

import (
	"net/netip"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// What passed is told as a conversation, and the frames are those of the file.
func TestMemoryTellsWhatPassed(t *testing.T) {
	memory := NewMemory(nil)
	client, server := netip.MustParseAddrPort("192.0.2.1:40000"), netip.MustParseAddrPort("192.0.2.2:443")
	track := NewTrack(memory, client, server, capture.BtoA)
	track.Passed(capture.AtoB, record(wire.TypeHandshake, (&wire.ClientHello{
		Version: wire.VersionTLS12, CipherSuites: []wire.SuiteID{wire.TLS_RSA_WITH_AES_128_CBC_SHA}, CompressionMethods: []uint8{0},
	}).Marshal()))
	track.Passed(capture.BtoA, record(wire.TypeAlert, []byte{2, 40}))
	track.Ended(capture.BtoA, false)
	track.Ended(capture.AtoB, false)

	told := memory.Conversations()
	if len(told) != 1 || told[0].Client != client || told[0].Server != server {
		t.Fatalf("%d conversations, %+v", len(told), told)
	}
	var alert *trace.Event
	for i, e := range told[0].Events {
		if e.Name == trace.AlertEvent {
			alert = &told[0].Events[i]
		}
	}
	if alert == nil || alert.From != trace.Server || alert.Place.Frame != 6 || alert.Detail.(trace.AlertDetail).Alert != wire.AlertHandshakeFailure {
		t.Errorf("the alert is told as %+v", alert)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	memory := NewMemory(nil)
	for range 3 {
		if err := memory.Packet(capture.Packet{Data: make([]byte, mostKept/2)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(memory.packets) != 2 {
		t.Errorf("%d packets are kept", len(memory.packets))
	}
}

func record(t wire.ContentType, content []byte) []byte {
	h := wire.RecordHeader{Type: t, Version: wire.VersionTLS10, Length: len(content)}
	return append(h.Append(nil), content...)
}
