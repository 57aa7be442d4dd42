package starttls

import (
	"os"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/trace"
)

// A follower keeps what a Dialogue made of a captured connection.
type follower struct {
	*Dialogue
	verdicts [2]Verdict
	first    [2]byte // of TLS, in each direction
}

func (f *follower) Bytes(d capture.Direction, at capture.Mark, b []byte) {
	if f.first[d] != 0 {
		return
	}
	v, pieces := f.Take(d, at, b)
	f.verdicts[d] = v
	if len(pieces) > 0 {
		f.first[d] = pieces[0].Bytes[0]
	}
}

func (f *follower) Gap(d capture.Direction, _ capture.Mark, n int64, _ trace.GapReason) {
	f.Dialogue.Gap(d, n)
}

func (*follower) End(capture.Direction, capture.Mark, trace.End, string) {}
func (*follower) Finish(capture.Mark)                                    {}

// The capture was made with tcpdump of openssl s_client 3.0 under -starttls, with
// each of the protocols, and under -proxy.
func TestWhatOpenSSLSaysBeforeTLSIsFollowed(t *testing.T) {
	file, err := os.Open("testdata/s_client.pcap.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var connections []*follower
	capturetest.Read(t, file, capture.Options{}, func(capture.Connection) capture.Sink {
		connections = append(connections, &follower{Dialogue: New()})
		return connections[len(connections)-1]
	})

	var protocols []string
	for _, f := range connections {
		p := f.Prelude()
		if p == nil || !p.Upgraded || f.verdicts != [2]Verdict{Begins, Begins} || f.first != [2]byte{0x16, 0x16} {
			t.Errorf("%v, TLS begins with %#x: %+v", f.verdicts, f.first, p)
			continue
		}
		protocols = append(protocols, p.Protocol)
	}
	want := []string{"SMTP", "LMTP", "IMAP", "POP3", "FTP", "XMPP", "PostgreSQL", "MySQL", "LDAP", "HTTP CONNECT"}
	if !slices.Equal(protocols, want) {
		t.Errorf("%q", protocols)
	}
}
