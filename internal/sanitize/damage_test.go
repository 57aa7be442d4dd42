package sanitize_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/capture/capturetest"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/sanitize"
)

// frames gives the packets of a file.
func frames(t testing.TB, file []byte) (capturetest.Frames, []capture.SecretsBlock) {
	t.Helper()
	var all capturetest.Frames
	var secrets []capture.SecretsBlock
	r, err := capture.NewReader(bytes.NewReader(file), capture.Options{Secrets: func(b capture.SecretsBlock) {
		b.Data = bytes.Clone(b.Data)
		secrets = append(secrets, b)
	}})
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return all, secrets
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := all.Packet(p); err != nil {
			t.Fatal(err)
		}
	}
}

// harm does to a capture what happens on the way into a file.
func harm(f capturetest.Frames, random *rand.Rand) capturetest.Frames {
	for range 1 + random.IntN(3) {
		n := 1 + random.IntN(len(f))
		switch random.IntN(8) {
		case 0, 1:
			if len(f) > 4 {
				f = f.Drop(n)
			}
		case 2:
			f = f.Cut(54 + random.IntN(200))
		case 3:
			f = f.From(n/2 + 1)
		case 4:
			f = f.Repeat(n, min(len(f), n+random.IntN(5)))
		case 5:
			f = f.Swap(n, 1+random.IntN(len(f)))
		case 6:
			f = change(f, n, 1+random.IntN(8))
		case 7:
			m := min(len(f), n+random.IntN(4))
			f = change(f.Repeat(n, m), m+1, 1+random.IntN(3))
		}
	}
	return f
}

// change makes the last bytes of a frame other ones, if it carries that many.
func change(f capturetest.Frames, n, last int) capturetest.Frames {
	const heads = 14 + 60 + 60
	out := slices.Clone(f)
	p := &out[n-1]
	if len(p.Data) < heads+last {
		return f
	}
	p.Data = slices.Clone(p.Data)
	for i := range last {
		p.Data[len(p.Data)-1-i] ^= 0xff
	}
	return out
}

func TestWhatIsFoundInDamagedCapturesStays(t *testing.T) {
	const rounds = 12
	for _, name := range all(t) {
		t.Run(filepath.Base(name), func(t *testing.T) {
			whole, secrets := frames(t, read(t, name))
			for round := range rounds {
				file := harm(whole, rand.New(rand.NewPCG(uint64(round), 7))).Pcapng(t, capture.WriterOptions{Link: whole[0].Link}, secrets...)
				withKey := round%3 > 0
				made := sanitized(t, file, sanitize.Options{Keys: ring(t, withKey)})
				was := shape(told(t, file, ring(t, withKey), true))
				is := shape(told(t, made, dissect.NewKeyring(), true))
				if was != is {
					t.Errorf("round %d, key %v: %s", round, withKey, difference(was, is))
				}
			}
		})
	}
}
