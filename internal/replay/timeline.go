package replay

import (
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/parley-tls/parley/internal/trace"
)

// A moment is a record, with the events that it made, or the end of a stream; neither:
// there the client says what is no record.
type moment struct {
	*Record
	index  int // among the records
	events []trace.Event
	end    *trace.EndDetail
	from   trace.Side
	frame  int
	at     time.Duration
}

// timeline puts records and ends in their order.
func timeline(c *Captured) []moment {
	var list []moment
	at := map[trace.Side][]int{} // where in the list a side's records are
	for i := range c.Records {
		r := &c.Records[i]
		if len(r.Pieces) == 0 {
			continue
		}
		at[r.From] = append(at[r.From], len(list))
		list = append(list, moment{Record: r, index: i, from: r.From, frame: r.last().Frame, at: r.last().At})
	}
	var ends []moment
	for _, e := range c.Diagnosis.Conversation.Events {
		if end, ok := e.Detail.(trace.EndDetail); ok {
			ends = append(ends, moment{end: &end, from: e.From, frame: e.Place.Frame, at: e.At})
			continue
		}
		if r, ok := e.Detail.(trace.RecordDetail); ok && e.From == trace.Client && strings.HasPrefix(r.Why, "no record of TLS begins here") {
			ends = append(ends, moment{from: e.From, frame: e.Place.Frame, at: e.At})
			continue
		}
		mine := at[e.From]
		i := sort.Search(len(mine), func(i int) bool { return list[mine[i]].Record.end() > e.Place.Offset })
		if i < len(mine) && list[mine[i]].Offset <= e.Place.Offset && tells(e) {
			m := &list[mine[i]]
			m.events = append(m.events, e)
		}
	}
	for _, e := range ends {
		i := slices.IndexFunc(list, func(m moment) bool { return m.frame > e.frame })
		if i < 0 {
			i = len(list)
		}
		list = slices.Insert(list, i, e)
	}
	return list
}

// tells reports whether a plan asks for an event.
func tells(e trace.Event) bool {
	switch e.Name {
	case trace.Message, trace.SecondHello, trace.HelloRequest, trace.Record:
		return true
	}
	return false
}

// detail finds the first detail of a kind among the events of a record.
func detail[D any](m moment) (D, trace.Event, bool) {
	for _, e := range m.events {
		if d, ok := e.Detail.(D); ok {
			return d, e, true
		}
	}
	var none D
	return none, trace.Event{}, false
}

func (m moment) has(name trace.EventName) bool {
	return slices.ContainsFunc(m.events, func(e trace.Event) bool { return e.Name == name })
}
