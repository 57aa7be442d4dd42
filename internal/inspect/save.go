package inspect

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Save writes a file whole or not at all, and never over one of those that it was
// made of. What is no file, such as a pipe or /dev/stdout, it is written into.
func Save(name string, sources []string, write func(io.Writer) error) error {
	for _, source := range sources {
		if same(name, source) {
			return fmt.Errorf("%s was read to make this; what is written needs another name", name)
		}
	}
	target, err := filepath.EvalSymlinks(name)
	if err != nil {
		return replace(name, write) // it is not there yet
	}
	switch info, err := os.Stat(target); {
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder; give the name of a file in it", name)
	case info.Mode().IsRegular():
		return replace(target, write)
	}
	f, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return fill(f, write)
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
