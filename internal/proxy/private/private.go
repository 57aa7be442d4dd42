// Package private reads files with secrets.
package private

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

// openToOthers are the rights that a file with a secret must not give. A group may
// read it, as root's files for a service have it.
const openToOthers = 0o027

// Read reads a file that only its owner, and perhaps a group, may read. What says
// what others could do else. It reads one byte more than most, so that a file that
// is too long can be told.
func Read(name string, most int64, what string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err // it names the file
	}
	text, err := read(f, most, what)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return text, nil
}

func read(f *os.File, most int64, what string) ([]byte, error) {
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return nil, errors.New("this is a directory")
	case info.Mode().Perm()&openToOthers != 0 && runtime.GOOS != "windows":
		return nil, fmt.Errorf("others may read or change this file (its mode is %o), and with it %s; chmod 600 it, or 640", info.Mode().Perm(), what)
	}
	return io.ReadAll(io.LimitReader(f, most+1))
}
