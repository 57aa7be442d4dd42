//go:build unix

package handover

import (
	"errors"
	"net"

	"golang.org/x/sys/unix"
)

// sendWith sends a message with a descriptor along.
func sendWith(c *net.UnixConn, text string, fd uintptr) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Write(func(to uintptr) bool {
		inner = unix.Sendmsg(int(to), []byte(text), unix.UnixRights(int(fd)), nil, 0)
		return !errors.Is(inner, unix.EAGAIN)
	})
	return errors.Join(err, inner)
}
