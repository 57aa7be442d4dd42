//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package usage

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"
)

// How often it is tried to lock, so that nobody waits for ever. A lock is held
// for one write.
const (
	lockTries = 100
	lockPause = 20 * time.Millisecond
)

// lock keeps other programs from writing the file meanwhile. The lock is on a file
// beside it, since it is replaced itself; one that its owner alone may open, as
// whoever opens a file can lock it, and a directory is open to many.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file+".lock", os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, err
	}
	for range lockTries {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = f.Close() }, nil // which unlocks it
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			break
		}
		time.Sleep(lockPause)
	}
	return nil, errors.Join(fmt.Errorf("%s: lock: %w", f.Name(), err), f.Close())
}
