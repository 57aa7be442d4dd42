package usage

import (
	"errors"
	"os"
)

// Keep has the book go on from a file, and be written to it by Save. One that is
// damaged is put aside under the name that it gives.
func (b *Book) Keep(file string) (aside string, err error) {
	_, err = Read(file)
	if errors.Is(err, ErrDamaged) {
		aside = file + ".damaged"
		err = os.Rename(file, aside)
	}
	if err != nil {
		return "", err
	}
	b.file = file
	return aside, b.save() // now it is known whether it can be written
}

// Save writes what is new since it was last written. It is added to what the file
// has by then: while a program is replaced by another, both count. Nobody who
// notes a use waits for the disk.
func (b *Book) Save() error {
	switch {
	case b.file == "":
		return nil
	case b.hasNews():
		return b.save()
	}
	return b.look()
}

func (b *Book) hasNews() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.news) > 0
}

// look reads what another program has written meanwhile.
func (b *Book) look() error {
	all, err := Read(b.file)
	if err != nil || all == nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.news) == 0 {
		b.all = all
	}
	return nil
}

func (b *Book) save() error {
	b.saving.Lock()
	defer b.saving.Unlock()
	b.mu.Lock()
	news := b.news
	b.news = entries{}
	b.mu.Unlock()
	merged, err := addToFile(b.file, news)
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil { // it is written another time
		news.add(b.news)
		b.news = news
		return err
	}
	merged.add(b.news)
	b.all = merged
	return nil
}

// addToFile adds what is new to a file, and gives all that it has then.
func addToFile(file string, news entries) (entries, error) {
	unlock, err := lock(file)
	if err != nil {
		return nil, err
	}
	defer unlock()
	all, err := Read(file)
	if err != nil {
		return nil, err
	}
	merged := entries{}
	merged.add(all)
	merged.add(news)
	merged.bound()
	text, err := merged.text()
	if err != nil {
		return nil, err
	}
	return merged, write(file, text)
}
