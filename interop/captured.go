package interop

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
)

// A Captured is a capture that the rig made, and what is to be said of it. The
// manifest of testdata/captures/rig is a list of them.
type Captured struct {
	File    string `json:"file"`
	Does    string `json:"does"` // in words
	Client  string `json:"client"`
	Server  string `json:"server"`
	Version string `json:"version,omitempty"`
	Suite   string `json:"suite,omitempty"`
	Key     string `json:"key,omitempty"`     // a file with the server's RSA key, seen from the capture's folder
	Secrets bool   `json:"secrets,omitempty"` // its keys are in it
	Sealed  Said   `json:"withoutKeys"`
	Opened  *Said  `json:"withKeys,omitempty"` // nil: there are none
}

// A Said is what a diagnosis says first.
type Said struct {
	Finding    string              `json:"finding"`
	Level      diagnose.Level      `json:"level"`
	Culprit    diagnose.Culprit    `json:"culprit"`
	Confidence diagnose.Confidence `json:"confidence"`
	Kinds      []string            `json:"kinds,omitempty"` // of the second hellos
	Frame      int                 `json:"frame,omitempty"` // the decisive one
}

// String is one line for a test's complaint.
func (s Said) String() string {
	return fmt.Sprintf("%s (%s, %s, %s, frame %d, kinds %s)", s.Finding, s.Level, s.Culprit, s.Confidence, s.Frame, strings.Join(s.Kinds, " "))
}

// Says gives what a diagnosis says first.
func Says(d *diagnose.Diagnosis) Said {
	f := d.Findings[0]
	s := Said{Finding: f.ID, Level: f.Level, Culprit: f.Culprit, Confidence: f.Confidence}
	if len(f.Frames) > 0 {
		s.Frame = f.Frames[0]
	}
	for _, h := range d.Facts.SecondHellos {
		s.Kinds = append(s.Kinds, h.Kind)
	}
	return s
}

// Same reports whether two say the same.
func (s Said) Same(other Said) bool {
	return s.Finding == other.Finding && s.Level == other.Level && s.Culprit == other.Culprit &&
		s.Confidence == other.Confidence && s.Frame == other.Frame && slices.Equal(s.Kinds, other.Kinds)
}

// Read dissects a capture and gives its conversations in their order. With
// secrets, what the file itself carries opens it too.
func Read(file []byte, keys *dissect.Keyring, secrets bool) ([]*trace.Conversation, error) {
	var list []*trace.Conversation
	options := dissect.Options{Keys: keys, Done: func(c *trace.Conversation) { list = append(list, c) }}
	reader, err := capture.NewReader(bytes.NewReader(file), capture.Options{Secrets: func(b capture.SecretsBlock) {
		if secrets {
			_ = keys.AddSecrets(b) // what it cannot read stays sealed, which is seen
		}
	}})
	if err != nil {
		return nil, err
	}
	assembler := capture.NewAssembler(func(c capture.Connection) capture.Sink { return dissect.New(c, options) }, capture.Limits{})
	for {
		packet, err := reader.Next()
		if err == io.EOF {
			assembler.Finish()
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		assembler.Add(packet)
	}
}
