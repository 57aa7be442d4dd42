package flight

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/trace/form"
)

// A Directory keeps flights in files: FLIGHT_FINDING_SOURCE.json. Several processes
// may have the same one, as while one takes over from another.
type Directory struct {
	path string
	keep int   // files
	size int64 // bytes of them all
	log  *slog.Logger

	queue chan job
	end   sync.Once
	stop  chan struct{}
	done  chan struct{}
	told  time.Time // when it last said that it could not write
}

type job struct {
	*landed
	tool    string
	counter Counter
}

// waiting bounds the flights that wait to be written. More are not: the disk is
// slow, and the clients need the processor.
const waiting = 64

// OpenDirectory makes the directory if it is not there, for its owner alone.
func OpenDirectory(path string, keep int, size int64, log *slog.Logger) (*Directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
		return nil, fmt.Errorf("%s: others may read this directory (%v), and flights hold addresses and names; chmod 700 it, or name one of its own", path, info.Mode().Perm())
	}
	// What cannot be written is told at start, and not when it is needed.
	trial, err := os.CreateTemp(path, temporary)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(trial.Close(), os.Remove(trial.Name())); err != nil {
		return nil, err
	}
	d := &Directory{path: path, keep: keep, size: size, log: log, queue: make(chan job, waiting), stop: make(chan struct{}), done: make(chan struct{})}
	go d.run()
	return d, nil
}

const temporary = ".flight-*"

// write has a flight written soon.
func (d *Directory) write(l *landed, tool string, c Counter) {
	select {
	case d.queue <- job{l, tool, c}:
	default:
		c.FlightsForgotten(FromQueue, 1)
	}
}

// close waits until what came before is written.
func (d *Directory) close() {
	d.end.Do(func() { close(d.stop) })
	<-d.done
}

func (d *Directory) run() {
	defer close(d.done)
	for {
		select {
		case j := <-d.queue:
			d.take(j)
		case <-d.stop:
			d.takeRest()
			return
		}
	}
}

func (d *Directory) takeRest() {
	for {
		select {
		case j := <-d.queue:
			d.take(j)
		default:
			return
		}
	}
}

func (d *Directory) take(j job) {
	if err := d.put(j); err != nil {
		j.counter.FlightsForgotten(FromQueue, 1)
		d.tell(err)
		return
	}
	n, err := d.makeRoom()
	j.counter.FlightsForgotten(FromDirectory, n)
	d.tell(err)
}

// tell says once a minute what goes wrong.
func (d *Directory) tell(err error) {
	if err == nil || time.Since(d.told) < time.Minute {
		return
	}
	d.told = time.Now()
	d.log.Error("a flight could not be kept in its directory; it is in memory", "error", err, "do", "see whether the disk is full, or the directory is gone")
}

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
