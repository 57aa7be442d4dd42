// Package bogo lets BoringSSL's TLS test runner, which drives any TLS stack
// through a small program, the shim, test Parley as a server.
package bogo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// The exit statuses that the runner knows.
const (
	exitWell          = 0
	exitFailed        = 1
	exitUnimplemented = 89 // counted apart from failures
)

// timeLimit ends the shim, whatever its peer does.
const timeLimit = 10 * time.Second

var errTimeLimit = fmt.Errorf("the %s that a shim has are over", timeLimit)

// unimplemented says what the shim was asked for and cannot do.
type unimplemented struct{ what string }

func (u unimplemented) Error() string { return u.what + " is not implemented" }

// Main is the shim: it does what the flags say and gives the exit status. When all
// went well nothing is written to stderr, for the runner takes that as a failure.
func Main(args []string, stdout, stderr io.Writer) int {
	f, err := parseFlags(args)
	switch {
	case err != nil:
		return report(err, stdout, stderr)
	case f.isHandshakerSupported:
		_, _ = fmt.Fprintln(stdout, "No")
		return exitWell
	}
	ctx, cancel := context.WithTimeoutCause(context.Background(), timeLimit, errTimeLimit)
	defer cancel()
	return report(run(ctx, f), stdout, stderr)
}

// report writes why err ended the shim. BoringSSL's names for it go to stdout too,
// where runners of 2014 look for them.
func report(err error, stdout, stderr io.Writer) int {
	if err == nil {
		return exitWell
	}
	_, _ = fmt.Fprintln(stderr, err)
	if errors.As(err, new(unimplemented)) {
		return exitUnimplemented
	}
	if names := namesOf(err.Error()); names != "" {
		_, _ = fmt.Fprintln(stdout, names)
		_, _ = fmt.Fprintln(stderr, names)
	}
	return exitFailed
}
