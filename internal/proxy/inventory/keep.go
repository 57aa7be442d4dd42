package inventory

import (
	"errors"
	"maps"
	"os"
	"slices"
	"time"

	"go.etcd.io/bbolt"
)

// begin reads the file, if there is one.
func (b *Book) begin() error {
	if b.shelf.name == "" {
		return nil
	}
	err := b.fetch()
	if errors.Is(err, errInUse) {
		b.tell(err)
		return nil
	}
	return err
}

// fetch has what is in the file in the book, and puts a new file in its place:
// what is wrong in the old one where no client stands would come out when it is
// written to, and then all would be lost.
func (b *Book) fetch() error {
	s := b.shelf
	all, err := Read(s.name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := s.renew(all); err != nil {
		return err
	}
	slices.SortFunc(all, func(x, y Client) int { return x.Last.Compare(y.Last) })
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range all {
		b.put(c)
	}
	s.read = true
	return nil
}

// keepUp writes what is new.
func (b *Book) keepUp() error {
	if s := b.shelf; s.name != "" && !s.read {
		if err := b.fetch(); err != nil {
			return err
		}
	}
	c := b.changes()
	if c == nil {
		return nil
	}
	err := b.shelf.with(false, openPatience, func(db *bbolt.DB) error { return b.shelf.write(db, c) })
	if err != nil {
		b.giveBack(c)
		return err
	}
	b.shelf.told = time.Time{}
	b.mu.Lock()
	defer b.mu.Unlock()
	for who, client := range c.merged { // others may have written of it, too
		if e := b.clients[who]; e != nil {
			if news, ok := b.shelf.news[who]; ok {
				client = client.with(news)
			}
			e.Client = client
		}
	}
	return nil
}

// changes gives what is to be written; nil: nothing.
func (b *Book) changes() *change {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shelf
	if s.name == "" || len(s.news)+len(s.gone) == 0 && !s.all {
		return nil
	}
	c := &change{news: s.news, gone: s.gone}
	if s.all {
		c.keep = map[string]bool{}
		for who := range b.clients {
			c.keep[string(who.key())] = true
		}
	}
	s.news, s.gone, s.all = map[Who]Client{}, map[Who]bool{}, false
	return c
}

// giveBack keeps what could not be written for the next time.
func (b *Book) giveBack(c *change) {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.shelf
	for who, client := range c.news {
		if b.clients[who] != nil {
			s.add(client)
		}
	}
	if c.keep != nil || len(s.gone)+len(c.gone) > b.keep {
		s.gone, s.all = map[Who]bool{}, true
	}
	if !s.all {
		maps.Copy(s.gone, c.gone)
	}
}

// tellEvery bounds how often it is said that the file cannot be written.
const tellEvery = time.Hour

func (b *Book) tell(err error) {
	if time.Since(b.shelf.told) < tellEvery {
		return
	}
	b.shelf.told = time.Now()
	b.log.Warn("the inventory could not be written: it is kept in memory, and tried again", "file", b.shelf.name, "error", err)
}

// Close ends the book, and writes what is new.
func (b *Book) Close() error {
	if b == nil {
		return nil
	}
	close(b.stop)
	<-b.stopped
	return b.keepUp()
}

// Read gives the clients of a file, whether or not a server has it in use.
func Read(file string) (all []Client, err error) {
	s := newShelf(file)
	if info, err := os.Stat(file); err == nil && info.Size() == 0 {
		return nil, s.private()
	}
	err = s.with(true, openPatience, func(db *bbolt.DB) (err error) {
		all, err = s.clients(db)
		return err
	})
	return all, err
}
