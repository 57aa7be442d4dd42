package sanitize_test

import (
	"bytes"
	"errors"
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

// Whatever a file holds, what is made of it holds nothing that was replaced, and can be read.
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
			t.Error(leak)
		}
	})
}
