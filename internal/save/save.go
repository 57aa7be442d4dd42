// Package save writes the files that a command makes of others: whole or not at
// all, and never over one that it was made of.
package save

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// File writes a file whole or not at all, and never over one of its sources. What is
// no file, such as a pipe or /dev/stdout, it is written into.
func File(name string, sources []string, write func(io.Writer) error) error {
	target, regular, err := Target(name, sources)
	switch {
	case err != nil:
		return err
	case regular:
		return replace(target, write)
	}
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return fill(f, write)
}

// Target says where a file of this name is to be written: behind a link, its target.
// It is regular if it is a file or nothing yet; else it is a pipe or a device. A folder
// is an error, and so is one of the sources.
func Target(name string, sources []string) (target string, regular bool, err error) {
	for _, source := range sources {
		if same(name, source) {
			return "", false, fmt.Errorf("%s was read to make this; what is written needs another name", name)
		}
	}
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return name, true, awaited(name)
	case err != nil:
		return "", false, err
	case info.IsDir():
		return "", false, fmt.Errorf("%s is a folder; give the name of a file in it", name)
	}
	if target, err = filepath.EvalSymlinks(name); err != nil {
		// It is open, and where it leads has no name, as with /dev/stdout into a pipe.
		return name, false, nil
	}
	return target, info.Mode().IsRegular(), nil
}

// awaited says why a file that is not there cannot be made.
func awaited(name string) error {
	if _, err := os.Lstat(name); err == nil {
		return fmt.Errorf("%s is a link to what is not there", name)
	}
	_, err := os.Stat(filepath.Dir(name))
	return err
}

// replace gives a file its name when all of it is there.
func replace(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".parley-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of no effect once it has its name
	if err := fill(f, write); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// fill writes into a file and closes it.
func fill(f *os.File, write func(io.Writer) error) error {
	buffered := bufio.NewWriter(f)
	err := write(buffered)
	if err == nil {
		err = buffered.Flush()
	}
	return errors.Join(err, f.Close())
}

func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
