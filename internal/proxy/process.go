package proxy

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// A process is all that serves, from its start until it is told to stop or has
// handed its sockets on.
type process struct {
	from  Source
	in    *handover.Inheritance
	log   *slog.Logger
	group *Group
	desk  *desk
	next  *upgrader
	begun bool // clients are accepted

	before atomic.Int64 // connections that the process before has left; -1: it is gone
}

// run starts, serves, and ends.
func (p *process) run(w io.Writer) error {
	all, err := p.from.Load()
	if err != nil {
		return err
	}
	stop, now, done := Signals()
	defer done()
	log, level := newLogger(all[0], w)
	p.log, p.next = log, newUpgrader(log)
	defer p.next.close()
	r := newReloader(p.from, all, log, level)
	defer r.close()
	if all, err = p.from.Load(); err != nil { // what changed before it was watched
		return err
	}
	if p.group, err = newGroup(all, log, p.in.Sockets); err != nil {
		return err
	}
	p.takeKeys()
	if p.desk, err = openDesk(all[0], log, p.group.servers...); err != nil {
		return errors.Join(err, p.group.abandon())
	}
	defer p.desk.close()
	p.group.at(p.desk)
	p.desk.reloadBy(r.ask)
	p.desk.process.Before = p.left
	p.desk.upgrade = func() (handedOver, error) { return p.upgrade(stop) }
	level.Set(all[0].LogLevel)
	p.begin()
	return p.serve(stop, now, r)
}

// takeKeys goes on with the keys that the process before sealed sessions by.
func (p *process) takeKeys() {
	if p.in.Keys == nil {
		return
	}
	if err := p.group.TicketKeys().UnmarshalBinary(p.in.Keys); err != nil {
		p.log.Warn("the ticket keys of the process before cannot be read: clients make full handshakes", "error", err)
	}
}

// begin has clients accepted. A predecessor accepts none from the moment that it
// hears of it.
func (p *process) begin() {
	p.before.Store(-1)
	if p.in.Predecessor != nil {
		if err := p.in.Predecessor.Ready(); err != nil {
			p.log.Warn("the process before does not hear that this one serves: is it gone?", "error", err)
		}
		go p.followBefore()
	}
	p.in.Sockets.Begin(tellUnwanted(p.log))
	p.begun = true
	p.told(p.in.Notify.Ready(p.status()))
}

// followBefore keeps count of what the process before has left.
func (p *process) followBefore() {
	p.in.Predecessor.Follow(func(n int) { p.before.Store(int64(n)) })
	p.before.Store(-1)
	p.log.Info("the process before has ended")
}

// left gives how many connections the process before has left.
func (p *process) left() (n int, ok bool) {
	before := p.before.Load()
	return int(before), before >= 0
}

// serve ends when the process is told to stop, or when another one serves in its
// place and nobody is left here.
func (p *process) serve(stop, now context.Context, r *reloader) error {
	current, retire := context.WithCancel(stop) // as long as new clients are this process'
	defer retire()
	ending, end := context.WithCancel(context.Background())
	cutting, cut := context.WithCancel(now)
	defer cut()
	r.notify, r.status = p.in.Notify, p.status
	var beside sync.WaitGroup
	beside.Go(func() { r.run(current, p.group) })
	beside.Go(func() { p.attend(current) })
	beside.Go(func() { p.next.run(func() { p.upgradeTold(stop) }) })
	var failed error
	beside.Go(func() {
		defer end()
		if next := p.next.await(stop); next != nil {
			retire()
			failed = p.lastDays(stop, next, cut)
			return
		}
		p.in.Sockets.Stopping()
		p.told(p.in.Notify.Stopping(p.lastStatus()))
	})
	served := make(chan struct{})
	beside.Go(func() { p.askPatience(ending, served) })
	err := p.group.Serve(ending, cutting)
	close(served)
	p.next.close()
	beside.Wait()
	return errors.Join(err, failed)
}

// told says that the supervisor does not hear, which changes nothing else.
func (p *process) told(err error) {
	if err != nil {
		p.log.Debug("the supervisor does not hear", "error", err)
	}
}

// patienceEvery is how often a supervisor that waits for the end is asked to wait
// on, each time for longer than until the next time.
const patienceEvery = 5 * time.Second

// askPatience asks it as long as the process drains, and says how many are left if
// no other process speaks for the service.
func (p *process) askPatience(ending context.Context, served <-chan struct{}) {
	select {
	case <-ending.Done():
	case <-served:
		return
	}
	tick := time.NewTicker(patienceEvery)
	defer tick.Stop()
	for {
		p.told(p.in.Notify.Patience(3 * patienceEvery))
		if !p.next.hasHeir() {
			p.told(p.in.Notify.Status(p.lastStatus()))
		}
		select {
		case <-tick.C:
		case <-served:
			return
		}
	}
}
