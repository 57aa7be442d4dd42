package inspect_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/inspect"
	"github.com/parley-tls/parley/internal/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

const captures = "../../testdata/captures"

// read reads a capture of the real client, with or without the server's key.
func read(t *testing.T, name string, withKey bool) *report.Report {
	t.Helper()
	in, closer, err := inspect.Open(filepath.Join(captures, name+".pcap"), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	in.Name = name + ".pcap"
	var keys []string
	if withKey {
		keys = []string{filepath.Join(captures, "server.key")}
	}
	ring, err := inspect.LoadKeys(keys, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := inspect.Read(context.Background(), in, inspect.Options{Tool: "Parley", Keys: ring})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A verdict is what has to be found in a capture of the real client.
type verdict struct {
	capture    string
	withKey    bool
	id         string
	level      diagnose.Level
	culprit    diagnose.Culprit
	confidence diagnose.Confidence
	frame      int
}

var verdicts = []verdict{
	{"founding-tls12", false, "reneg-reset-hello", diagnose.Failure, diagnose.CulpritClient, diagnose.Likely, 12},
	{"founding-tls12", true, "reneg-reset-hello", diagnose.Failure, diagnose.CulpritClient, diagnose.Sure, 12},
	{"founding-tls10", false, "reneg-reset-hello", diagnose.Failure, diagnose.CulpritClient, diagnose.Possible, 12},
	{"founding-tls10", true, "reneg-reset-hello", diagnose.Failure, diagnose.CulpritClient, diagnose.Sure, 12},
	{"restart-newssl-tls12", false, "reneg-restart-hello", diagnose.Failure, diagnose.CulpritClient, diagnose.Sure, 12},
	{"restart-newssl-tls12", true, "reneg-restart-hello", diagnose.Failure, diagnose.CulpritClient, diagnose.Sure, 12},
	{"proper-tls12", false, "reneg-secure-hello", diagnose.Note, diagnose.CulpritNone, diagnose.Likely, 12},
	{"proper-tls12", true, "reneg-secure-hello", diagnose.Note, diagnose.CulpritNone, diagnose.Sure, 12},
	{"hello-request-tls12", false, "reneg-secure-hello", diagnose.Note, diagnose.CulpritNone, diagnose.Likely, 14},
	{"hello-request-tls12", true, "reneg-secure-hello", diagnose.Note, diagnose.CulpritNone, diagnose.Sure, 14},
}

func (v verdict) name() string {
	if v.withKey {
		return v.capture + "-key"
	}
	return v.capture
}

func TestTheRealClientIsUnderstood(t *testing.T) {
	for _, v := range verdicts {
		t.Run(v.name(), func(t *testing.T) {
			r := read(t, v.capture, v.withKey)
			if len(r.Connections) != 1 {
				t.Fatalf("%d connections", len(r.Connections))
			}
			if failed := v.level == diagnose.Failure; (r.Total.Failed == 1) != failed {
				t.Errorf("%d connections failed", r.Total.Failed)
			}
			got := r.Connections[0].Findings[0]
			frame := 0
			if len(got.Frames) > 0 {
				frame = got.Frames[0]
			}
			if got.ID != v.id || got.Level != v.level || got.Culprit != v.culprit || got.Confidence != v.confidence || frame != v.frame {
				t.Errorf("%s, %s, culprit %s, %s, frame %d; want %+v", got.ID, got.Level, got.Culprit, got.Confidence, frame, v)
			}
		})
	}
}

// What is printed is read by people, so a change of it is looked at:
// go test ./internal/inspect -update.
func TestWhatIsPrintedOfTheRealClient(t *testing.T) {
	for _, v := range verdicts {
		r := read(t, v.capture, v.withKey)
		for ending, write := range map[string]func(*bytes.Buffer) error{
			".txt": func(b *bytes.Buffer) error {
				return report.Terminal(b, r, report.TerminalOptions{Style: report.Style{Width: 100}})
			},
			".json": func(b *bytes.Buffer) error { return report.JSON(b, r) },
			".md":   func(b *bytes.Buffer) error { return report.Markdown(b, r) },
		} {
			t.Run(v.name()+ending, func(t *testing.T) {
				var b bytes.Buffer
				if err := write(&b); err != nil {
					t.Fatal(err)
				}
				golden(t, v.name()+ending, b.String())
			})
		}
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got == string(want) {
		return
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i, line := range gotLines {
		if i >= len(wantLines) || line != wantLines[i] {
			t.Fatalf("line %d of %s is now %.300q", i+1, file, line)
		}
	}
	t.Fatalf("%s has more lines", file)
}
