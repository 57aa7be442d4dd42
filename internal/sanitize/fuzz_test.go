package sanitize_test

import (
	"bytes"
	"errors"
	"flag"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

func options(keys *dissect.Keyring, d *disguise.Disguise, grows bool) sanitize.Options {
	o := sanitize.Options{Keys: keys, Random: seeded(8), Spool: &memory{}, Disguise: d}
	if grows {
		o.Growths = &memory{}
	}
	return o
}

// One disguise serves many files here, and a damaged file may be refused by a false alarm,
// which is safe. So a refusal fails only whoever looks for leaks with it.
var refusals = flag.Bool("refusals", false, "FuzzSanitize fails at what the proof finds, too")

// Whatever a file holds, it is made anew or refused, and what is made can be read.
func FuzzSanitize(f *testing.F) {
	for _, name := range all(f) {
		f.Add(read(f, name))
	}
	keys := ring(f, true)
	var d *disguise.Disguise
	runs := 0
	f.Fuzz(func(t *testing.T, file []byte) {
		const many = 256 // it takes time to invent keys, and to look for much
		if runs%many == 0 {
			var err error
			if d, err = disguise.New(seeded(9), disguise.Options{KeepHTTPShape: true, Ports: true}); err != nil {
				t.Fatal(err)
			}
		}
		runs++
		var out bytes.Buffer
		_, err := sanitize.Sanitize(t.Context(), bytes.NewReader(file), &out, options(keys, d, len(file)%2 == 0))
		if none, damage := (*capture.FormatError)(nil), (*capture.DamageError)(nil); errors.As(err, &none) || errors.As(err, &damage) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		proof, err := sanitize.Prove(t.Context(), bytes.NewReader(out.Bytes()), int64(out.Len()), d)
		if err != nil {
			t.Fatal(err)
		}
		for _, leak := range proof.Leaks {
			t.Log(leak)
		}
		if *refusals && proof.Found > 0 {
			t.Fail()
		}
	})
}
