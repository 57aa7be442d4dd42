//go:build unix

package tickets

import (
	"os"
	"syscall"
)

// own gives a file the rights, the owner and the group of another one.
func own(f *os.File, like os.FileInfo) error {
	mine, err := f.Stat()
	if err != nil {
		return err
	}
	was, is := like.Sys().(*syscall.Stat_t), mine.Sys().(*syscall.Stat_t)
	if was.Uid != is.Uid || was.Gid != is.Gid {
		if err := f.Chown(int(was.Uid), int(was.Gid)); err != nil {
			return err
		}
	}
	return f.Chmod(like.Mode().Perm())
}
