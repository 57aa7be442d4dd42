package proxy

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// A Source is where settings come from, again each time that they are reloaded.
type Source struct {
	Load func() ([]*Settings, error)
	File string // that Load reads, to be watched; empty: none
}

// settle is how long after a file's change it is read: whoever changes several
// has that long for all of them.
const settle = 500 * time.Millisecond

// A reloader reloads on SIGHUP, and when the files have other contents.
type reloader struct {
	from  Source
	log   *slog.Logger
	level *slog.LevelVar

	notify *handover.Notifier
	status func() string // what the supervisor hears behind a reload

	asked   chan chan answer // by the operator
	over    chan struct{}    // closed when nobody reloads any more
	group   *Group
	hup     chan os.Signal
	watcher *fsnotify.Watcher // nil: this system has none
	watched map[string]bool   // directories
	files   []string
	sum     [sha256.Size]byte // of the files, when they were loaded
}

// newReloader watches from now on. Until it runs, nothing comes of it.
func newReloader(from Source, all []*Settings, log *slog.Logger, level *slog.LevelVar) *reloader {
	r := &reloader{status: func() string { return "" }, asked: make(chan chan answer), over: make(chan struct{}), hup: make(chan os.Signal, 1), from: from, log: log, level: level, watched: map[string]bool{}}
	signal.Notify(r.hup, syscall.SIGHUP)
	var err error
	if r.watcher, err = fsnotify.NewWatcher(); err != nil {
		log.Warn("changes of files are not seen; SIGHUP reloads them", "error", err)
	}
	r.follow(all)
	r.sum = sumOf(r.files)
	return r
}

// run ends with stop.
func (r *reloader) run(stop context.Context, group *Group) {
	r.group = group
	defer close(r.over)
	var events chan fsnotify.Event
	var troubles chan error
	if r.watcher != nil {
		events, troubles = r.watcher.Events, r.watcher.Errors
	}
	var due <-chan time.Time
	for {
		select {
		case <-stop.Done():
			return
		case <-r.hup:
			r.reload()
			continue
		case to := <-r.asked:
			to <- r.reload()
			continue
		case <-due:
			if due = nil; sumOf(r.files) != r.sum {
				r.reload()
			}
			continue
		case <-events:
		case <-troubles: // events may be lost: look
		}
		if due == nil {
			due = time.After(settle)
		}
	}
}

// close stops to watch.
func (r *reloader) close() {
	signal.Stop(r.hup)
	if r.watcher != nil {
		_ = r.watcher.Close() // nobody listens to it any more
	}
}

// reload loads all anew, or changes nothing and says why.
func (r *reloader) reload() (a answer) {
	_ = r.notify.Reloading() // whoever does not hear need not know
	defer func() { _ = r.notify.Ready(r.status()) }()
	r.sum = sumOf(r.files)
	all, err := r.from.Load()
	if err == nil {
		r.follow(all)
		a.changes, err = r.group.reload(all)
	}
	if err != nil {
		for _, text := range told(err) {
			r.log.Error("not reloaded: everything is as it was", "error", text)
		}
		return answer{err: err}
	}
	r.level.Set(all[0].LogLevel)
	r.log.Info("reloaded: new connections are served by it, those that are open "+fateOf(all[0]), "changed", a.changes)
	return a
}

// follow watches the directories of all files: an editor puts another file in the
// place of the old one, and Kubernetes changes a link beside it.
func (r *reloader) follow(all []*Settings) {
	files := filesOf(all)
	if r.from.File != "" {
		files = append(files, r.from.File)
	}
	slices.Sort(files)
	files = slices.Compact(files)
	if !slices.Equal(files, r.files) {
		r.files, r.sum = files, [sha256.Size]byte{} // other files are read once more
	}
	for _, name := range files {
		dir := filepath.Dir(name)
		if r.watcher == nil || r.watched[dir] {
			continue
		}
		if err := r.watcher.Add(dir); err != nil {
			r.log.Warn("changes of files in this directory are not seen; SIGHUP reloads them", "directory", dir, "error", err)
		}
		r.watched[dir] = true
	}
}

// filesOf are the files that settings name and that are read.
func filesOf(all []*Settings) (files []string) {
	for _, s := range all {
		files = append(files, s.Certs...)
		files = append(files, s.Keys...)
		files = append(files, s.TicketKeyFiles...)
		files = append(files, s.SessionStore.files()...)
		files = append(files, s.ClientCRLs...)
		files = append(files, backendFiles(s)...)
		if s.ClientCA != "" {
			files = append(files, s.ClientCA)
		}
	}
	return files
}

// maxSummed bounds what is read of a file to see whether it changed. A list of
// revoked certificates may be long.
const maxSummed = 64 << 20

// sumOf is another one if a file's contents are.
func sumOf(files []string) (sum [sha256.Size]byte) {
	all := sha256.New()
	for _, name := range files {
		one := sha256.New()
		f, err := os.Open(name)
		if err == nil {
			_, err = io.Copy(one, io.LimitReader(f, maxSummed))
			err = errors.Join(err, f.Close())
		}
		fmt.Fprintf(all, "%x %v\n", one.Sum(nil), err)
	}
	return [sha256.Size]byte(all.Sum(nil))
}

// told gives the errors in an error, one line of each: an excerpt of a file has
// no place in a log.
func told(err error) (lines []string) {
	if several, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range several.Unwrap() {
			lines = append(lines, told(one)...)
		}
		return lines
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return []string{first}
}
