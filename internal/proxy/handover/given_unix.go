//go:build unix

package handover

import (
	"os"

	"golang.org/x/sys/unix"
)

// take makes a file of a descriptor that no process started from here gets.
func take(fd int, name string) (*os.File, error) {
	if _, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil {
		return nil, err
	}
	unix.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), name), nil
}

// listens says why a descriptor is no listening stream socket.
func listens(f *os.File) error {
	raw, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var inner error
	err = raw.Control(func(fd uintptr) { inner = listensFD(int(fd)) })
	if err != nil {
		return err
	}
	return inner
}

func listensFD(fd int) error {
	kind, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil || kind != unix.SOCK_STREAM {
		return errNoStream
	}
	accepts, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err == nil && accepts == 0 { // some systems do not say
		return errNoListens
	}
	return nil
}
