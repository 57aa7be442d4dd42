package proxy

import (
	"time"

	"github.com/parley-tls/parley/internal/proxy/telemetry"
	"github.com/parley-tls/parley/internal/proxy/upstream"
)

// A stream that must end, and whose ends have not said so, is best ended while it
// is silent: then both hear a clean end, and neither loses half a message. One
// that is never silent is cut, for in the middle a clean end would be a lie.
const (
	lull     = time.Second            // of silence
	lullLook = 250 * time.Millisecond // how often it is looked whether bytes moved
	// lullPatience is how long it is waited for.
	lullPatience = 10 * time.Second
)

// endInLull ends a session when it is silent, or at the end of patience.
func (x *session) endInLull(why *endError, patience time.Duration) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.over || x.ending != nil {
		return
	}
	e := &ending{session: x, why: why, until: time.Now().Add(patience), seen: x.moved(), since: time.Now()}
	e.timer = time.AfterFunc(lullLook, e.look)
	x.ending = e
}

// limitLife has a session end when its connection is as old as it may be.
func (x *session) limitLife() {
	most := x.settings.Lifetime
	if most == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.life = time.AfterFunc(most-time.Since(x.born), func() {
		x.server.telemetry.Limited(telemetry.LimitLifetime)
		x.endInLull(errLifetime, lullPatience)
	})
}

// An ending is a session that waits for its lull.
type ending struct {
	session *session
	why     *endError
	until   time.Time
	timer   *time.Timer // session.mu guards it, as what follows
	seen    int64       // bytes
	since   time.Time   // when there were as many
	said    bool        // both sides were told the end
}

// look ends the session, if it is time.
func (e *ending) look() {
	x, now := e.session, time.Now()
	moved := x.moved()
	x.mu.Lock()
	if x.over {
		x.mu.Unlock()
		return
	}
	if moved != e.seen {
		e.seen, e.since = moved, now
	}
	silent, late := now.Sub(e.since) >= lull, !now.Before(e.until)
	switch {
	case silent && !e.said:
		e.said, e.until = true, now.Add(goodbyePatience)
		e.timer.Reset(lullLook)
		x.mu.Unlock()
		x.sayGoodbye(e.why)
	case late:
		x.mu.Unlock()
		x.cut(e.why)
	default:
		e.timer.Reset(lullLook)
		x.mu.Unlock()
	}
}

// goodbyePatience is how long the two have to answer an end.
const goodbyePatience = 5 * time.Second

// sayGoodbye tells both sides that nothing more comes: close_notify, and FIN.
func (x *session) sayGoodbye(why *endError) {
	x.fail(why)
	x.giveUp()
	x.finishClient()
	x.mu.Lock()
	b := x.backend
	x.mu.Unlock()
	if half, ok := b.(upstream.Conn); ok {
		_ = half.CloseWrite() // of one that is gone nothing is left to say
	}
}

// stopEnding is for a session that has ended.
func (x *session) stopEnding() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.over = true
	if x.ending != nil {
		x.ending.timer.Stop()
	}
	if x.life != nil {
		x.life.Stop()
	}
}
