package replay

import (
	"time"

	"github.com/parley-tls/parley/internal/diagnose"
	"github.com/parley-tls/parley/internal/trace"
	"github.com/parley-tls/parley/internal/wire"
)

// shape says how a record of the client's is made.
func (p *planner) shape(m moment) Shape {
	s := Shape{Content: p.content(m), After: p.gap(m.first().At)}
	if p.version == 0 || m.Header != p.version {
		s.Header = m.Header
	}
	if r, _, ok := detail[trace.RecordDetail](m); ok && r.Matched != r.Negotiated {
		s.MAC = r.Matched
	}
	if p.open != nil && p.lastEnd == m.first().Frame {
		p.open.More = true
		s.After = 0
	}
	at, last := 0, m.first().At
	for i, piece := range m.Pieces {
		if i > 0 {
			gap := p.bounded(piece.At - last)
			s.Cuts = append(s.Cuts, Cut{At: at, After: gap})
			last = piece.At
		}
		at += piece.Length
	}
	p.lastEnd = m.last().Frame
	return s
}

// gap is how long the client waited before it acted, since anything last happened.
func (p *planner) gap(at time.Duration) time.Duration { return p.bounded(at - p.last) }

func (p *planner) bounded(d time.Duration) time.Duration {
	switch {
	case d > maxGap:
		p.note("a pause of %v is cut to %v", d.Round(time.Second), maxGap)
		d = maxGap
	case d < 0:
		d = 0
	}
	p.plan.Time += d
	return d
}

// content is how long what a record holds is; -1: nobody knows. Of a sealed one in
// CBC it may be a little less; on the wire it then is as long.
func (p *planner) content(m moment) int {
	if !m.Sealed {
		return m.Content
	}
	least, most, ok := diagnose.ContentLength(m.Length, p.suite, p.version)
	switch {
	case !ok:
		return -1
	case least == 0 && p.version <= wire.VersionTLS10 && m.From == trace.Client && p.splits(m):
		return 0 // the empty record that OpenSSL sends first, against attacks on CBC
	}
	if m.From == trace.Server {
		most = max(least, 0) // no more is waited for than there may be
	}
	return min(most, wire.MaxPlaintext)
}

// splits reports whether a record of data is the first part of a split one.
func (p *planner) splits(m moment) bool {
	for i := range p.c.Records {
		r := &p.c.Records[i]
		if r == m.Record {
			next := i + 1
			return next < len(p.c.Records) && p.c.Records[next].From == m.From && p.c.Records[next].Type == r.Type &&
				len(p.c.Records[next].Pieces) > 0 && p.c.Records[next].first().Frame == r.last().Frame
		}
	}
	return false
}
