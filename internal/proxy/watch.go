package proxy

import "time"

// halfClosedIdle bounds the silence of a session of which one direction has
// ended, where idle-timeout does not: the other side may be gone, and nothing
// that is still read would tell.
const halfClosedIdle = 5 * time.Minute

// A watch looks this often, in the time that it allows, whether bytes moved. So
// it costs the data path nothing.
const looks = 4

// A watch ends a session that is silent for too long. session.mu guards it.
type watch struct {
	timer   *time.Timer // nil: silence is not bounded
	allowed time.Duration
	seen    int64 // bytes at the last look
	silent  int   // looks since bytes moved
}

// startWatch begins to count silence, if the settings bound it.
func (x *session) startWatch() {
	if d := x.settings.Idle; d > 0 {
		x.watchFor(d)
	}
}

// halfClosed bounds the silence from now on.
func (x *session) halfClosed() {
	if d := x.settings.Idle; d == 0 || d > halfClosedIdle {
		x.watchFor(halfClosedIdle)
	}
}

func (x *session) watchFor(d time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over {
		return
	}
	w := &x.watch
	w.allowed, w.seen, w.silent = d, x.moved(), 0
	if w.timer == nil {
		w.timer = time.AfterFunc(d/looks, x.look)
		return
	}
	w.timer.Reset(d / looks)
}

func (x *session) look() {
	if x.isSilent() {
		x.cut(errIdle)
	}
}

func (x *session) isSilent() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	w := &x.watch
	if w.timer == nil || x.over {
		return false
	}
	if now := x.moved(); now != w.seen {
		w.seen, w.silent = now, 0
	} else if w.silent++; w.silent >= looks {
		return true
	}
	w.timer.Reset(w.allowed / looks)
	return false
}

// moved counts the application bytes of both directions.
func (x *session) moved() int64 {
	s := x.client.State()
	return s.FromClient + s.ToClient
}

func (x *session) stopWatch() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.watch.timer != nil {
		x.watch.timer.Stop()
		x.watch.timer = nil
	}
}
