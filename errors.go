package parley

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/parley-tls/parley/internal/engine"
	"github.com/parley-tls/parley/internal/wire"
)

// What a program may choose by, with errors.Is.
var (
	// ErrRefused: the client did not take up a HelloRequest. The Conn lives on.
	ErrRefused = errors.New("parley: the client refused to renegotiate")
	// ErrRestarted ends the reading of a stream whose client began again, where
	// the answer to that was isolate. It is an io.ErrUnexpectedEOF. The Error
	// around it says by its Finding whether the new hello was authenticated by the
	// old stream's keys (reneg-bare-hello) or came in clear, perhaps from somebody
	// else on the path (reneg-restart-hello).
	ErrRestarted error = restarted{}
	// ErrIsolated ends the writing of such a stream.
	ErrIsolated = errors.New("parley: the client began again; this half of the connection is over")
	// ErrUnreadData: Renegotiate would ask for a certificate while bytes from
	// before are unread. Read them first.
	ErrUnreadData = errors.New("parley: unread data from before the renegotiation")
)

// restarted makes ErrRestarted an io.ErrUnexpectedEOF too.
type restarted struct{}

func (restarted) Error() string { return "parley: the client began again" }
func (restarted) Unwrap() error { return io.ErrUnexpectedEOF }

// An Error says why a connection ended, by the finding id that every log line
// and report uses.
type Error struct {
	Finding string // "reneg-forged-hello"; empty where no finding fits
	Alert   uint8  // the alert's number; zero: none
	Sent    bool   // by us, not by the client
	Reason  string

	cause error
}

// Error says all of it in one line.
func (e *Error) Error() string {
	text := "parley: " + e.Reason
	switch {
	case e.Alert != 0 && e.Sent:
		text = fmt.Sprintf("%s; alert sent: %s", text, wire.Alert(e.Alert))
	case e.Alert != 0:
		text = fmt.Sprintf("%s; alert received: %s", text, wire.Alert(e.Alert))
	}
	if e.Finding != "" {
		text += " [" + e.Finding + "]"
	}
	return text
}

// Unwrap gives what lies below: io.ErrUnexpectedEOF, ErrRestarted, a network
// error; or nil.
func (e *Error) Unwrap() error { return e.cause }

// explain makes an Error of whatever ended a connection. Clean ends and
// deadlines stay what they are.
func explain(err error) error {
	var fault *wire.Fault
	var alert *engine.PeerAlert
	var ended *engine.EndError
	var known *Error
	switch {
	case err == nil, err == io.EOF, errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return os.ErrDeadlineExceeded
	case errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return net.ErrClosed
	case errors.As(err, &alert):
		return &Error{Finding: alert.Finding, Alert: uint8(alert.Alert), Reason: "the client ended the connection"}
	case errors.As(err, &fault):
		return &Error{Finding: fault.Finding, Alert: uint8(fault.Alert), Sent: true, Reason: fault.Reason}
	case errors.As(err, &ended):
		return &Error{Finding: ended.Finding, Reason: ended.Reason, cause: io.ErrUnexpectedEOF}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &Error{Finding: findingTruncated, Reason: "the client's TCP stream ended without close_notify", cause: io.ErrUnexpectedEOF}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &Error{Finding: findingReset, Reason: "the client's TCP connection was reset", cause: err}
	default:
		return &Error{Reason: wire.Printable(err.Error()), cause: err}
	}
}

// The findings that the root makes by itself.
const (
	findingTruncated = "truncated"
	findingReset     = "tcp-reset"
	findingTimeout   = "handshake-timeout"
	findingAbandoned = "handshake-abandoned"
	findingCrowded   = "handshake-crowded"
)
