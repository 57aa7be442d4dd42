package dissect_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
)

var update = flag.Bool("update", false, "write the golden files anew")

const captures = "../../testdata/captures/"

// dissected reads a whole capture.
func dissected(t testing.TB, file []byte, ring *dissect.Keyring) []*trace.Conversation {
	t.Helper()
	var all []*trace.Conversation
	secrets := func(b capture.SecretsBlock) {
		if err := ring.AddSecrets(b); err != nil {
			t.Fatal(err)
		}
	}
	capturetest.Read(t, bytes.NewReader(file), capture.Options{Secrets: secrets}, func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: ring, Done: func(c *trace.Conversation) { all = append(all, c) }})
	})
	return all
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// serverKey is a ring with the key of the captures' server.
func serverKey(t testing.TB) *dissect.Keyring {
	t.Helper()
	ring := dissect.NewKeyring()
	if err := ring.AddKey("server.key", read(t, captures+"server.key")); err != nil {
		t.Fatal(err)
	}
	return ring
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := string(read(t, file)); got != want {
		t.Errorf("%s: the conversation is told otherwise than %s has it:\n%s", name, file, got)
	}
}

func TestTheCapturesOfTheLegacyClient(t *testing.T) {
	files, err := filepath.Glob(captures + "*.pcap")
	if err != nil || len(files) == 0 {
		t.Fatal("no captures", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".pcap")
		for how, ring := range map[string]*dissect.Keyring{"with-key": serverKey(t), "without-key": dissect.NewKeyring()} {
			t.Run(name+"/"+how, func(t *testing.T) {
				var told strings.Builder
				for _, c := range dissected(t, read(t, file), ring) {
					told.WriteString(words(c))
				}
				golden(t, name+"."+how, told.String())
			})
		}
	}
}
