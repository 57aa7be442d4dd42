package tape

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
)

// written are what a file has, in order: "keys", and of packets their payloads'
// last bytes.
func written(t *testing.T, name string) []string {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	r, err := capture.NewReader(bytes.NewReader(file), capture.Options{Secrets: func(capture.SecretsBlock) { list = append(list, "keys") }})
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"question", "answer"} {
			if bytes.Contains(p.Data, []byte(word)) {
				list = append(list, word)
			}
		}
	}
}

// The keys are known once this side has read what the other said: so they stand
// before it.
func TestKeysStandBeforeWhatWaited(t *testing.T) {
	for _, test := range []struct {
		waits  capture.Direction
		wanted []string
	}{
		{capture.AtoB, []string{"keys", "question", "answer"}},
		{capture.BtoA, []string{"question", "keys", "answer"}},
	} {
		name := filepath.Join(t.TempDir(), "seen.pcapng")
		tape, err := Create(name, capture.WriterOptions{})
		if err != nil {
			t.Fatal(err)
		}
		k := NewTrack(tape, netip.MustParseAddrPort("192.0.2.1:1"), netip.MustParseAddrPort("192.0.2.2:2"), test.waits)
		say := func(d capture.Direction, text string) {
			k.Passed(d, []byte(text))
			if d == test.waits {
				_, _ = tape.KeyLog().Write([]byte("CLIENT_RANDOM\n"))
			}
		}
		say(capture.AtoB, "question")
		say(capture.BtoA, "answer")
		k.Ended(capture.AtoB, false)
		if err := tape.Close(); err != nil {
			t.Fatal(err)
		}
		if got := written(t, name); !slices.Equal(got, test.wanted) {
			t.Errorf("waiting for what goes in direction %d: %v, not %v", test.waits, got, test.wanted)
		}
	}
}

func TestWhatOneRunRecordedTheNextDoesNotOverwrite(t *testing.T) {
	name := filepath.Join(t.TempDir(), "seen.pcapng")
	first, err := Create(name, capture.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Create(name, capture.WriterOptions{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("%v", err)
	}
}

// A told is a tap that keeps what it is told.
type told []string

func (k *told) Passed(d capture.Direction, b []byte) {
	*k = append(*k, []string{"client ", "server "}[d]+string(b))
}

func (k *told) Ended(d capture.Direction, reset bool) {
	how := "ends"
	if reset {
		how = "resets"
	}
	*k = append(*k, []string{"client ", "server "}[d]+how)
}

func TestConnTellsBothDirectionsAndEachEndOnce(t *testing.T) {
	here, there := net.Pipe()
	var k told
	c := NewConn(here, capture.BtoA, &k)
	go func() {
		b := make([]byte, 8)
		n, _ := there.Read(b)
		_, _ = there.Write(bytes.ToUpper(b[:n]))
		there.Close()
	}()
	if _, err := c.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(c); err != nil || string(b) != "HELLO" {
		t.Errorf("%q, %v", b, err)
	}
	c.Close()
	c.Close()
	if !slices.Equal(k, []string{"client hello", "server HELLO", "server ends", "client ends"}) {
		t.Errorf("%q", k)
	}
}
