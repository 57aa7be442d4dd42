package flight

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"runtime"
	"sync"
	"time"
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

// CheckDirectory says why flights may not be kept in a directory that is there
// already.
func CheckDirectory(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil // it will be made
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s: this is no directory", path)
	case info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows":
		return fmt.Errorf("%s: others may read this directory (%v), and flights hold addresses and names; chmod 700 it, or name one of its own", path, info.Mode().Perm())
	}
	return nil
}

// OpenDirectory makes the directory if it is not there, for its owner alone.
func OpenDirectory(path string, keep int, size int64, log *slog.Logger) (*Directory, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, err
	}
	if err := CheckDirectory(path); err != nil {
		return nil, err
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
