package packets_test

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
)

func netipOf(end string) netip.AddrPort { return netip.MustParseAddrPort(end) }

// segment is one segment from the client to the server with options.
func segment(t testing.TB, tcp layers.TCP) capture.Packet {
	t.Helper()
	return capturetest.Record(t, client, server, capture.RecorderOptions{}, func(r *capture.Recorder) {
		r.Segment(capture.AtoB, noon, tcp, []byte("hello"))
	})[0]
}

// tcpOf is the TCP header in an Ethernet frame of IPv4, with its options.
func tcpOf(p capture.Packet) []byte {
	tcp := p.Data[14+20:]
	return slices.Clone(tcp[:tcp[12]>>4*4])
}
