package diagnose_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
)

const captures = "../../testdata/captures/"

// diagnosed reads a capture of the real legacy client, with the server's key or
// without and as if some packets had never been captured, and diagnoses its one
// connection.
func diagnosed(t *testing.T, name string, key bool, lost ...int) *diagnose.Diagnosis {
	t.Helper()
	ring := dissect.NewKeyring()
	if key {
		if err := ring.AddKey("server.key", readFile(t, "server.key")); err != nil {
			t.Fatal(err)
		}
	}
	r, err := capture.NewReader(bytes.NewReader(readFile(t, name+".pcap")), capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all []*diagnose.Diagnosis
	assembler := capture.NewAssembler(func(c capture.Connection) capture.Sink {
		return dissect.New(c, dissect.Options{Keys: ring, Done: func(c *trace.Conversation) { all = append(all, diagnose.Diagnose(c)) }})
	}, capture.Limits{})
	for frame := 1; ; frame++ {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(lost, frame) {
			assembler.Add(p)
		}
	}
	assembler.Finish()
	if len(all) != 1 {
		t.Fatalf("%d connections", len(all))
	}
	for _, fault := range unsound(all[0]) {
		t.Error(fault)
	}
	return all[0]
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(captures + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheCapturesOfTheLegacyClient(t *testing.T) {
	for _, test := range []struct {
		name       string
		key        bool
		id         string
		level      diagnose.Level
		confidence diagnose.Confidence
		frames     []int
		also       []string
	}{
		{"founding-tls12", true, "reneg-reset-hello", diagnose.Failure, diagnose.Sure, []int{12, 13}, nil},
		{"founding-tls12", false, "reneg-reset-hello", diagnose.Failure, diagnose.Likely, []int{12, 13}, []string{"capture-no-keys"}},
		{"founding-tls10", true, "reneg-reset-hello", diagnose.Failure, diagnose.Sure, []int{12, 13}, nil},
		{"founding-tls10", false, "reneg-reset-hello", diagnose.Failure, diagnose.Possible, []int{12, 13}, []string{"capture-no-keys"}},
		{"restart-newssl-tls12", true, "reneg-restart-hello", diagnose.Failure, diagnose.Sure, []int{12, 13}, nil},
		{"restart-newssl-tls12", false, "reneg-restart-hello", diagnose.Failure, diagnose.Sure, []int{12, 13}, nil},
		{"proper-tls12", true, "reneg-secure-hello", diagnose.Note, diagnose.Sure, []int{12, 18}, []string{"healthy"}},
		{"proper-tls12", false, "reneg-secure-hello", diagnose.Note, diagnose.Likely, []int{12, 18}, []string{"healthy"}},
		{"hello-request-tls12", true, "reneg-secure-hello", diagnose.Note, diagnose.Sure, []int{14}, []string{"reneg-data-crossed", "reneg-server-asked", "healthy"}},
		{"hello-request-tls12", false, "reneg-secure-hello", diagnose.Note, diagnose.Likely, []int{14}, []string{"reneg-data-crossed", "reneg-server-asked", "healthy"}},
	} {
		t.Run(test.name+map[bool]string{true: " with key", false: " without"}[test.key], func(t *testing.T) {
			d := diagnosed(t, test.name, test.key)
			show(t, d)
			f := d.Findings[0]
			if f.ID != test.id || f.Level != test.level || f.Confidence != test.confidence || !slices.Equal(f.Frames, test.frames) {
				t.Errorf("%s, %s, %s, frames %v", f.ID, f.Level, f.Confidence, f.Frames)
			}
			var rest []string
			for _, f := range d.Findings[1:] {
				if f.Level == diagnose.Note {
					rest = append(rest, f.ID)
				}
			}
			if !slices.Equal(rest, test.also) {
				t.Errorf("beside it: %v", rest)
			}
			for _, c := range d.Charges {
				if c.Verdict != diagnose.DidNot {
					t.Errorf("the server is charged: %s: %s (%s)", c.What, c.Verdict, c.Why)
				}
			}
		})
	}
}

func show(t *testing.T, d *diagnose.Diagnosis) {
	for _, f := range d.Findings {
		t.Logf("%s (%s, %s, %s) %v\n%s", f.ID, f.Level, f.Culprit, f.Confidence, f.Frames, strings.TrimSpace(text(f)))
		for _, o := range f.Others {
			t.Logf("other %s: %s", o.Server, o.Answer)
		}
	}
	for _, c := range d.Charges {
		t.Logf("charge %s: %s (%s) %v", c.What, c.Verdict, c.Why, c.Frames)
	}
	t.Logf("%+v", d.Facts)
}

func TestALostPacketMakesNoFailureOfAHealthyConnection(t *testing.T) {
	for name, frames := range map[string]int{"proper-tls12": 26, "hello-request-tls12": 27} {
		for lost := 1; lost <= frames; lost++ {
			for _, key := range []bool{false, true} {
				d := diagnosed(t, name, key, lost)
				if d.Failed() {
					t.Errorf("%s without frame %d, key %t: %s", name, lost, key, d.Findings[0].Sentence)
				}
				if strings.Contains(ids(d), "forged") {
					t.Errorf("%s without frame %d, key %t: a proper hello is called forged", name, lost, key)
				}
			}
		}
	}
}

func TestALostPacketBlamesNobodyElse(t *testing.T) {
	for name, id := range map[string]string{"founding-tls12": "reneg-reset-hello", "founding-tls10": "reneg-reset-hello", "restart-newssl-tls12": "reneg-restart-hello"} {
		for lost := 1; lost <= 16; lost++ {
			for _, key := range []bool{false, true} {
				d := diagnosed(t, name, key, lost)
				f := d.Findings[0]
				if f.Level == diagnose.Failure && f.ID != id && f.Culprit != diagnose.CulpritUnknown {
					t.Errorf("%s without frame %d, key %t: %s, %s: %s", name, lost, key, f.ID, f.Culprit, f.Sentence)
				}
				if lost == 12 && f.ID == id {
					t.Errorf("%s: the hello is lost, and yet told", name)
				}
				if lost > 12 && f.ID != id {
					t.Errorf("%s without frame %d, key %t: %s", name, lost, key, f.ID)
				}
			}
		}
	}
}

func TestACaptureOfOneDirectionIsNotTrusted(t *testing.T) {
	fromServer := []int{2, 5, 6, 9, 11, 13, 15}
	f := diagnosed(t, "founding-tls12", false, fromServer...).Findings[0]
	if f.Confidence != diagnose.Possible || len(f.Missing) == 0 {
		t.Errorf("%s, %s: %s", f.ID, f.Confidence, f.Sentence)
	}
	for _, r := range f.RuledOut {
		if r.What == "the server asked for it" {
			t.Error("nothing was seen of the server, and yet it is known not to have asked")
		}
	}
}
