//go:build !race

// The race detector has sync.Pool forget at random, so that under it nothing can
// be said of allocations.

package record

import (
	"testing"

	"github.com/parley-tls/parley/internal/wire"
)

func TestNothingIsAllocatedWhereThereIsRoom(t *testing.T) {
	for _, p := range append(protections(), protection{}) {
		o, s := PlainOpener(), PlainSealer(wire.VersionTLS12)
		if p.suite != nil {
			o, s = p.opener(t), p.sealer(t)
		}
		payload := make([]byte, 20000)
		dst := make([]byte, 0, s.SealedLen(len(payload)))
		var err error
		if n := testing.AllocsPerRun(20, func() {
			b := s.Seal(dst, wire.TypeApplicationData, payload)
			for len(b) > 0 && err == nil {
				_, rec, _, _ := Next(b)
				_, err = o.Open(rec)
				b = b[len(rec):]
			}
		}); n != 0 || err != nil {
			t.Errorf("%v: %v allocations, %v", p.suite, n, err)
		}
	}
}
