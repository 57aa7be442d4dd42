package inspect

import (
	"context"
	"errors"
	"io"

	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/trace/form"
)

// flights reads what a server kept of connections that ended badly.
func (r *reading) flights(ctx context.Context) error {
	s := &r.report.Source
	s.Format, s.Live, s.Sanitized = "flight", true, true
	from := form.NewFlightReader(r.in)
	numbers, highest := map[int]bool{}, 0
	for {
		f, c, err := from.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			s.Sanitized = false // nobody knows what the rest holds
			return r.partial(err)
		}
		if numbers[c.Number] { // several processes may have kept them
			c.Number = highest + 1
		}
		numbers[c.Number], highest = true, max(highest, c.Number)
		s.Sanitized = s.Sanitized && f.Anonymous
		r.sawFlight(c)
		r.done(c)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
}

// sawFlight has the report say over which time its flights are.
func (r *reading) sawFlight(c *trace.Conversation) {
	s := &r.report.Source
	if s.First.IsZero() || c.Start.Before(s.First) {
		s.First = c.Start
	}
	if end := c.Start.Add(c.Duration); end.After(s.Last) {
		s.Last = end
	}
}
