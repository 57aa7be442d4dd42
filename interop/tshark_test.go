//go:build interop

package interop

import (
	"bytes"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/trace"
)

// tshark is another reader of captures. What it is right about is held against ours.
func tshark(t *testing.T, file string, arguments ...string) string {
	t.Helper()
	command := exec.CommandContext(minute(t), "tshark", append([]string{"-n", "-r", file}, arguments...)...)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("tshark (interop/install.sh installs it): %v\n%s", err, &stderr)
	}
	return string(out)
}

// follow gives the bytes of both sides of the first connection, as tshark sees them.
func follow(t *testing.T, file string) (sides [2][]byte) {
	t.Helper()
	for line := range strings.Lines(tshark(t, file, "-q", "-z", "follow,tcp,raw,0")) {
		side := 0
		if strings.HasPrefix(line, "\t") {
			side = 1
		}
		if b, err := hex.DecodeString(strings.TrimSpace(line)); err == nil {
			sides[side] = append(sides[side], b...)
		}
	}
	return sides
}

// streams is a sink that keeps both sides.
type streams struct {
	sides [2][]byte
	gaps  int
}

func (s *streams) Bytes(d capture.Direction, _ capture.Mark, b []byte) {
	s.sides[d] = append(s.sides[d], b...)
}
func (s *streams) Gap(capture.Direction, capture.Mark, int64, trace.GapReason) { s.gaps++ }
func (s *streams) End(capture.Direction, capture.Mark, trace.End, string)      {}
func (s *streams) Finish(capture.Mark)                                         {}

func readStreams(t *testing.T, file string) *streams {
	t.Helper()
	opened, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	r, err := capture.NewReader(opened, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	s := new(streams)
	a := capture.NewAssembler(func(capture.Connection) capture.Sink { return s }, capture.Limits{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			a.Finish()
			return s
		}
		if err != nil {
			t.Fatal(err)
		}
		a.Add(p)
	}
}

func TestStreamsAreThoseThatTsharkSees(t *testing.T) {
	files, err := filepath.Glob("../testdata/captures/*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, file := range files {
		ours, its := readStreams(t, file), follow(t, file)
		if ours.gaps > 0 || !bytes.Equal(ours.sides[0], its[0]) || !bytes.Equal(ours.sides[1], its[1]) {
			t.Errorf("%s: %d and %d bytes, tshark has %d and %d", file, len(ours.sides[0]), len(ours.sides[1]), len(its[0]), len(its[1]))
		}
	}
}

func TestTsharkReadsWhatIsRecorded(t *testing.T) {
	at := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	sent := [2][]byte{bytes.Repeat([]byte("to the server "), 500), bytes.Repeat([]byte("to the client "), 700)}
	for _, ends := range [][2]string{{"192.0.2.1:40000", "192.0.2.2:443"}, {"[2001:db8::1]:40000", "[2001:db8::2]:443"}} {
		var file bytes.Buffer
		w, err := capture.NewWriter(&file, capture.WriterOptions{Comment: capture.Sanitized, Application: "parley"})
		if err != nil {
			t.Fatal(err)
		}
		keys := capture.SecretsBlock{Type: capture.SecretsTLSKeyLog, Data: []byte("# no keys\n")}
		r := capture.NewRecorder(w, netip.MustParseAddrPort(ends[0]), netip.MustParseAddrPort(ends[1]), capture.RecorderOptions{})
		keyed := w.Secrets(keys)
		r.Open(at)
		r.Send(capture.AtoB, at.Add(time.Second), sent[0])
		r.Send(capture.BtoA, at.Add(2*time.Second), sent[1])
		r.Close(capture.AtoB, at.Add(3*time.Second))
		r.Close(capture.BtoA, at.Add(3*time.Second))
		if err := errors.Join(keyed, r.Err(), w.Flush()); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(t.TempDir(), "recorded.pcapng")
		if err := os.WriteFile(name, file.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if its := follow(t, name); !bytes.Equal(its[0], sent[0]) || !bytes.Equal(its[1], sent[1]) {
			t.Errorf("tshark has %d and %d bytes", len(its[0]), len(its[1]))
		}
		odd := tshark(t, name, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
			"-Y", "tcp.checksum.status != 1 || ip.checksum.status == 0 || _ws.malformed || tcp.analysis.flags")
		if odd != "" {
			t.Errorf("tshark finds fault with\n%s", odd)
		}
	}
}
