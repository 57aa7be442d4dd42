package handover

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// A Notifier tells the process' supervisor how it fares, by the protocol of
// sd_notify(3). The methods of nil tell nobody.
type Notifier struct {
	address *net.UnixAddr
	// kept is a socket that is open already: when clients have all descriptors, the
	// watchdog must hear of it none the less. nil: this system does not let one be had.
	kept *net.UnixConn
}

// patienceOfNotify bounds the wait for a supervisor that does not read.
const patienceOfNotify = 5 * time.Second

// NewNotifier is of the socket that NOTIFY_SOCKET names; nil: there is none.
func NewNotifier(socket string) (*Notifier, error) {
	if socket == "" {
		return nil, nil
	}
	if socket[0] != '/' && socket[0] != '@' {
		return nil, fmt.Errorf("NOTIFY_SOCKET is %q, which is no Unix socket: no absolute path, and no abstract name", socket)
	}
	n := &Notifier{address: &net.UnixAddr{Name: socket, Net: "unixgram"}}
	if kept, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram"}); err == nil { // where nobody sends to
		n.kept = kept
	}
	return n, nil
}

// tell sends one message of lines.
func (n *Notifier) tell(lines ...string) error {
	if n == nil {
		return nil
	}
	text := strings.Join(lines, "\n")
	if n.tellKept(text) {
		return nil
	}
	return n.send(func(c *net.UnixConn) error {
		_, err := io.WriteString(c, text)
		return err
	})
}

// tellKept is tell by the socket that is kept; false: that did not go well.
func (n *Notifier) tellKept(text string) bool {
	if n.kept == nil || n.kept.SetWriteDeadline(time.Now().Add(patienceOfNotify)) != nil {
		return false
	}
	_, err := n.kept.WriteToUnix([]byte(text), n.address)
	return err == nil
}

// send opens the socket for each message: whoever listens may have begun anew.
func (n *Notifier) send(message func(*net.UnixConn) error) error {
	c, err := net.DialUnix("unixgram", nil, n.address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.SetWriteDeadline(time.Now().Add(patienceOfNotify)); err != nil {
		return err
	}
	return message(c)
}

// oneLine keeps a sentence from being taken for two assignments.
func oneLine(text string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(text) }

// Ready says that the process serves: it has started, or has ended a reload.
func (n *Notifier) Ready(status string) error {
	return n.tell("READY=1", "STATUS="+oneLine(status))
}

// Reloading says that the process reads its settings anew; Ready must follow.
func (n *Notifier) Reloading() error {
	lines := []string{"RELOADING=1"}
	if now, ok := monotonic(); ok {
		lines = append(lines, "MONOTONIC_USEC="+strconv.FormatInt(now.Microseconds(), 10))
	}
	return n.tell(lines...)
}

// Stopping says that the process ends.
func (n *Notifier) Stopping(status string) error {
	return n.tell("STOPPING=1", "STATUS="+oneLine(status))
}

// Status says how it fares, in a sentence.
func (n *Notifier) Status(text string) error { return n.tell("STATUS=" + oneLine(text)) }

// Patience asks for more time to stop, from now on.
func (n *Notifier) Patience(more time.Duration) error {
	return n.tell("EXTEND_TIMEOUT_USEC=" + strconv.FormatInt(more.Microseconds(), 10))
}

// Main says which process is the service.
func (n *Notifier) Main(pid int) error { return n.tell("MAINPID=" + strconv.Itoa(pid)) }

// Alive says that the watchdog need not bite.
func (n *Notifier) Alive() error { return n.tell("WATCHDOG=1") }

// Keep is Store's, by systemd's file descriptor store. What it has already, it
// does not take twice.
func (n *Notifier) Keep(name string, fd uintptr) error {
	return n.send(func(c *net.UnixConn) error { return sendWith(c, "FDSTORE=1\nFDNAME="+name, fd) })
}

// Forget is Store's.
func (n *Notifier) Forget(name string) error { return n.tell("FDSTOREREMOVE=1", "FDNAME="+name) }

// WatchdogEvery is how long the supervisor waits for Alive before it ends the
// process; zero: it does not.
func WatchdogEvery() time.Duration {
	return watchdogOf(os.Getenv, os.Getpid())
}

func watchdogOf(get func(string) string, pid int) time.Duration {
	if of := get("WATCHDOG_PID"); of != "" && of != strconv.Itoa(pid) {
		return 0
	}
	n, err := strconv.ParseInt(get("WATCHDOG_USEC"), 10, 64)
	if err != nil || n <= 0 || n > int64(maxWatchdog/time.Microsecond) {
		return 0
	}
	return time.Duration(n) * time.Microsecond
}

// maxWatchdog is longer than any watchdog that bites.
const maxWatchdog = 365 * 24 * time.Hour
