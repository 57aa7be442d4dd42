package proxy

import (
	"sync"
	"time"
)

// halfClosedIdle bounds the silence of a stream of which one direction has
// ended, where idle-timeout does not: the other side may be gone, and nothing
// that is still read would tell.
const halfClosedIdle = 5 * time.Minute

// A watch looks this often, in the time that it allows, whether bytes moved. So
// it costs the data path nothing.
const looks = 4

// A watch ends a stream that is silent for too long.
type watch struct {
	idle  time.Duration // as the setting; zero: no limit
	moved func() int64  // bytes of both directions
	cut   func()

	mu      sync.Mutex  // guards what follows
	timer   *time.Timer // nil: silence is not bounded
	over    bool
	allowed time.Duration
	seen    int64 // bytes at the last look
	silent  int   // looks since bytes moved
}

// start begins to count silence, if the settings bound it.
func (w *watch) start() {
	if w.idle > 0 {
		w.forNow(w.idle)
	}
}

// halfClosed bounds the silence from now on.
func (w *watch) halfClosed() {
	if w.idle == 0 || w.idle > halfClosedIdle {
		w.forNow(halfClosedIdle)
	}
}

func (w *watch) forNow(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return
	}
	w.allowed, w.seen, w.silent = d, w.moved(), 0
	if w.timer == nil {
		w.timer = time.AfterFunc(d/looks, w.look)
		return
	}
	w.timer.Reset(d / looks)
}

func (w *watch) look() {
	if w.isSilent() {
		w.cut()
	}
}

func (w *watch) isSilent() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return false
	}
	if now := w.moved(); now != w.seen {
		w.seen, w.silent = now, 0
	} else if w.silent++; w.silent >= looks {
		return true
	}
	w.timer.Reset(w.allowed / looks)
	return false
}

// stop ends the watch.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
}
