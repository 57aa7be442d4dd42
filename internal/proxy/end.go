package proxy

import (
	"errors"
	"log/slog"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// How a stream ended, where no finding says it.
const (
	endedReset    = "reset" // a side reset a connection that is passed through
	endedClean    = "clean"
	endedLifetime = "lifetime" // it was as old as it may be
	endedDrained  = "drained"  // other settings are served by, and it had its time
	endedIdle     = "idle"     // it was silent for too long
	endedStopped  = "stopped"  // the server was
	endedBackend  = "backend"  // the backend could not be reached, or failed
	endedError    = "error"
)

// An endError is an end that is not the client's doing. Its word is what a log
// line says of it.
type endError struct {
	word, text string
	cause      error // nil: the text says it all
}

var (
	errStopped  = &endError{word: endedStopped, text: "the server stopped"}
	errLifetime = &endError{word: endedLifetime, text: "the connection was as old as lifetime allows"}
	errDrained  = &endError{word: endedDrained, text: "the settings that it was accepted by are no more, and it had the time that drain allows"}
	errIdle     = &endError{word: endedIdle, text: "nothing came from either side for longer than idle-timeout allows"}
)

// backendError says that an error is the backend's, which the error itself does
// not tell. That the server stopped meanwhile is not.
func backendError(err error) error {
	if errors.Is(err, errStopped) {
		return errStopped
	}
	return &endError{word: endedBackend, text: "backend: " + err.Error(), cause: err}
}

// Error is the whole text.
func (e *endError) Error() string { return e.text }

// Unwrap is the error that this one is about.
func (e *endError) Unwrap() error { return e.cause }

// ended names the end of a stream: a finding where there is one.
func ended(cause error) string {
	var own *endError
	var why *parley.Error
	switch {
	case cause == nil:
		return endedClean
	case errors.As(cause, &own):
		return own.word
	case errors.As(cause, &why) && why.Finding != "":
		return why.Finding
	}
	return endedError
}

// Who ended a stream.
const (
	byClient  = "client"
	byBackend = "backend"
	byServer  = "server"
)

// endedBy says who ended the stream: of one that ended well who said goodbye
// first. Empty: it is not known.
func (x *session) endedBy(cause error) string {
	var own *endError
	var why *parley.Error
	switch {
	case cause == nil:
		return x.goodbye
	case errors.As(cause, &own) && own.word == endedBackend, errors.Is(cause, upstream.ErrBareEnd):
		return byBackend
	case errors.As(cause, &own):
		return byServer
	case errors.As(cause, &why) && why.Sent:
		return byServer
	case errors.As(cause, &why):
		return byClient
	}
	return ""
}

// levelOf is the level of a line: a backend that fails is the operator's own
// trouble, and none of a client's.
func levelOf(ended string) slog.Level {
	if ended == endedBackend {
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
