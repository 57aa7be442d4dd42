package proxy

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// attendEvery is how often the supervisor hears how the process fares, if that is
// anything new.
const attendEvery = 5 * time.Second

// attend tells the supervisor how the process fares, until current ends.
func (p *process) attend(current context.Context) {
	if p.in.Notify == nil {
		return
	}
	a := &attendance{process: p, pulse: newPulse(p.group, p.desk)}
	tick := time.NewTicker(attendEvery)
	defer tick.Stop()
	var dog <-chan time.Time
	every := handover.WatchdogEvery()
	if every > 0 {
		t := time.NewTicker(every / 2)
		defer t.Stop()
		dog = t.C
	}
	a.tell()
	for {
		select {
		case <-tick.C:
			a.tell()
		case <-dog:
			a.feed(every / 4)
		case <-current.Done():
			return
		}
	}
}

// An attendance is what the supervisor was told.
type attendance struct {
	*process
	pulse *pulse
	said  string
	keys  []byte // that it keeps
}

// tell tells what is new.
func (a *attendance) tell() {
	if text := a.status(); text != a.said {
		a.said = text
		a.told(a.in.Notify.Status(text))
	}
	keys, err := a.group.TicketKeys().MarshalBinary()
	if err == nil && !bytes.Equal(keys, a.keys) {
		a.keys = keys
		err = a.in.Notify.KeepKeys(keys)
	}
	a.told(err)
}

// feed keeps the watchdog from biting while the process is able to serve. One that
// is not is better ended: its supervisor starts another.
func (a *attendance) feed(within time.Duration) {
	if err := a.pulse.feel(time.Now(), within); err != nil {
		a.log.Error("the watchdog is not fed: this process cannot serve", "error", err)
		return
	}
	a.told(a.in.Notify.Alive())
}

// status says in a sentence how the process fares.
func (p *process) status() string {
	text := fmt.Sprintf("%s on %s", numbered(p.group.left(), "connection"), numbered(len(p.group.all()), "listener"))
	if n, ok := p.left(); ok {
		text += fmt.Sprintf("; the process before has %s left", numbered(n, "connection"))
	}
	return text
}

// lastStatus is what status says of one that stops.
func (p *process) lastStatus() string {
	return fmt.Sprintf("stopping: %s left", numbered(p.group.left(), "connection"))
}

// numbered is a number with its noun.
func numbered(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
