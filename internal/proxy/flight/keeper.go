package flight

import (
	"cmp"
	"slices"
	"sync"
	"time"
)

// A Counter is told what becomes of flights.
type Counter interface {
	FlightKept()
	FlightsForgotten(from string, n int)
}

// Where flights are forgotten: there is room for so many, or no time to write them.
const (
	FromMemory    = "memory"
	FromDirectory = "directory"
	FromQueue     = "queue"
	FromRation    = "ration" // it was one of many that ended alike
)

// Forgotten are all of them.
var Forgotten = [...]string{FromMemory, FromDirectory, FromQueue, FromRation}

// A Keeper keeps the flights of a process. A nil Keeper keeps none.
type Keeper struct {
	tool   string
	live   sync.Map // of connection numbers: *flying
	ration ration
	memory *store
	disk   *Directory // nil: none
}

// NewKeeper keeps flights in memory, and in a directory if there is one.
func NewKeeper(tool string, d *Directory) *Keeper {
	return &Keeper{tool: tool, memory: newStore(inMemory), disk: d}
}

// Close waits until what is kept is written.
func (k *Keeper) Close() {
	if k != nil && k.disk != nil {
		k.disk.close()
	}
}

// land keeps the flight of a connection that ended.
func (k *Keeper) land(f *flying, ended string) {
	if !k.ration.take(time.Now(), ended, sourceOf(f.client)) {
		f.source.Counter.FlightsForgotten(FromRation, 1)
		return
	}
	kept := conclude(f)
	f.source.Counter.FlightKept()
	if n := k.memory.add(kept); n > 0 {
		f.source.Counter.FlightsForgotten(FromMemory, n)
	}
	if k.disk != nil {
		k.disk.write(kept, k.tool, f.source.Counter)
	}
}

// Landed tells of the flight of a connection that has ended, if there is one.
func (k *Keeper) Landed(conn uint64) (Summary, bool) {
	if k == nil {
		return Summary{}, false
	}
	return k.memory.summaryOf(conn)
}

// maxLive bounds a list of connections.
const maxLive = 10000

// Live lists the connections that are open, the newest first.
func (k *Keeper) Live() Listing {
	var open []*flying
	k.live.Range(func(_, v any) bool {
		open = append(open, v.(*flying))
		return true
	})
	slices.SortFunc(open, func(a, b *flying) int { return cmp.Compare(b.number, a.number) })
	told := open[:min(len(open), maxLive)]
	list := Listing{Flights: make([]Summary, 0, len(told)), More: len(open) - len(told)}
	for _, f := range told {
		list.Flights = append(list.Flights, f.open())
	}
	return list
}
