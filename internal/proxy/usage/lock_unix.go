//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package usage

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// How often it is tried to lock, so that nobody waits for ever. A lock is held
// for one write.
const (
	lockTries = 100
	lockPause = 20 * time.Millisecond
)

// lock keeps other programs from writing the file meanwhile. The lock is on its
// directory, since the file is replaced.
func lock(file string) (unlock func(), err error) {
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	for range lockTries {
		err = syscall.Flock(int(dir.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { _ = dir.Close() }, nil // which unlocks it
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			break
		}
		time.Sleep(lockPause)
	}
	return nil, errors.Join(fmt.Errorf("%s: lock: %w", dir.Name(), err), dir.Close())
}
