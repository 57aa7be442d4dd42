package replay

import (
	"fmt"
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
	if d > maxGap {
		d = maxGap
		p.noteOnce(fmt.Sprintf("longer pauses are cut to %v", maxGap))
	}
	if p.plan.Time+d > maxTime {
		d = maxTime - p.plan.Time
		p.noteOnce(fmt.Sprintf("pauses are left out after %v of them", maxTime))
	}
	d = max(0, d)
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
	if m.index+1 >= len(p.c.Records) {
		return false
	}
	next := &p.c.Records[m.index+1]
	return next.From == m.From && next.Type == m.Type && len(next.Pieces) > 0 && next.first().Frame == m.last().Frame
}
