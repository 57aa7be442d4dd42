package sanitize_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
	"github.com/parley-tls/parley/internal/sanitize/disguise"
)

func TestWhatIsFoundStays(t *testing.T) {
	for _, name := range all(t) {
		for _, withKey := range []bool{true, false} {
			t.Run(filepath.Base(name)+map[bool]string{true: "-key"}[withKey], func(t *testing.T) {
				file := read(t, name)
				made := sanitized(t, file, sanitize.Options{Keys: ring(t, withKey)})
				was := shape(told(t, file, ring(t, withKey), true))
				is := shape(told(t, made, dissect.NewKeyring(), true))
				if was != is {
					t.Error(difference(was, is))
				}
			})
		}
	}
}

func TestTheSameRandomnessMakesTheSame(t *testing.T) {
	file := read(t, captures+"founding-tls12.pcap")
	make := func(seed byte) []byte {
		random := seeded(seed)
		d, err := disguise.New(random, disguise.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return sanitized(t, file, sanitize.Options{Keys: ring(t, true), Random: random, Disguise: d})
	}
	a, b, c := make(1), make(1), make(2)
	if !bytes.Equal(a, b) {
		t.Error("twice the same made two files")
	}
	if bytes.Equal(a, c) {
		t.Error("other randomness made the same file")
	}
}
