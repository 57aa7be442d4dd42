//go:build !linux

package handover

import (
	"errors"
	"os"
)

// hidden is a pipe with the content, which can be read once.
func hidden(_ string, content []byte) (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	if len(content) > maxSecret { // a pipe has room for so much, and nobody reads yet
		return nil, errors.Join(errTooLong, r.Close(), w.Close())
	}
	if _, err := w.Write(content); err != nil {
		return nil, errors.Join(err, r.Close(), w.Close())
	}
	return r, w.Close()
}
