package tape

import (
	"bytes"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
)

// said is a sink that keeps what a client said.
type said struct{ text []byte }

func (s *said) Bytes(d capture.Direction, _ capture.Mark, b []byte) {
	if d == capture.AtoB {
		s.text = append(s.text, b...)
	}
}
func (*said) Gap(capture.Direction, capture.Mark, int64, trace.GapReason) {}
func (*said) End(capture.Direction, capture.Mark, trace.End, string)      {}
func (*said) Finish(capture.Mark)                                         {}

func TestPortThatIsUsedAgainIsAnotherConnection(t *testing.T) {
	name := filepath.Join(t.TempDir(), "seen.pcapng")
	tape, err := Create(name, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	client, server := netip.MustParseAddrPort("192.0.2.9:4000"), netip.MustParseAddrPort("192.0.2.1:443")
	for _, text := range []string{"the first", "the second"} {
		k := NewTrack(tape, client, server, capture.AtoB)
		k.Passed(capture.AtoB, []byte(text))
		k.Ended(capture.AtoB, false)
		k.Ended(capture.BtoA, false)
	}
	if err := tape.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := capture.NewReader(bytes.NewReader(file), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var list []*said
	a := capture.NewAssembler(func(capture.Connection) capture.Sink {
		s := new(said)
		list = append(list, s)
		return s
	}, capture.Limits{})
	for {
		p, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		a.Add(p)
	}
	a.Finish()
	if len(list) != 2 || string(list[0].text) != "the first" || string(list[1].text) != "the second" {
		t.Errorf("%d connections", len(list))
	}
}
