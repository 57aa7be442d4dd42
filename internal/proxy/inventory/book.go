package inventory

import (
	"container/list"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"
)

// Bounds of a Book.
const (
	DefaultKeep = 10_000
	// waiting bounds the sightings that are not written down yet. Beyond, they are
	// counted and forgotten: no connection waits for the inventory.
	waiting = 4096
	// shareOfSource is the part of a book that one source may fill, so that nobody
	// can drive the clients of others out by inventing himself.
	shareOfSource = 4
)

// A Book holds the clients that came last.
type Book struct {
	keep    int
	log     *slog.Logger
	coming  chan arrival
	dropped atomic.Uint64
	least   least
	stop    chan struct{}
	stopped chan struct{}

	mu      sync.Mutex // guards what follows
	clients map[Who]*entry
	served  *list.List // of *entry, those that were served some time; who came last is last
	others  *list.List // likewise, those that never were: they leave first
	sources map[netip.Prefix]int
	left    uint64 // clients that had to leave
	shelf   *shelf
}

// An entry is a client in a book.
type entry struct {
	Client
	place *list.Element
	in    *list.List
}

// Options say how a book is kept.
type Options struct {
	Keep int    // clients; zero: DefaultKeep
	File string // empty: in memory alone
	Log  *slog.Logger
}

// Open begins a book, with what its file holds. Close must follow. A file that is
// none of ours, or is damaged, is an error, and stays as it is. One that another
// process does not let go is waited for while the book is kept in memory.
func Open(o Options) (*Book, error) {
	b := &Book{
		keep: o.Keep, log: o.Log, coming: make(chan arrival, waiting), stop: make(chan struct{}), stopped: make(chan struct{}),
		clients: map[Who]*entry{}, served: list.New(), others: list.New(), sources: map[netip.Prefix]int{}, shelf: newShelf(o.File),
	}
	if b.keep <= 0 {
		b.keep = DefaultKeep
	}
	if err := b.begin(); err != nil {
		return nil, err
	}
	go b.work()
	return b, nil
}

// Add has a sighting written down. It does not wait.
func (b *Book) Add(s Sighting) {
	if b == nil {
		return
	}
	select {
	case b.coming <- arrival{sighting: s}:
	default:
		b.dropped.Add(1)
	}
}

// work writes sightings down, and now and then what changed into the file.
func (b *Book) work() {
	defer close(b.stopped)
	tick := time.NewTicker(writeEvery)
	defer tick.Stop()
	for {
		select {
		case a := <-b.coming:
			b.take(a)
		case <-tick.C:
			if err := b.keepUp(); err != nil {
				b.tell(err)
			}
		case <-b.stop:
			b.drain()
			return
		}
	}
}

// drain writes down what came before the end.
func (b *Book) drain() {
	for {
		select {
		case a := <-b.coming:
			b.take(a)
		default:
			return
		}
	}
}

// An arrival is a sighting, or somebody who waits until those before him are
// written down.
type arrival struct {
	sighting Sighting
	waits    chan<- struct{} // nil: it is a sighting
}

func (b *Book) take(a arrival) {
	if a.waits != nil {
		close(a.waits)
		return
	}
	b.note(a.sighting)
}

// Settle waits until what was added so far is written down, or for as long as
// somebody who asks can.
func (b *Book) Settle(patience time.Duration) {
	if b == nil {
		return
	}
	done := make(chan struct{})
	limit := time.NewTimer(patience)
	defer limit.Stop()
	select {
	case b.coming <- arrival{waits: done}:
	case <-limit.C:
		return
	}
	select {
	case <-done:
	case <-b.stopped:
	case <-limit.C:
	}
}

func (b *Book) note(s Sighting) {
	s.complete()
	one := seen(&s)
	b.mu.Lock()
	known := b.clients[s.Who]
	learn := s.Hello != nil && (known == nil || known.Needs.MinVersion == "" && known.Needs.Never == "")
	b.mu.Unlock()
	if learn {
		one.Needs = one.Needs.with(b.least.of(s.Hello, s.Certificates))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.put(one)
	b.shelf.add(one)
}

// put adds what is known of a client. b.mu is held.
func (b *Book) put(c Client) {
	e := b.clients[c.Who]
	if e == nil {
		b.makeRoom(c.Source)
		e = &entry{Client: c}
		b.clients[c.Who] = e
		b.sources[c.Source]++
	} else {
		e.in.Remove(e.place)
		e.Client = e.with(c)
	}
	e.in = b.others
	if e.Agreed.Version != "" {
		e.in = b.served
	}
	e.place = e.in.PushBack(e)
}

// makeRoom has clients leave until another one of a source has room.
func (b *Book) makeRoom(source netip.Prefix) {
	if b.sources[source] >= max(1, b.keep/shareOfSource) {
		b.leave(b.oldest(func(e *entry) bool { return e.Source == source }))
	}
	for len(b.clients) >= b.keep {
		b.leave(b.oldest(func(*entry) bool { return true }))
	}
}

// oldest is the one that came the longest ago, of those that were never served if
// there are any.
func (b *Book) oldest(fits func(*entry) bool) *entry {
	for _, l := range []*list.List{b.others, b.served} {
		for at := l.Front(); at != nil; at = at.Next() {
			if e := at.Value.(*entry); fits(e) {
				return e
			}
		}
	}
	return nil
}

func (b *Book) leave(e *entry) {
	e.in.Remove(e.place)
	delete(b.clients, e.Who)
	if b.sources[e.Source]--; b.sources[e.Source] == 0 {
		delete(b.sources, e.Source)
	}
	b.left++
	b.shelf.remove(e.Who, b.keep)
}

// Clients gives all of them, in no order.
func (b *Book) Clients() []Client {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	out := make([]Client, 0, len(b.clients))
	for _, e := range b.clients {
		out = append(out, e.Client)
	}
	return out
}

// Totals are what is counted of a book.
type Totals struct {
	Clients int    // now in it
	Left    uint64 // that had to leave for others
	Dropped uint64 // sightings that nobody had the time to write down
}

// Totals counts.
func (b *Book) Totals() Totals {
	if b == nil {
		return Totals{}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return Totals{len(b.clients), b.left, b.dropped.Load()}
}
