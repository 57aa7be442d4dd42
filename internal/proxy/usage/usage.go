// Package usage counts what permissions are used for, and keeps that in a file, so
// that one that nobody needs any more can be found and taken out.
package usage

import (
	"net/netip"
	"sync"
	"time"
)

// A Book holds the uses of permissions, by their names. It is safe for concurrent
// use.
type Book struct {
	now    func() time.Time
	file   string     // empty: none
	saving sync.Mutex // held while the file is written

	mu   sync.Mutex // guards what follows
	all  entries    // with what is in the file
	news entries    // since it was written
}

// entries are of names.
type entries map[string]*Entry

// New gives an empty book without a file.
func New() *Book { return &Book{now: time.Now, all: entries{}, news: entries{}} }

// Know begins to count for those that are not counted yet, so that one that is
// never used is known to be.
func (b *Book) Know(names ...string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, name := range names {
		if b.all[name] == nil {
			e := newEntry(b.now())
			b.all[name] = e
			b.news[name] = e.clone()
		}
	}
}

// A Use is what a stream used of a permission.
type Use struct {
	Permission string
	New        bool         // the stream had used nothing of it before
	Grants     []string     // of what is granted, that which it had not used before
	Source     netip.Prefix // zero: it has none
}

// Note counts a use. One with nothing new in it says that the stream, which needs
// the permission, is still there.
func (b *Book) Note(u Use) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	for _, e := range []entries{b.all, b.news} {
		e.of(u.Permission, now).note(u, now)
	}
}

// Of gives a copy of what is known of a permission; nil: nothing is.
func (b *Book) Of(name string) *Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.all[name]; e != nil {
		return e.clone()
	}
	return nil
}

// add puts what others have counted to it.
func (e entries) add(others entries) {
	for name, other := range others {
		e.of(name, other.Since).add(other)
	}
}

// of is the entry of a name.
func (e entries) of(name string, now time.Time) *Entry {
	one := e[name]
	if one == nil {
		one = newEntry(now)
		e[name] = one
	}
	return one
}
