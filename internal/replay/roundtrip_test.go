package replay

import (
	"bytes"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/legacyclient"
)

// unplayed are what a replay does not do, and says so.
var unplayed = map[string]string{
	"restart-ssl2":        "a record of SSL 2.0 under TLS is no record",
	"half-hello":          "of half a hello nobody knows what it would be",
	"ccs-in-hello":        "the hello is never whole",
	"second-hello-inside": "a hello in the middle of a handshake begins none",
	"no-ccs":              "its Finished stands where none can",
	"after-finished":      "what stands behind Finished has no name",
	"empty-handshake":     "an empty record holds no message",
}

// Whatever a client does wrong, its replay does too: the same server takes it in the
// same way, and the same is said of it.
func TestReplayMisbehavesAsTheCapturedClient(t *testing.T) {
	address := ours(t, nil)
	for _, m := range legacyclient.Misbehaviours() {
		t.Run(m.Name, func(t *testing.T) {
			file := recordedWith(t, address, m.Options(legacyclient.Options{}), steps(handshake, echo(100), m.Run, echo(50), goodbye))
			was, p := planned(t, bytes.NewReader(file), LoadOptions{})
			r := played(t, p, address)
			if why := unplayed[m.Name]; why != "" {
				if !p.Partial || len(p.Notes) == 0 || r.Verdict.Status == AsCaptured {
					t.Fatalf("%s, and the replay does not say so: %+v %q", why, r.Verdict, p.Notes)
				}
				return
			}
			want := AsCaptured
			if !was.Diagnosis.Failed() {
				want = Served
			}
			if r.Verdict.Status != want {
				t.Errorf("%+v; %+v", r.Verdict, r.Remarks)
			}
			if a, b := was.Diagnosis.Findings[0], r.Live.Findings[0]; a.ID != b.ID || a.Level != b.Level || a.Culprit != b.Culprit {
				t.Errorf("of the client is said: %s\nof its replay: %s", a.Sentence, b.Sentence)
			}
			if a, b := secondHellos(was.Diagnosis), secondHellos(r.Live); !slices.Equal(a, b) && m.Name != "early-ccs" { // what comes behind it no server reads
				t.Errorf("the client's second hellos: %v, its replay's: %v", a, b)
			}
		})
	}
}

func secondHellos(d *diagnose.Diagnosis) []string {
	var kinds []string
	for _, h := range d.Facts.SecondHellos {
		kinds = append(kinds, h.Kind)
	}
	return kinds
}
