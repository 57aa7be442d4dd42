package replay

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/report"
)

// What is played is said before it is, in steps with their frames; then what is not
// as it was.
func TestIntentIsSaid(t *testing.T) {
	c, p := loaded(t, captures+"founding-tls12.pcap", true)
	p.Adapt(Given{Speed: 1})
	var b bytes.Buffer
	told := &Told{Captured: c, Plan: p, Address: "192.0.2.1:443", Style: report.TerminalOptions{Style: report.Style{Width: 100}}}
	if err := told.Intent(&b); err != nil {
		t.Fatal(err)
	}
	const want = `
What is played
   1  frame 4     ClientHello, 297 bytes as captured but for its random: TLS 1.2, 74 cipher suites,
                  4 extensions, record header 0x0301
   2  frame 6     the server's answer is awaited
   3  frame 8     ClientKeyExchange with a secret of its own, ChangeCipherSpec, Finished
   4  frame 9     the server's Finished is awaited
   5  frame 10    4096 bytes of filler in place of data
   6  frame 11    4096 bytes of data from the server are awaited
   7  frame 12    a reset ClientHello inside the connection, the SCSV, no renegotiation_info, offers
                  the session in use, record header 0x0301
   8  frame 13    the server's answer is awaited; in the capture: fatal protocol_version (70)
   9  frame 14    FIN, without close_notify

Not as in the capture
  ·  application data is filler of the same sizes: what the client sent may be nobody's business
     (--data sends it)
`
	if _, steps, _ := strings.Cut(b.String(), "(70).\n"); steps != want {
		t.Errorf("it says:\n%s", steps)
	}
	for _, line := range strings.Split(b.String(), "\n") {
		if len([]rune(line)) > 100 {
			t.Errorf("too long: %q", line)
		}
	}
}

// A capture that breaks off is played as far as it goes, and that is said.
func TestBrokenCaptureIsPlayedAsFarAsItGoes(t *testing.T) {
	whole, err := os.ReadFile(captures + "founding-tls12.pcap")
	if err != nil {
		t.Fatal(err)
	}
	c, p := planned(t, bytes.NewReader(whole[:len(whole)-20]), LoadOptions{})
	if c.Source.Broken == "" || !strings.Contains(strings.Join(p.Notes, " "), "only in part") {
		t.Errorf("%q %q", c.Source.Broken, p.Notes)
	}
	if _, err := Load("cut", bytes.NewReader(whole[:10]), LoadOptions{}); err == nil {
		t.Error("ten bytes are a capture")
	}
}
