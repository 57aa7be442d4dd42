// Package inspect is what parley diagnose does: a capture is read, each of its
// connections is diagnosed, and a report is made of them.
package inspect

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"

	"github.com/parley-tls/parley/internal/capture"
	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/dissect"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/trace"
)

// Options say how a capture is read and what is kept of it.
type Options struct {
	Tool   string           // that makes the report: "Parley v1.2.3"
	Keys   *dissect.Keyring // nil: none
	Filter Filter           // the connections that the report speaks of
	// Each is called with each of them as it ends, while the capture may still grow;
	// nil: nobody waits. Those connections are then not kept.
	Each func(*diagnose.Diagnosis)
	// Progress is called now and then; nil: nobody looks.
	Progress func(Progress)
}

// A Progress tells how far a reading is.
type Progress struct {
	Bytes, Of   int64 // of the file; Of is 0 where nobody knows
	Frames      int
	Connections int
}

// A PartialError says that a capture could be read only in part, or not at all.
// The report speaks of what could be read.
type PartialError struct {
	Name string
	Err  error
}

func (e *PartialError) Error() string { return e.Name + ": " + e.Err.Error() }

func (e *PartialError) Unwrap() error { return e.Err }

// ErrSeveral says that several files were named which are no flights.
var ErrSeveral = errors.New("several files are read at once only if they are flights of parley serve; captures are read one at a time")

// Read reads a capture, or flights that a server kept, to the end. The error is a *PartialError, beside a report
// of what could be read, or ctx's, also beside a report.
func Read(ctx context.Context, in Input, o Options) (*report.Report, error) {
	if o.Keys == nil {
		o.Keys = dissect.NewKeyring()
	}
	r := &reading{options: o, in: newMeter(in), kept: newKept(o.Each)}
	r.report.Tool = o.Tool
	r.report.Source = report.Source{Name: filepath.Base(in.Name)} // reports travel; folders are nobody's business
	err := r.connections(ctx)
	r.finish(err)
	return &r.report, err
}

// A reading is one capture being read.
type reading struct {
	options Options
	in      *meter
	kept    *kept
	report  report.Report
	reader  *capture.Reader
	secrets error                  // why a secrets block of the file is of no use
	ahead   []capture.SecretsBlock // follow's reader has them, and they are not yet used
}

// connections reads whichever it is.
func (r *reading) connections(ctx context.Context) error {
	begin, err := r.in.begin()
	switch {
	case err != nil:
		return r.partial(err)
	case begin == '{':
		return r.flights(ctx)
	case r.in.several:
		return r.partial(ErrSeveral)
	}
	return r.packets(ctx)
}

func (r *reading) packets(ctx context.Context) error {
	var err error
	take := r.addSecrets
	if r.options.Each != nil {
		take = func(b capture.SecretsBlock) {
			b.Data = bytes.Clone(b.Data)
			r.ahead = append(r.ahead, b)
		}
	}
	r.reader, err = capture.NewReader(r.in, capture.Options{Secrets: take})
	if err != nil {
		return r.partial(err)
	}
	streams := capture.NewAssembler(r.open, capture.Limits{})
	defer streams.Finish()
	if r.options.Each != nil {
		return r.follow(ctx, streams)
	}
	for {
		p, err := r.reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return r.partial(err)
		}
		r.saw(p)
		streams.Add(p)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

func (r *reading) partial(err error) error {
	return &PartialError{Name: r.in.name, Err: err}
}

func (r *reading) addSecrets(b capture.SecretsBlock) {
	if err := r.options.Keys.AddSecrets(b); err != nil && r.secrets == nil {
		r.secrets = err
	}
}

// saw counts a packet.
func (r *reading) saw(p capture.Packet) {
	s := &r.report.Source
	if s.Frames == 0 {
		s.First = p.Time
	}
	s.Frames, s.Last = p.Frame, p.Time
	if r.options.Progress != nil && p.Frame%4096 == 0 {
		r.options.Progress(Progress{Bytes: r.in.read, Of: r.in.size, Frames: p.Frame, Connections: r.kept.total.Connections})
	}
}

// open begins a connection.
func (r *reading) open(c capture.Connection) capture.Sink {
	return dissect.New(c, dissect.Options{Keys: r.options.Keys, Done: r.done})
}

// done takes a connection that ended.
func (r *reading) done(c *trace.Conversation) {
	if d := diagnose.Diagnose(c); r.options.Filter.Has(d) {
		r.kept.add(d)
	}
}

func (r *reading) finish(err error) {
	s := &r.report.Source
	if r.reader != nil {
		s.Format, s.Sanitized = r.reader.Format(), r.reader.Sanitized()
	}
	if err != nil {
		s.Broken = err.Error()
		if partial := (*PartialError)(nil); errors.As(err, &partial) {
			s.Broken = partial.Err.Error()
		}
	}
	if r.options.Each == nil { // else the file may still grow, and be being read
		s.SHA256, s.Bytes = r.in.sum()
	}
	r.kept.into(&r.report)
	r.report.Missing = append(r.report.Missing, r.missing()...)
}
