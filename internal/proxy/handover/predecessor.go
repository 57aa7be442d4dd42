package handover

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// The line between a process and its successor is a pair of sockets. The
// successor says ready, or failed and why, and passed when it has a successor
// itself; the process says, as long as it lives, how many connections it has left.
const (
	wordReady  = "ready"
	wordFailed = "failed "
	wordPassed = "passed"
	wordLeft   = "left "
	maxWord    = 4096 // bytes of what one says
)

// A Predecessor is the process whose place this one takes.
type Predecessor struct{ line net.Conn }

func newPredecessor(f *os.File) (*Predecessor, error) {
	defer f.Close()
	line, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return &Predecessor{line}, nil
}

// Ready says that this process serves. From now on the predecessor does not.
func (p *Predecessor) Ready() error { return say(p.line, wordReady) }

// Failed says why this process cannot serve.
func (p *Predecessor) Failed(why error) error {
	text := oneLine(why.Error())
	return say(p.line, wordFailed+text[:min(len(text), maxWord-len(wordFailed)-1)])
}

// Passed says that another process serves by now: that this one ends, however it
// does, is no loss.
func (p *Predecessor) Passed() error { return say(p.line, wordPassed) }

// Follow tells how many connections the predecessor has left, each time that it
// says so, and returns when it is gone.
func (p *Predecessor) Follow(left func(int)) {
	defer p.line.Close()
	listen(p.line, func(word string) bool {
		text, ok := strings.CutPrefix(word, wordLeft)
		if n, err := strconv.Atoi(text); ok && err == nil && n >= 0 {
			left(n)
		}
		return true
	})
}

// Close hangs up.
func (p *Predecessor) Close() error { return p.line.Close() }

// patienceOfLine bounds the wait for a process that does not listen.
const patienceOfLine = 5 * time.Second

func say(line net.Conn, word string) error {
	if err := line.SetWriteDeadline(time.Now().Add(patienceOfLine)); err != nil {
		return err
	}
	_, err := fmt.Fprintln(line, word)
	return err
}

// listen hears what the other end says, as long as it does and more wants more.
func listen(line io.Reader, more func(word string) bool) {
	s := bufio.NewScanner(line)
	s.Buffer(nil, maxWord)
	for s.Scan() && more(s.Text()) {
	}
}
