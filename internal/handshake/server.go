package handshake

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/parley-tls/parley/internal/keys"
	"github.com/parley-tls/parley/internal/renego"
	"github.com/parley-tls/parley/internal/suite"
	"github.com/parley-tls/parley/internal/wire"
)

// A Context is what a handshake begins with.
type Context struct {
	Terms renego.Terms
	Rand  io.Reader
	// Settings and Certificate are the stream's; nil: they are asked for.
	Settings    *Settings
	Certificate *CertificateReply
	// InUse is the outcome that the epoch in use came of; nil for terms under
	// which a stream begins or splits.
	InUse *Outcome
	// ResumesInUse: the hello offers the session in use, by renego.Classify.
	ResumesInUse bool
}

// An Item is the next thing the server sends: a message or a ChangeCipherSpec.
type Item struct {
	Message          wire.Message
	ChangeCipherSpec bool // Message is nil; what follows is under the new keys
}

// A Server is the server's side of one handshake. Of Hello, Message,
// ChangeCipherSpec and Reply, whichever comes next is called; then Flight is
// sent, and Question, if there is one, answered.
type Server struct {
	context    Context
	settings   *Settings
	state      state
	version    wire.Version // negotiated; zero: not yet
	transcript *keys.Transcript
	flight     []Item
	shown      *CertificateReply // the certificate that this handshake sent
	ticket     bool              // one is due at its end
	outcome    *Outcome
}

// A state is what the server waits for. It holds what is known by then.
type state interface {
	String() string
	// accepts lists the messages that may come; empty where it waits for
	// something else.
	accepts() []wire.MessageType
	take(*Server, wire.Message) (state, error)
}

// An asking state waits for an answer from outside.
type asking interface {
	state
	question() Question
	reply(*Server, Reply) (state, error)
}

// NewServer begins a handshake; it waits for a ClientHello.
func NewServer(c Context) *Server {
	return &Server{context: c, settings: c.Settings, state: expectClientHello{}, transcript: keys.NewTranscript()}
}

// Message gives the server the client's next message.
func (s *Server) Message(m wire.Message) error {
	if !slices.Contains(s.state.accepts(), m.Type()) {
		return unexpected(s.state, m.Type().String())
	}
	next, err := s.state.take(s, m)
	return s.enter(next, err)
}

// Hello gives it the ClientHello that it begins with, which must not change.
func (s *Server) Hello(hello *wire.ClientHello) error {
	if _, ok := s.state.(expectClientHello); !ok {
		return unexpected(s.state, wire.MessageClientHello.String())
	}
	next, err := s.hello(hello)
	return s.enter(next, err)
}

// ChangeCipherSpec tells it that the client's next record is under the new keys,
// which Keys then gives.
func (s *Server) ChangeCipherSpec() error {
	awaited, ok := s.state.(expectChangeCipherSpec)
	if !ok {
		return unexpected(s.state, wire.TypeChangeCipherSpec.String())
	}
	s.state = awaited.next
	return nil
}

// Question is what must be answered before the handshake goes on; nil: nothing.
func (s *Server) Question() Question {
	if a, ok := s.state.(asking); ok {
		return a.question()
	}
	return nil
}

// Reply answers the Question.
func (s *Server) Reply(r Reply) error {
	a, ok := s.state.(asking)
	if !ok {
		return errors.New("handshake: an answer that nobody asked for")
	}
	next, err := a.reply(s, r)
	return s.enter(next, err)
}

func (s *Server) enter(next state, err error) error {
	if err != nil {
		return asFault(err)
	}
	s.state = next
	return nil
}

// Flight takes what is to be sent now, in order.
func (s *Server) Flight() []Item {
	out := s.flight
	s.flight = nil
	return out
}

// Keys gives the keys that a ChangeCipherSpec, either side's, brings into use.
func (s *Server) Keys() (wire.Version, *suite.Suite, keys.Block) {
	o := s.outcome
	return o.Version, o.Suite, keys.KeyBlock(o.Version, o.Suite, o.Master, &o.ClientRandom, &o.ServerRandom)
}

// Version is the version negotiated; zero: none yet.
func (s *Server) Version() wire.Version { return s.version }

// Done gives the outcome once both Finished are done; before, nil.
func (s *Server) Done() *Outcome {
	if _, ok := s.state.(done); ok {
		return s.outcome
	}
	return nil
}

// AwaitsHello reports whether a ClientHello may come.
func (s *Server) AwaitsHello() bool {
	_, ok := s.state.(expectClientHello)
	return ok
}

// AwaitsFinished reports whether the client's ChangeCipherSpec has come, so that
// nothing but its Finished may.
func (s *Server) AwaitsFinished() bool {
	_, ok := s.state.(expectFinished)
	return ok
}

// Abbreviated reports whether the handshake resumes a session, once that is known.
func (s *Server) Abbreviated() bool { return s.outcome != nil && s.outcome.Resumed }

// String says what the server waits for.
func (s *Server) String() string { return s.state.String() }

// send queues a message and takes it into the transcript.
func (s *Server) send(m wire.Message) {
	s.transcript.Write(m)
	s.flight = append(s.flight, Item{Message: m})
}

func (s *Server) sendChangeCipherSpec() {
	s.flight = append(s.flight, Item{ChangeCipherSpec: true})
}

// random fills b with the connection's chance.
func (s *Server) random(b []byte) error {
	if _, err := io.ReadFull(s.context.Rand, b); err != nil {
		return fmt.Errorf("no random bytes: %w", err)
	}
	return nil
}

// noMessages is what a state has that waits for something else.
type noMessages struct{}

func (noMessages) accepts() []wire.MessageType { return nil }
func (noMessages) take(*Server, wire.Message) (state, error) {
	return nil, errors.New("handshake: no message is awaited")
}

// done is reached when both Finished are done.
type done struct{ noMessages }

func (done) String() string { return "nothing more" }

func unexpected(awaited state, got string) *wire.Fault {
	return &wire.Fault{
		Alert:  wire.AlertUnexpectedMessage,
		Reason: fmt.Sprintf("the handshake awaits %s and got %s", awaited, got),
	}
}

// asFault makes an alert of whatever stopped the handshake.
func asFault(err error) *wire.Fault {
	var fault *wire.Fault
	if errors.As(err, &fault) {
		return fault
	}
	var parse *wire.ParseError
	if errors.As(err, &parse) {
		return &wire.Fault{Alert: wire.AlertDecodeError, Reason: parse.Error()}
	}
	return &wire.Fault{Alert: wire.AlertInternalError, Reason: err.Error()}
}

func fault(alert wire.Alert, finding, format string, args ...any) *wire.Fault {
	return &wire.Fault{Alert: alert, Finding: finding, Reason: fmt.Sprintf(format, args...)}
}
