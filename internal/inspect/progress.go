package inspect

import (
	"fmt"
	"io"
	"time"
)

// A ProgressLine shows on one line of a terminal how far a long reading is.
type ProgressLine struct {
	w     io.Writer
	since time.Time
	last  time.Time
	shown bool
}

// How long a reading lasts before it is called long, and how often the line changes.
const (
	patience = time.Second
	rhythm   = 200 * time.Millisecond
)

// NewProgressLine begins to measure.
func NewProgressLine(w io.Writer) *ProgressLine {
	return &ProgressLine{w: w, since: time.Now()}
}

// Show shows p, unless the reading has just begun or the line has just changed.
func (l *ProgressLine) Show(p Progress) {
	now := time.Now()
	if now.Sub(l.since) < patience || now.Sub(l.last) < rhythm {
		return
	}
	l.last, l.shown = now, true
	// A terminal that cannot be written to shows nothing, which harms nobody.
	_, _ = fmt.Fprintf(l.w, "\r\x1b[Kreading: %s", p)
}

// Clear takes the line away.
func (l *ProgressLine) Clear() {
	if l.shown {
		_, _ = fmt.Fprint(l.w, "\r\x1b[K")
	}
}

// String is what the line says.
func (p Progress) String() string {
	text := fmt.Sprintf("%d MiB", p.Bytes>>20)
	if p.Of > 0 {
		text = fmt.Sprintf("%d%% of %d MiB", p.Bytes*100/p.Of, p.Of>>20)
	}
	return fmt.Sprintf("%s, %d packets, %d connections", text, p.Frames, p.Connections)
}
