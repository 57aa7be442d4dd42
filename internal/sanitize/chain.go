package sanitize

import (
	"bytes"

	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/wire"
)

// chain gives the certificates of a message, as far as they are whole: a leaf comes before
// its issuer, by whose key it is to be signed.
func chain(m dissect.TapMessage) [][]byte {
	var all [][]byte
	modern := m.Version == wire.VersionTLS13
	skip := func(e *editor) { e.keepAll() }
	e := &editor{old: m.Message, new: make([]byte, len(m.Message))}
	e.keep(wire.MessageHeaderLen)
	if modern {
		e.vector(1, skip)
	}
	e.vector(3, func(e *editor) {
		e.list(func(e *editor) {
			e.vector(3, func(e *editor) { all = append(all, bytes.Clone(e.keep(e.left()))) })
			if modern {
				e.vector(2, skip)
			}
		})
	})
	return all
}
