//go:build !unix

package parley

import (
	"errors"
	"net"
	"syscall"
)

// rawRead is for Unix.
type rawRead struct{}

// rawConn gives nothing: a small buffer is held while waiting.
func rawConn(net.Conn) syscall.RawConn { return nil }

func (t *transport) readRaw() ([]byte, int, error) {
	return nil, 0, errors.ErrUnsupported
}

// glance would have to wait.
func (t *transport) glance() {}

// writeNow writes nothing without waiting.
func (t *transport) writeNow([]byte) (int, error) { return 0, nil }
