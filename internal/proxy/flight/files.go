package flight

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/parley-tls/parley/internal/trace/form"
)

// put writes a file whole or not at all.
func (d *Directory) put(j job) error {
	b, err := form.Marshal(j.flying.form(j.tool, j.Summary))
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(d.path, temporary) // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // of no effect once it has its name
	_, err = f.Write(append(b, '\n'))
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), filepath.Join(d.path, fileName(j.Summary)))
}

// fileName tells at a glance what is in a file, and makeRoom whose it is.
func fileName(s Summary) string {
	return s.ID + "_" + named(s.Finding) + "_" + named(sourceOf(s.Client)) + ".json"
}

// named makes a word fit for the names of files, everywhere.
func named(word string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-':
			return r
		}
		return '-'
	}, word[:min(len(word), 60)])
}

// fileNamed is what fileName gives. Other files are not ours to remove.
var fileNamed = regexp.MustCompile(`^\d{8}-\d{6}-\d+_([-a-zA-Z0-9.]*)_([-a-zA-Z0-9.]*)\.json$`)

// A kept is a file that is there.
type kept struct {
	name, finding, source string
	size                  int64
}

// makeRoom removes files until both limits hold, and says how many.
func (d *Directory) makeRoom() (removed int, err error) {
	list, total, err := d.list()
	for err == nil && (len(list) > d.keep || total > d.size) {
		at := victim(len(list), func(i int) (finding, source string) { return list[i].finding, list[i].source })
		if err = os.Remove(filepath.Join(d.path, list[at].name)); errors.Is(err, fs.ErrNotExist) {
			err = nil // another process was faster
		}
		total -= list[at].size
		list = append(list[:at], list[at+1:]...)
		removed++
	}
	return removed, err
}

// list gives the files, the oldest first, since their names begin with the time.
func (d *Directory) list() (list []kept, total int64, err error) {
	entries, err := os.ReadDir(d.path)
	for _, e := range entries {
		parts := fileNamed.FindStringSubmatch(e.Name())
		if parts == nil {
			continue
		}
		info, err := e.Info()
		if err != nil {
			continue // it is gone
		}
		total += info.Size()
		list = append(list, kept{e.Name(), parts[1], parts[2], info.Size()})
	}
	return list, total, err
}
