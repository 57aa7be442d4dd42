package proxy

import (
	"errors"
	"fmt"
	"os"
	"time"
)

// A pulse says whether the process is able to serve: its locks are given back,
// clients that wait are accepted, and its desk answers.
type pulse struct {
	group   *Group
	desk    *desk
	waiting map[*Server]wait
	feeling chan error // of a look that goes on; nil: none does
}

// A wait is since when somebody waits and nobody was accepted.
type wait struct {
	since    time.Time
	accepted uint64
}

// patienceWithAccept is how much longer than a handshake clients may wait before
// nobody can be thought to accept them.
const patienceWithAccept = 30 * time.Second

func newPulse(g *Group, d *desk) *pulse {
	return &pulse{group: g, desk: d, waiting: map[*Server]wait{}}
}

// feel gives what keeps the process from serving; nil: nothing does.
func (p *pulse) feel(now time.Time, within time.Duration) error {
	if p.feeling == nil {
		feeling := make(chan error, 1)
		p.feeling = feeling
		go func() { feeling <- p.look(now, within) }()
	}
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case err := <-p.feeling:
		p.feeling = nil
		return err
	case <-timer.C:
		return fmt.Errorf("it does not answer itself within %v", within)
	}
}

func (p *pulse) look(now time.Time, within time.Duration) error {
	if outOfDescriptors() {
		return nil // nobody new is served, and those that are would not be better off with an end
	}
	var errs []error
	for _, s := range p.group.all() {
		_ = s.left() // takes its locks
		errs = append(errs, p.accepts(s, now))
	}
	for _, x := range p.desk.open() {
		errs = append(errs, x.answers(within))
	}
	return errors.Join(errs...)
}

// accepts says of a server whose clients wait for too long that it does not
// accept them. One that has as many as it may have lets them wait.
func (p *pulse) accepts(s *Server, now time.Time) error {
	d := s.gate.leads()
	if d == nil {
		return nil
	}
	n := d.Accepted()
	w, waited := p.waiting[s]
	switch {
	case !d.Waiting() || s.places.isFull() || s.commons.places.isFull():
		delete(p.waiting, s)
	case !waited || w.accepted != n:
		p.waiting[s] = wait{now, n}
	case now.Sub(w.since) > s.current.Load().settings.Handshake+patienceWithAccept:
		return fmt.Errorf("%s: clients wait since %s and nobody accepts them", d.address, w.since.UTC().Format(time.RFC3339))
	}
	return nil
}

// answers asks a side for something; any answer will do.
func (x *side) answers(within time.Duration) error {
	answer, err := askingOf(x.at, within).Get(adminHost + "/healthz")
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", x.at, err)
	}
	return answer.Body.Close()
}

// outOfDescriptors says whether clients have all descriptors that the process may
// have: then it can neither accept any nor ask itself anything.
func outOfDescriptors() bool {
	f, err := os.Open(os.DevNull)
	if err != nil {
		return adviceFor(err) != nil
	}
	_ = f.Close() // nothing was written
	return false
}
