//go:build !unix

package handover

import (
	"errors"
	"net"
)

func sendWith(*net.UnixConn, string, uintptr) error { return errors.ErrUnsupported }
