//go:build unix

package handover

import "golang.org/x/sys/unix"

// Waiting says whether a client waits to be accepted.
func (l *Listener) Waiting() bool {
	waits := false
	err := l.control(func(fd uintptr) error {
		poll := []unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
		n, err := unix.Poll(poll, 0)
		waits = n > 0 && poll[0].Revents&unix.POLLIN != 0
		return err
	})
	return err == nil && waits
}
