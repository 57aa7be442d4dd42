//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package usage

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// Whoever may read the directory can lock it: that keeps no server from its start.
func TestALockedDirectoryIsInNobodysWay(t *testing.T) {
	dir := t.TempDir()
	anybody, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer anybody.Close()
	if err := syscall.Flock(int(anybody.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "uses.json")
	saved(t, kept(t, monday, file))
	if info, err := os.Stat(file + ".lock"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may lock it: %v, %v", info, err)
	}
}
