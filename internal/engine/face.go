// Package engine is the server's side of one TLS connection without a network:
// bytes in; bytes, data, events and questions out.
package engine

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/parley-tls/parley/internal/handshake"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// Options are what a connection is made with.
type Options struct {
	Rand    io.Reader         // the only chance the engine has; an error from it is fatal
	Buffer  func() []byte     // gives an empty buffer for output; nil: make
	Observe func(trace.Event) // called in order, with Epoch, Handshake and At set; nil: nobody looks
	// HandshakeTimeout bounds a stream's first handshake, RenegotiateTimeout any later.
	HandshakeTimeout, RenegotiateTimeout time.Duration
	Source                               Ration // the client's address's ration; nil: none
}

// A Ration lets hellos of one source pass. Take spends cost points, or spends
// none and says how long to wait. Safe for concurrent use.
type Ration interface {
	Take(cost int) (wait time.Duration)
}

// A Phase says what may flow.
type Phase uint8

// The phases.
const (
	PhaseOpening Phase = iota
	PhaseOpen
	PhaseAsked
	PhaseRenegotiating
	PhaseSplitting
	PhaseClosed     // nothing more is read or sent
	PhaseHandedOver // the first hello went to another engine
)

var phaseNames = [...]string{"opening", "open", "asked", "renegotiating", "splitting", "closed", "handed over"}

// String names the phase.
func (p Phase) String() string { return phaseNames[p] }

// A State is what is true of one epoch. It is immutable.
type State struct {
	Epoch     int
	Stream    int
	Handshake int
	Kind      renego.Kind // of the hello that led here; zero: a first one
	// Outcome is the handshake's that made the epoch; ServerName, ALPN are the stream's.
	*handshake.Outcome
	// TLSUnique is RFC 5929's channel binding; nil where it would not be unique.
	TLSUnique []byte
}

// A Question stops the engine until Reply answers it. It is one of
// handshake's, or an AnswerQuestion.
type Question any

// A Reply answers a Question.
type Reply any

// An AnswerQuestion asks what to answer to a second hello. It is asked for
// every kind but forged; Default is the policy's answer.
type AnswerQuestion struct {
	Verdict              renego.Verdict
	Asked                bool
	Default              renego.Answer
	Count                int
	After                time.Duration
	FromClient, ToClient int64
	State                *State
	Hello                *wire.ClientHello
}

// An AnswerReply is the answer. For AnswerIsolate the caller says whether it can
// take a new stream now: all output is written, and somebody will have it.
type AnswerReply struct {
	Answer   renego.Answer
	CanSplit bool
	WhyNot   string
}

// ErrSplit says that the stream ended here and a new one begins (Stream has
// grown). It is told once, and the connection lives on.
var ErrSplit = errors.New("engine: the stream is split")

// A PeerAlert is a fatal alert from the client.
type PeerAlert struct {
	Alert   wire.Alert
	Finding string
}

// Error says which alert it was.
func (e *PeerAlert) Error() string { return fmt.Sprintf("the client sent the alert %s", e.Alert) }
