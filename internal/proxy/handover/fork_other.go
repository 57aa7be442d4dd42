//go:build !unix

package handover

import "errors"

var errNoUnix = errors.New("on this system no process can hand its sockets to another; restart it")

func (l Launch) fork() (*Successor, error) { return nil, errNoUnix }
