package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// How a file is used. It is opened for the moment of a reading or a writing only:
// so a server that replaces another, and whoever looks, need not wait for its end.
const (
	openPatience = 2 * time.Second
	writeEvery   = 5 * time.Second
)

// bucket is where a file has the clients, in form 1: their JSON by their keys.
var bucket = []byte("parley clients 1")

// A shelf is the file of a book, and what is to be written there. What others
// wrote meanwhile, such as the server that this one replaces, is kept: the news
// alone are added.
type shelf struct {
	name string
	// news are what came since the last writing, gone those that left; both are the
	// Book's to guard. all: whoever is in the file and not in the book is gone, too.
	news map[Who]Client
	gone map[Who]bool
	all  bool
	read bool // what was in it at the beginning is in the book; work's alone, as what follows

	broken error // it was found to be damaged: it is not touched any more

	told time.Time // when it was said last that the file cannot be written
}

func newShelf(name string) *shelf {
	return &shelf{name: name, news: map[Who]Client{}, gone: map[Who]bool{}}
}

// An errDamaged says that a file is not what it should be.
type errDamaged struct{ name, why string }

// Error says what to do.
func (e *errDamaged) Error() string {
	return fmt.Sprintf("%s: this is no inventory of Parley's, or it is damaged (%s); it is left as it is: move it away, and a new one is made", e.name, e.why)
}

// errInUse says that another process did not let the file go.
var errInUse = errors.New("another process does not let it go")

// with opens the file for the time of a function. Bolt trusts its files: what is
// wrong in one is a panic, or a fault of memory that is mapped to nowhere.
func (s *shelf) with(readOnly bool, patience time.Duration, use func(*bbolt.DB) error) (err error) {
	if err := cmp.Or(s.broken, s.private()); err != nil {
		return err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			s.broken = &errDamaged{s.name, fmt.Sprint(p)}
			err = s.broken
		}
	}()
	db, err := s.open(readOnly, patience)
	switch {
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrVersionMismatch), errors.Is(err, bolterrors.ErrChecksum):
		return &errDamaged{s.name, err.Error()}
	case errors.Is(err, bolterrors.ErrTimeout):
		return fmt.Errorf("%s: %w", s.name, errInUse)
	case err != nil:
		return err // it names the file
	}
	if err := use(db); err != nil {
		return errors.Join(err, db.Close())
	}
	return db.Close()
}

// open opens the file that has the name now: while it waits for its turn, another
// process that begins may put a new one there.
func (s *shelf) open(readOnly bool, patience time.Duration) (*bbolt.DB, error) {
	for until := time.Now().Add(patience); ; {
		var opened os.FileInfo
		db, err := bbolt.Open(s.name, 0o600, &bbolt.Options{Timeout: patience, ReadOnly: readOnly, OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
			f, err := os.OpenFile(name, flag, mode)
			if err == nil {
				opened, err = f.Stat()
			}
			return f, err
		}})
		if err != nil {
			return nil, err
		}
		now, err := os.Stat(s.name)
		if err == nil && os.SameFile(now, opened) {
			return db, nil
		}
		if err := errors.Join(err, db.Close()); err != nil {
			return nil, err
		}
		if time.Now().After(until) {
			return nil, bolterrors.ErrTimeout
		}
	}
}

// private refuses a file that others may read, as it tells who the clients are.
func (s *shelf) private() error {
	info, err := os.Stat(s.name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err // it names the file
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s: this is no file", s.name)
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return fmt.Errorf("%s: others may read who the clients are (%v); chmod 600 it", s.name, info.Mode().Perm())
	}
	return nil
}

// add notes what is to be written.
func (s *shelf) add(c Client) {
	if s.name == "" {
		return
	}
	if before, ok := s.news[c.Who]; ok {
		c = before.with(c)
	}
	s.news[c.Who] = c
}

// remove notes that a client left. Of too many it is enough to know that they are
// not in the book.
func (s *shelf) remove(who Who, most int) {
	if s.name == "" {
		return
	}
	delete(s.news, who)
	if len(s.gone) >= most {
		s.gone, s.all = map[Who]bool{}, true
	}
	if !s.all {
		s.gone[who] = true
	}
}
