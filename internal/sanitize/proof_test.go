package sanitize_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

func TestNothingThatWasReplacedIsLeft(t *testing.T) {
	for _, name := range all(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			d, err := disguise.New(seeded(5), disguise.Options{})
			if err != nil {
				t.Fatal(err)
			}
			made := sanitized(t, read(t, name), sanitize.Options{Keys: ring(t, true), Disguise: d})
			proof, err := sanitize.Prove(t.Context(), bytes.NewReader(made), int64(len(made)), d)
			if err != nil {
				t.Fatal(err)
			}
			for _, leak := range proof.Leaks {
				t.Error(leak)
			}
			t.Log(proof.Judged)
			for _, u := range proof.Unjudged {
				t.Log(u)
			}
		})
	}
}
