package proxy

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// How often a process whose place another has taken looks at what it has left,
// and how often the log hears of it.
const (
	lookLeft = 250 * time.Millisecond
	tellLeft = time.Minute
	// quietLooks is how often in a row nobody must be left: a connection that was
	// accepted last is between two counts for a moment.
	quietLooks = 8
)

// lastDays waits for the connections of a process in whose place another one
// serves. It ends when they have, when upgrade-drain is over, which cuts the rest,
// or when the process is told to stop, which is a stop like any other.
func (p *process) lastDays(stop context.Context, next *handover.Successor, cut func()) error {
	p.told(p.in.Sockets.Retire())
	p.desk.retire()
	p.told(p.in.Notify.Main(next.PID))
	if p.in.Predecessor != nil {
		_ = p.in.Predecessor.Passed() // one that is gone need not know
	}
	p.group.letAllIn()
	limit := p.upgradeDrain()
	p.log.Info("another process serves new clients; this one waits for its connections to end", "pid", next.PID, "connections", p.group.left(), "upgrade_drain", limit)
	var over <-chan time.Time
	if limit > 0 {
		over = time.After(limit)
	}
	left := &leaving{process: p, next: next, told: time.Now()}
	look := time.NewTicker(lookLeft)
	defer look.Stop()
	ended := next.Ended()
	for {
		select {
		case now := <-look.C:
			if left.nobody(now) {
				p.log.Info("no connections are left: this process ends")
				return nil
			}
		case <-ended:
			if err := next.How(); err != nil {
				return p.orphaned(next, err)
			}
			ended = nil // it was stopped, or another one has its place
		case <-over:
			p.log.Warn("upgrade-drain is over", "connections", p.group.left())
			cut()
			return nil
		case <-stop.Done():
			return nil
		}
	}
}

// orphaned is what a process does whose successor crashed: nobody accepts, so it
// ends with an error, and its supervisor starts the service again.
func (p *process) orphaned(next *handover.Successor, how error) error {
	p.told(p.in.Notify.Main(os.Getpid()))
	return fmt.Errorf("process %d, which served new clients in this one's place, has ended: %w; this one ends too, so that its supervisor starts the service again", next.PID, how)
}

// A leaving is what is told of the connections that are left.
type leaving struct {
	*process
	next  *handover.Successor
	told  time.Time // when the log last heard
	heard int       // what the next process last did, plus one
	quiet int       // looks since somebody was left
}

// nobody tells how many are left, and says whether nobody is.
func (l *leaving) nobody(now time.Time) bool {
	n := l.group.left()
	if n+1 != l.heard {
		l.heard = n + 1
		_ = l.next.Left(n) // one that is gone need not know
	}
	if now.Sub(l.told) >= tellLeft {
		l.told = now
		l.log.Info("this process waits for its connections to end", "pid", l.next.PID, "connections", n)
	}
	if l.quiet++; n > 0 {
		l.quiet = 0
	}
	return l.quiet >= quietLooks
}

// letAllIn has those served who wait for a place: their handshakes are done, and
// those who come after them have the places of another process.
func (g *Group) letAllIn() {
	g.commons.places.limit(0)
	for _, s := range g.all() {
		s.places.limit(0)
	}
}

// left counts the connections of all servers.
func (g *Group) left() (n int) {
	for _, s := range g.all() {
		n += s.left()
	}
	return n
}

// left counts the connections that are here, from their way in to their end.
func (s *Server) left() int {
	open := 0
	s.born.Range(func(any, any) bool { open++; return true })
	return max(open, s.count()) + s.passages.count() + int(s.gate.entering.Load())
}

// upgradeDrain is how long connections may go on after an upgrade; zero: as long
// as they want.
func (p *process) upgradeDrain() time.Duration {
	p.group.mu.Lock()
	defer p.group.mu.Unlock()
	return p.group.newest.UpgradeDrain
}
