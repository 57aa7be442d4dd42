//go:build !unix

package handover

import "errors"

// fork cannot hand sockets on: that needs Unix.
func (l Launch) fork() (*Successor, error) { return nil, errors.ErrUnsupported }
