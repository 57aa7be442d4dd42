package usage

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
)

// What a file may be, so that one that is none does no harm.
const (
	maxFile  = 32 << 20
	maxNames = 4096
	version  = 1
)

// A page is a file's contents.
type page struct {
	Version     int                `json:"version"`
	Permissions map[string]*stored `json:"permissions"`
}

// A stored is an entry in a file.
type stored struct {
	Entry
	Sources []netip.Prefix `json:"sources"`
}

// ErrDamaged says that a file is none of ours.
var ErrDamaged = errors.New("this is no file of permissions' uses")

// Read reads what a file has by names. A file that is not there has nothing.
func Read(name string) (map[string]*Entry, error) {
	f, err := os.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	all, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return all, nil
}

func parse(text []byte) (entries, error) {
	var p page
	switch {
	case len(text) > maxFile:
		return nil, fmt.Errorf("%w: it has more than %d bytes", ErrDamaged, maxFile)
	case json.Unmarshal(text, &p) != nil:
		return nil, ErrDamaged
	case p.Version != version:
		return nil, fmt.Errorf("%w that this program reads: its version is %d, not %d", ErrDamaged, p.Version, version)
	case len(p.Permissions) > maxNames:
		return nil, fmt.Errorf("%w: it has more than %d permissions", ErrDamaged, maxNames)
	}
	out := entries{}
	for name, s := range p.Permissions {
		if s != nil {
			e := newEntry(s.Since)
			e.add(&s.Entry)
			for _, source := range s.Sources {
				e.from(source)
			}
			out[name] = e
		}
	}
	return out, nil
}

// bound forgets those that were neither known nor used for longest, if they are
// too many.
func (e entries) bound() {
	names := slices.SortedFunc(maps.Keys(e), func(a, b string) int { return e[b].seen().Compare(e[a].seen()) })
	for _, name := range names[min(len(names), maxNames):] {
		delete(e, name)
	}
}

// text is what parse reads.
func (e entries) text() ([]byte, error) {
	p := page{Version: version, Permissions: map[string]*stored{}}
	for name, one := range e {
		s := &stored{Entry: *one, Sources: []netip.Prefix{}}
		for source := range one.Sources {
			s.Sources = append(s.Sources, source)
		}
		slices.SortFunc(s.Sources, netip.Prefix.Compare)
		p.Permissions[name] = s
	}
	return json.MarshalIndent(p, "", " ")
}

// write puts a file in the place of the old one, whole or not at all. Its owner
// alone may read it: it has addresses.
func write(name string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*") // mode 0600
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
