package inspect

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Save writes a file whole or not at all, and never over the capture that it was
// made of.
func Save(name, capture string, write func(io.Writer) error) error {
	if same(name, capture) {
		return fmt.Errorf("%s is the capture itself; the page needs another name", name)
	}
	f, err := os.CreateTemp(filepath.Dir(name), ".parley-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of no effect once it has its name
	buffered := bufio.NewWriter(f)
	if err := write(buffered); err != nil {
		f.Close()
		return err
	}
	if err := buffered.Flush(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

func same(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}
