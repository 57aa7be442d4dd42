package sanitize_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
	"github.com/parley-tls/parley/internal/trace"
)

const captures = "../../testdata/captures/"

// memory is a spool for tests.
type memory struct{ bytes []byte }

func (m *memory) WriteAt(b []byte, at int64) (int, error) {
	if end := int(at) + len(b); end > len(m.bytes) {
		m.bytes = append(m.bytes, make([]byte, end-len(m.bytes))...)
	}
	return copy(m.bytes[at:], b), nil
}

func (m *memory) ReadAt(b []byte, at int64) (int, error) {
	return bytes.NewReader(m.bytes).ReadAt(b, at)
}

// seeded is randomness that is the same each time.
func seeded(seed byte) io.Reader { return rand.NewChaCha8([32]byte{seed}) }

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ring is a keyring with the key of the captures' server, or an empty one.
func ring(t testing.TB, withKey bool) *dissect.Keyring {
	t.Helper()
	k := dissect.NewKeyring()
	if withKey {
		if err := k.AddKey("server.key", read(t, captures+"server.key")); err != nil {
			t.Fatal(err)
		}
	}
	return k
}

// shared is a disguise for many captures, since it takes time to invent keys.
func shared(t testing.TB) *disguise.Disguise {
	t.Helper()
	d, err := once()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

var once = sync.OnceValues(func() (*disguise.Disguise, error) { return disguise.New(seeded(3), disguise.Options{}) })

// sanitized makes a capture anew.
func sanitized(t testing.TB, file []byte, o sanitize.Options) []byte {
	t.Helper()
	if o.Random == nil {
		o.Random = seeded(1)
	}
	if o.Disguise == nil {
		o.Disguise = shared(t)
	}
	o.Spool = &memory{}
	var out bytes.Buffer
	if _, err := sanitize.Sanitize(t.Context(), bytes.NewReader(file), &out, o); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// told reads a capture as parley diagnose does. Where the ring is empty, so that the
// capture's own secrets do not count, they are not taken.
func told(t testing.TB, file []byte, keys *dissect.Keyring, own bool) []*trace.Conversation {
	t.Helper()
	var all []*trace.Conversation
	r, err := capture.NewReader(bytes.NewReader(file), capture.Options{Secrets: func(b capture.SecretsBlock) {
		if own {
			_ = keys.AddSecrets(b)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	streams := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: keys, Done: func(c *trace.Conversation) { all = append(all, c) }})
	}, capture.Limits{})
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Log(err)
			break
		}
		streams.Add(p)
	}
	streams.Finish()
	return all
}

// shape is what of conversations and of what is found in them must stay, in words.
func shape(all []*trace.Conversation) string {
	var b strings.Builder
	for _, c := range all {
		fmt.Fprintf(&b, "connection %d: %s, sided %v, frames %d to %d, %v, omitted %d\n", c.Number, c.Protocol, c.Sided, c.First, c.Last, c.Duration, c.Omitted)
		if p := c.Prelude; p != nil {
			fmt.Fprintf(&b, "prelude %s %v %q %v %v %d %d %d %v\n", p.Protocol, p.Upgraded, p.Refused, p.Request, p.Reply, p.Bytes, p.Onward, p.Injected, p.InjectedPlace)
		}
		for _, e := range c.Events {
			fmt.Fprintf(&b, "%v %v %v %v epoch %d handshake %d %s: %s\n", e.At, e.Place, e.Name, e.From, e.Epoch, e.Handshake, e.Finding, detail(e.Detail))
		}
		for _, f := range diagnose.Diagnose(c).Findings {
			fmt.Fprintf(&b, "finding %s %v %v %v %v\n", f.ID, f.Level, f.Culprit, f.Confidence, f.Frames)
		}
	}
	return b.String()
}

func detail(d any) string {
	switch d := d.(type) {
	case trace.MessageDetail:
		return fmt.Sprintf("%v %d %T fault %q", d.Type, d.Length, d.Parsed, d.Fault)
	case trace.KeysDetail:
		return fmt.Sprintf("keys %v %v opened %v bad %v", d.Version, d.SuiteID, d.Opened != "", d.BadPremaster)
	case trace.HandshakeDetail:
		d.ServerName, d.ALPN = fmt.Sprint(len(d.ServerName)), fmt.Sprint(len(d.ALPN))
		d.Suite = nil
		return fmt.Sprintf("%+v", d)
	case trace.SecondHelloDetail:
		d.Hello = nil
		return fmt.Sprintf("%+v", d)
	case trace.RecordDetail:
		if d.Sealed && (strings.Contains(d.Why, "key") || strings.Contains(d.Why, "its handshake") || strings.Contains(d.Why, "Key")) {
			d.Why = "locked"
		}
		if d.Header>>8 != 3 {
			d.Type, d.Header, d.Length = 0, 0, 0 // they are no header, and so are noise
		}
		return fmt.Sprintf("%+v", d)
	}
	return fmt.Sprintf("%+v", d)
}

// all names every capture of testdata.
func all(t testing.TB) []string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.pcap", "rig/*.pcapng"} {
		found, err := filepath.Glob(captures + pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	if len(names) < 40 {
		t.Fatalf("only %d captures", len(names))
	}
	return names
}

// difference shows the first line in which two texts differ.
func difference(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range min(len(x), len(y)) {
		if x[i] != y[i] {
			return fmt.Sprintf("line %d\n  was %s\n  is  %s", i, x[i], y[i])
		}
	}
	return fmt.Sprintf("%d lines, not %d", len(y), len(x))
}
