package replay

import (
	"errors"
	"fmt"
	"io"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/trace"
)

// LoadOptions say which connection is taken from a capture, and how it is opened.
type LoadOptions struct {
	Keys       *dissect.Keyring // nil: none
	Connection int              // its number; 0: the first that failed, else the first of TLS
	Data       bool             // keep what the client sent, to send it again
}

// ErrNothing says that a capture has nothing that could be replayed.
var ErrNothing = errors.New("there is nothing to replay")

// Load reads a capture to its end and gives the connection to replay. Of the others
// nothing is kept.
func Load(name string, from io.Reader, o LoadOptions) (*Captured, error) {
	if o.Keys == nil {
		o.Keys = dissect.NewKeyring()
	}
	l := &loading{options: o}
	r, err := capture.NewReader(from, capture.Options{Secrets: func(b capture.SecretsBlock) {
		_ = o.Keys.AddSecrets(b) // what is of no use opens nothing, and the plan says so
	}})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	streams := capture.NewAssembler(l.open, capture.Limits{})
	frames := 0
	var broken error
	for broken == nil {
		var p capture.Packet
		if p, broken = r.Next(); broken == nil {
			frames++
			streams.Add(p)
		}
	}
	streams.Finish()
	if l.best == nil {
		return nil, l.nothing(name, broken)
	}
	l.best.Of = l.number
	l.best.Source.Name, l.best.Source.Format, l.best.Source.Sanitized, l.best.Source.Frames = name, r.Format(), r.Sanitized(), frames
	if broken != io.EOF {
		l.best.Source.Broken = broken.Error()
	}
	return l.best, nil
}

// A loading is a capture being read.
type loading struct {
	options LoadOptions
	number  int // of connections so far
	best    *Captured
}

func (l *loading) open(c capture.Connection) capture.Sink {
	l.number++
	r := newRecorder(c, l.options.Data)
	r.Dissector = dissect.New(c, dissect.Options{
		Keys: l.options.Keys, MaxEvents: maxEvents, Record: r.record, Done: func(c *trace.Conversation) { l.done(r, c) },
	})
	return r
}

// maxEvents is enough for a connection of many questions and answers.
const maxEvents = 16 << 10

// done keeps a connection that ended, if it is the one to replay by now.
func (l *loading) done(r *recorder, c *trace.Conversation) {
	if l.options.Connection > 0 {
		if c.Number == l.options.Connection {
			l.best = r.captured(c)
			l.best.Chosen = true
		}
		return
	}
	if c.Protocol != trace.ProtocolTLS || l.best != nil && !better(c, l.best) {
		return
	}
	l.best = r.captured(c)
}

// better says whether a connection is rather the one than the one so far: the first
// that failed is.
func better(c *trace.Conversation, best *Captured) bool {
	failed := diagnose.Diagnose(c).Failed()
	if failed != best.Diagnosis.Failed() {
		return failed
	}
	return c.Number < best.Diagnosis.Conversation.Number
}

func (l *loading) nothing(name string, broken error) error {
	switch {
	case broken != io.EOF:
		return fmt.Errorf("%s: %w", name, broken)
	case l.options.Connection > 0:
		return fmt.Errorf("%s: %w: it has no connection %d, but %d", name, ErrNothing, l.options.Connection, l.number)
	case l.number == 0:
		return fmt.Errorf("%s: %w: it has no TCP connection", name, ErrNothing)
	}
	return fmt.Errorf("%s: %w: none of its %d connections is of TLS", name, ErrNothing, l.number)
}
