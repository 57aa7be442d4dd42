package sanitize_test

import (
	"bytes"
	"encoding/binary"
	"slices"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
)

// Whatever link packets come over, in whatever pieces and in whichever format, what is
// found stays.
func TestWhatIsFoundOverAnyLinkStays(t *testing.T) {
	whole, secrets := frames(t, read(t, captures+"rig/parley-reset-tls1_2-ECDHE-RSA-AES256-GCM-SHA384.pcapng"))
	pcapng := func(f capturetest.Frames) []byte {
		return f.Pcapng(t, capture.WriterOptions{Link: f[0].Link}, secrets...)
	}
	for name, file := range map[string][]byte{
		"cooked":           pcapng(whole.On(layers.LinkTypeLinuxSLL, capturetest.Cooked)),
		"cooked 2":         pcapng(whole.On(layers.LinkTypeLinuxSLL2, capturetest.Cooked2)),
		"loopback":         pcapng(whole.On(layers.LinkTypeNull, capturetest.Loopback(binary.LittleEndian))),
		"raw":              pcapng(whole.On(layers.LinkTypeRaw, capturetest.Raw)),
		"PPP":              pcapng(whole.On(layers.LinkTypePPP, capturetest.PPP)),
		"PPPoE":            pcapng(whole.On(layers.LinkTypeEthernet, capturetest.PPPoE)),
		"tagged":           pcapng(whole.Tag(7, 12)),
		"fragments":        pcapng(whole.Fragment(256)),
		"gzip":             capturetest.Gzip(t, pcapng(whole)),
		"pcap":             whole.Pcap(binary.BigEndian, false),
		"pcap nanoseconds": whole.Pcap(binary.LittleEndian, true),
		"cut":              pcapng(whole.Cut(96)),
	} {
		made := sanitized(t, file, sanitize.Options{Keys: dissect.NewKeyring()})
		was, is := shape(told(t, file, dissect.NewKeyring(), true)), shape(told(t, made, dissect.NewKeyring(), true))
		if was != is {
			t.Errorf("%s: %s", name, difference(was, is))
		}
	}
}

func TestFramesKeepTheirNumbersBehindBlocksThatHaveOne(t *testing.T) {
	file := read(t, captures+"rig/parley-reset-tls1_2-ECDHE-RSA-AES256-GCM-SHA384.pcapng")
	custom := []byte("\xad\x0b\x00\x00\x14\x00\x00\x00\x39\x30\x00\x00what\x14\x00\x00\x00") // Wireshark numbers such a block
	behind := 0
	for range 2 { // the section's header, and the interface or the secrets
		behind += int(binary.LittleEndian.Uint32(file[behind+4:]))
	}
	file = slices.Insert(bytes.Clone(file), behind, append(custom, custom...)...)
	made := sanitized(t, file, sanitize.Options{})
	was, is := told(t, file, dissect.NewKeyring(), true), told(t, made, dissect.NewKeyring(), true)
	for i, e := range was[0].Events {
		if e.Place.Frame != is[0].Events[i].Place.Frame {
			t.Fatalf("event %d stands in frame %d, and stood in frame %d", i+1, is[0].Events[i].Place.Frame, e.Place.Frame)
		}
	}
}
