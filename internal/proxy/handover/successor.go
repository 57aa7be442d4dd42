package handover

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A Launch says how the next process is started.
type Launch struct {
	Program  string   // its path
	Args     []string // with its name first
	Sockets  *Sockets
	Keys     []byte        // of sessions
	Patience time.Duration // with it, until it is ready
}

// A Successor is the process that takes this one's place.
type Successor struct {
	PID  int
	line net.Conn
	end  chan struct{} // closed when it is over
	how  error         // then: why; nil: it ended well

	passed atomic.Bool // it has a successor itself
}

// Start starts the next process, gives it the sockets, and waits until it is
// ready. If that does not come to be, the process is over and everything is as it
// was.
func (l Launch) Start(stop context.Context) (*Successor, error) {
	s, err := l.fork()
	if err != nil {
		return nil, err
	}
	if err := s.awaitReady(stop, l.Patience); err != nil {
		s.kill()
		return nil, err
	}
	return s, nil
}

// awaitReady gives the reason if the process does not become ready.
func (s *Successor) awaitReady(stop context.Context, patience time.Duration) error {
	said := make(chan string, 1)
	go func() {
		defer close(said)
		listen(s.line, s.hear(said))
	}()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case word := <-said:
		if word == wordReady {
			return nil
		}
		if why, ok := strings.CutPrefix(word, wordFailed); ok {
			return errors.New(why)
		}
		return s.hungUp()
	case <-timer.C:
		return fmt.Errorf("it was not ready within %v", patience)
	case <-stop.Done():
		return errStopped
	}
}

// hear gives the first word to said, and notes what comes later.
func (s *Successor) hear(said chan<- string) func(word string) (more bool) {
	first := true
	return func(word string) bool {
		if first {
			first = false
			said <- word
		}
		if word == wordPassed {
			s.passed.Store(true)
		}
		return true
	}
}

var (
	errStopped = errors.New("this process was told to stop meanwhile")
	errSilent  = errors.New("it said nothing of being ready: is the program a parley of this version or a later one?")
)

// hungUp is why a process ends the line without a word that is known.
func (s *Successor) hungUp() error {
	select {
	case <-s.end:
		if s.how != nil {
			return fmt.Errorf("it ended before it was ready: %w", s.how)
		}
	case <-time.After(patienceOfLine):
	}
	return errSilent
}

// Left says how many connections this process has left.
func (s *Successor) Left(n int) error { return say(s.line, wordLeft+strconv.Itoa(n)) }

// Ended is closed when the process is over.
func (s *Successor) Ended() <-chan struct{} { return s.end }

// How is why it is over; nil: it ended well, or another one had its place by then.
func (s *Successor) How() error {
	<-s.end
	if s.passed.Load() {
		return nil
	}
	return s.how
}

func (s *Successor) kill() {
	_ = s.line.Close() // it is not listened to any more
	if p, err := os.FindProcess(s.PID); err == nil {
		_ = p.Kill() // fails if it is over
	}
	<-s.end
}

// environment is what the next process finds: what this one found, but for what
// was meant for this one.
func (l Launch) environment(names []string) []string {
	var out []string
	for _, e := range os.Environ() {
		switch name, _, _ := strings.Cut(e, "="); name {
		case envPID, envCount, envNames, envPredecessor, "WATCHDOG_PID":
		default:
			out = append(out, e)
		}
	}
	return append(out, envPredecessor+"="+strconv.Itoa(os.Getpid()), envCount+"="+strconv.Itoa(len(names)), envNames+"="+strings.Join(names, ":"))
}
