package visit

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/wire"
)

// An Outcome is how a server took what a client did.
type Outcome string

// The outcomes.
const (
	Served   Outcome = "served"   // it went along, and the data after it came through
	Refused  Outcome = "refused"  // the warning no_renegotiation; the connection went on
	Aborted  Outcome = "aborted"  // a fatal alert
	Closed   Outcome = "closed"   // it ended the connection and said nothing, or goodbye
	Silent   Outcome = "silent"   // it neither answered nor ended the connection
	GaveUp   Outcome = "gave up"  // the client did, as the real one would
	Unspoken Outcome = "unspoken" // it chose what the profile offers and this client cannot do
)

// A Verdict is an outcome, and where it came.
type Verdict struct {
	Outcome Outcome
	Alert   wire.Alert // of Aborted
	Stage   string     // what the client was about: "first handshake", "reset, the first of 3"
	Why     string     // in words; empty where Outcome says it all
}

// judge makes a verdict of a step's error.
func judge(stage string, err error) Verdict {
	v := Verdict{Outcome: Served, Stage: stage}
	var alert *legacyclient.AlertError
	var unspoken *legacyclient.UnspokenError
	switch {
	case err == nil:
		return v
	case errors.Is(err, legacyclient.ErrRefused):
		v.Outcome = Refused
		return v
	case errors.As(err, &alert):
		v.Outcome, v.Alert = Aborted, alert.Alert
		if alert.OldKeys {
			v.Why = "under the keys that the client had forgotten, so that a real one could not read it"
		}
		return v
	case errors.As(err, &unspoken):
		v.Outcome = Unspoken
	case errors.Is(err, io.EOF):
		v.Outcome, v.Why = Closed, "with close_notify"
		return v
	case errors.Is(err, io.ErrUnexpectedEOF):
		v.Outcome, v.Why = Closed, "its TCP stream ended, and no alert came before"
		return v
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		v.Outcome, v.Why = Closed, "it reset the TCP connection, and no alert came before"
		return v
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, net.ErrClosed):
		v.Outcome, v.Why = Silent, "nothing that was awaited came in time"
		return v
	default:
		v.Outcome = GaveUp
	}
	v.Why = wire.Printable(err.Error()) // it may quote what the server sent
	return v
}

// Was says in words what the server did.
func (v Verdict) Was() string {
	switch v.Outcome {
	case Served:
		return "served"
	case Refused:
		return "refused with the warning no_renegotiation"
	case Aborted:
		return "cut off with the alert " + v.Alert.String()
	case Closed:
		return "the server ended the connection"
	case Silent:
		return "left waiting"
	case GaveUp:
		return "the client gave up"
	default:
		return "not carried out"
	}
}
