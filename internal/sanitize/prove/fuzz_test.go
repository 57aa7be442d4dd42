package prove_test

import (
	"bytes"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/sanitize/prove"
)

func FuzzASearchFindsWhatIsThere(f *testing.F) {
	f.Add([]byte("a value to find"), []byte("before"), []byte("behind"), uint8(9), true)
	f.Add([]byte{0, 0x1b, 0x21, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff, 1}, []byte{0, 0x1b}, []byte{}, uint8(3), false)
	f.Fuzz(func(t *testing.T, value, before, behind []byte, cut uint8, text bool) {
		s := prove.New(values(t, func(d *disguise.Disguise) {
			if text {
				d.RememberText(disguise.KindName, string(value))
			} else {
				d.Remember(disguise.KindTicket, value)
			}
		}), prove.Options{Size: 1})
		whole := append(append(bytes.Clone(before), value...), behind...)
		st := s.Stream("a stream")
		n := min(int(cut), len(whole))
		st.Write(1, whole[:n])
		st.Write(2, whole[n:])
		if _, found := s.Leaks(); found == 0 && len(s.Judged()) != 0 {
			t.Errorf("%q is not found in %q", value, whole)
		}
	})
}

func FuzzPacketsDoNoHarm(f *testing.F) {
	f.Add(uint8(layers.LinkTypeEthernet), []byte("\x02\x00\x00\x00\x00\x01\x00\x1b\x21\xaa\xbb\xcc\x08\x00\x45\x00\x00\x14\x00\x00\x00\x00\x40\x06\x00\x00\xc0\x00\x02\x01\xac\x10\xc8\x1f"))
	f.Add(uint8(12), []byte("\x45\x00"))
	f.Fuzz(func(t *testing.T, link uint8, data []byte) {
		s := prove.New(values(t, func(d *disguise.Disguise) { addr(d, "172.16.200.31") }), prove.Options{})
		s.Packet(capture.Packet{Frame: 1, Link: layers.LinkType(link), Data: data, Length: len(data)})
		leaks, _ := s.Leaks()
		for _, l := range leaks {
			if l.Offset < 0 || l.Offset > int64(len(data)) {
				t.Errorf("%+v", l)
			}
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	s := prove.New(values(b, func(d *disguise.Disguise) {
		for i := range 5000 {
			d.Bytes(disguise.KindRandom, noise(32 + i)[i:])
		}
	}), prove.Options{})
	st := s.Stream("noise")
	piece := noise(10000)[8600:]
	b.SetBytes(int64(len(piece)))
	for b.Loop() {
		st.Write(1, piece)
	}
}
