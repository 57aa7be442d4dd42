package flight

import (
	"github.com/parley-tls/parley/internal/trace/form"
)

// A Listing is what an operator is told who asks for flights, or for the
// connections that are open.
type Listing struct {
	Flights []Summary `json:"flights"`
	More    int       `json:"more"` // are not in it, since they are too many
}

// Kept lists the flights that are in memory, the newest first.
func (k *Keeper) Kept() Listing { return Listing{Flights: k.memory.summaries()} }

// Flight is the one with an id, as a file has it; false: it is not in memory.
func (k *Keeper) Flight(id string) (form.Flight, bool) {
	l := k.memory.get(id)
	if l == nil {
		return form.Flight{}, false
	}
	return l.flying.form(k.tool, l.Summary), true
}

// Open is the flight so far of a connection that is open; false: none has this
// number.
func (k *Keeper) Open(conn uint64) (form.Flight, bool) {
	v, ok := k.live.Load(conn)
	if !ok {
		return form.Flight{}, false
	}
	f := v.(*flying)
	return f.form(k.tool, f.open()), true
}
