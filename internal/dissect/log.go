package dissect

import (
	"slices"
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// pause is how long data may be silent and still be told as one event.
const pause = time.Second

// A log holds the events of a conversation: the first and the last ones, where
// there are too many. What it was given last stays open while it is data, since
// more of the same may come.
type log struct {
	first   []entry
	last    []entry // a ring, once it is full
	oldest  int     // in it
	half    int
	omitted int
	open    *entry
}

// An entry is an event and the frame in which it was known, by which events are
// sorted: a record is known with its last byte.
type entry struct {
	trace.Event
	known int
}

func (l *log) bound(n int) { l.half = max(1, n/2) }

func (l *log) add(e trace.Event) {
	l.flush()
	l.keep(entry{e, max(e.Place.Frame, e.Place.Last)})
}

// data tells data, or adds it to what was told last.
func (l *log) data(e trace.Event, d trace.DataDetail) {
	if l.open != nil && joins(l.open, e, d) {
		old := l.open.Detail.(trace.DataDetail)
		old.FromClient += d.FromClient
		old.ToClient += d.ToClient
		old.Records += d.Records
		old.Short += d.Short
		old.Until = e.At
		l.open.Detail = old
		l.open.Place.Last = e.Place.Last
		l.open.Place.Length = int(e.Place.Offset-l.open.Place.Offset) + e.Place.Length
		return
	}
	l.flush()
	d.Until = e.At
	e.Detail = d
	l.open = &entry{e, max(e.Place.Frame, e.Place.Last)}
}

func joins(open *entry, e trace.Event, d trace.DataDetail) bool {
	old := open.Detail.(trace.DataDetail)
	return open.Name == e.Name && open.From == e.From && open.Epoch == e.Epoch &&
		old.Sealed == d.Sealed && e.At-old.Until < pause
}

func (l *log) flush() {
	if l.open != nil {
		e := *l.open
		l.open = nil
		l.keep(e)
	}
}

func (l *log) keep(e entry) {
	switch {
	case len(l.first) < l.half:
		l.first = append(l.first, e)
	case len(l.last) < l.half:
		l.last = append(l.last, e)
	default:
		l.last[l.oldest] = e
		l.oldest = (l.oldest + 1) % l.half
		l.omitted++
	}
}

// take gives a conversation all events, and says how many are left out.
func (l *log) take(to *trace.Conversation) {
	l.flush()
	all := slices.Concat(l.first, l.last[l.oldest:], l.last[:l.oldest])
	slices.SortStableFunc(all, func(a, b entry) int { return a.known - b.known })
	to.Events = make([]trace.Event, len(all))
	for i, e := range all {
		to.Events[i] = e.Event
	}
	if to.Omitted = l.omitted; l.omitted > 0 {
		to.OmittedAt = len(l.first)
	}
}

// turn makes the client's the server's, and the other way round.
func (l *log) turn() {
	l.flush()
	for _, part := range [][]entry{l.first, l.last} {
		for i := range part {
			turn(&part[i].Event)
		}
	}
}

func turn(e *trace.Event) {
	switch e.From {
	case trace.Client:
		e.From = trace.Server
	case trace.Server:
		e.From = trace.Client
	}
	if d, ok := e.Detail.(trace.DataDetail); ok {
		d.FromClient, d.ToClient = d.ToClient, d.FromClient
		e.Detail = d
	}
}
