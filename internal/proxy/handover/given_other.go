//go:build !unix

package handover

import (
	"errors"
	"os"
)

// take has nothing to take: descriptors are passed on so on Unix alone.
func take(int, string) (*os.File, error) { return nil, errors.ErrUnsupported }

func listens(*os.File) error { return errors.ErrUnsupported }
