package record

import (
	"io"

	"github.com/parley-tls/parley/internal/wire"
)

// plain is the null protection that a connection begins with.
type plain struct{}

func (plain) open(_ uint64, _ wire.ContentType, fragment []byte) ([]byte, bool) {
	return fragment, true
}

func (plain) seal(_ io.Reader, _ uint64, _ wire.ContentType, dst, payload []byte) ([]byte, error) {
	return append(dst, payload...), nil
}

func (plain) sealedLen(n int) int { return n }

func (plain) overhead() int { return 0 }
