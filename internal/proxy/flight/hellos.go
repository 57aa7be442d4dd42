package flight

import (
	"bytes"

	"github.com/parley-tls/parley/internal/trace/veil"
	"github.com/parley-tls/parley/internal/wire"
)

// hellos are the bytes of a connection's hellos, each once: the first, and of the
// others the last ones. They are numbered from 1 as they come.
type hellos struct {
	kept []keptHello
	last int // number
}

type keptHello struct {
	number int
	ssl2   bool
	raw    []byte
}

// add keeps a hello within a bound of bytes, and gives its number; 0: there is none.
func (h *hellos) add(hello *wire.ClientHello, most int) int {
	if hello == nil {
		return 0
	}
	if n := len(h.kept); n > 0 && h.kept[n-1].number == h.last && bytes.Equal(h.kept[n-1].raw, hello.Raw) {
		return h.last
	}
	h.last++
	if len(hello.Raw) > most-h.lasting() {
		return h.last // there is no room for it, and never will be
	}
	h.kept = append(h.kept, keptHello{h.last, hello.SSL2Format, bytes.Clone(hello.Raw)})
	for h.size() > most {
		h.kept = append(h.kept[:1], h.kept[2:]...)
	}
	return h.last
}

// lasting is what the first takes, which stays.
func (h *hellos) lasting() int {
	if len(h.kept) == 0 {
		return 0
	}
	return len(h.kept[0].raw)
}

func (h *hellos) size() (n int) {
	for _, k := range h.kept {
		n += len(k.raw)
	}
	return n
}

// parsed is the hello of a number, without what no report may hold; nil: it was
// not kept.
func (h *hellos) parsed(number int) *wire.ClientHello {
	for _, k := range h.kept {
		if k.number != number {
			continue
		}
		parse := func(b []byte) (*wire.ClientHello, error) { return wire.ParseClientHello(b) }
		if k.ssl2 {
			parse = wire.ParseSSL2ClientHello
		}
		hello, err := parse(k.raw)
		if err != nil {
			return nil // it was read once; without it the story can still be told
		}
		return veil.ClientHello(hello)
	}
	return nil
}
