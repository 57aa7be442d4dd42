//go:build unix

package handover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// roleVar has the test's binary be the next process, and says how it behaves.
const roleVar = "PARLEY_TEST_SUCCESSOR"

func TestMain(m *testing.M) {
	if role := os.Getenv(roleVar); role != "" {
		if err := succeed(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// succeed is the next process: it tells each client who it is and what keys it
// has, until its predecessor has nobody left.
func succeed(role string) error {
	switch role {
	case "crashes":
		return errors.New("no")
	case "hangs":
		time.Sleep(time.Hour)
	case "leaves":
		return nil
	}
	in, err := TakeOver()
	if err != nil {
		return err
	}
	if role == "fails" {
		return in.Predecessor.Failed(errors.New("parley.yaml:4: there is no such key\n  excerpt"))
	}
	network, address, _ := strings.Cut(role, " ")
	l, err := in.Sockets.Listen(Want{Network: network, Address: address, Open: func() (net.Listener, error) { return nil, errors.New("it was not given") }})
	if err != nil {
		return errors.Join(err, in.Predecessor.Failed(err))
	}
	in.Sockets.Begin(func(string, string, error) {})
	if err := in.Predecessor.Ready(); err != nil {
		return err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintf(c, "%d %s", os.Getpid(), in.Keys)
			c.Close()
		}
	}()
	in.Predecessor.Follow(func(int) {})
	return l.Close()
}

// launches is an upgrade to a process that behaves so.
func launches(t *testing.T, s *Sockets, role string) (*Successor, error) {
	t.Helper()
	t.Setenv(roleVar, role)
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	patience := patience
	if role == "hangs" {
		patience = 100 * time.Millisecond
	}
	return Launch{Program: program, Args: os.Args[:1], Sockets: s, Keys: []byte("keys"), Patience: patience}.Start(t.Context())
}

func TestNextProcessTakesTheSocketsAndTheKeys(t *testing.T) {
	s := NewSockets(nil, nil)
	l := s.mustListen(t, opens("tcp", "127.0.0.1:0"))
	s.beginTold()
	next, err := launches(t, s, "tcp 127.0.0.1:0") // its name, not its address, says which
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Retire(); err != nil {
		t.Fatal(err)
	}
	c := knock(t, l.Addr(), "")
	said, err := io.ReadAll(c)
	if want := fmt.Sprintf("%d keys", next.PID); err != nil || string(said) != want {
		t.Errorf("who answered said %q, %v, not %q", said, err, want)
	}
	if err := next.Left(0); err != nil {
		t.Error(err)
	}
	next.line.Close() // as the end of this process does
	if err := next.How(); err != nil {
		t.Error(err)
	}
}

// What this process accepts while another one is tried stays with it.
func TestNextProcessThatIsNotReadyChangesNothing(t *testing.T) {
	for role, says := range map[string]string{
		"fails":   "there is no such key",
		"crashes": "exit status 3",
		"leaves":  errSilent.Error(),
		"hangs":   "not ready within",
		"fd none": "no socket of the name none",
	} {
		t.Run(role, func(t *testing.T) {
			s := NewSockets(nil, nil)
			l := s.mustListen(t, opens("tcp", "127.0.0.1:0"))
			s.beginTold()
			if _, err := launches(t, s, role); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("it failed by %v, which does not say %q in a line", err, says)
			}
			knock(t, l.Addr(), "still here")
			if who := lets(t, l); who != "still here" {
				t.Errorf("%s came", who)
			}
		})
	}
}

func TestProgramThatIsNotThereIsNamed(t *testing.T) {
	_, err := Launch{Program: "/no/such/parley", Args: []string{"parley"}, Sockets: NewSockets(nil, nil), Patience: patience}.Start(t.Context())
	if !errors.Is(err, os.ErrNotExist) || !strings.Contains(err.Error(), "/no/such/parley") {
		t.Error(err)
	}
}

func TestStopEndsTheWaitForTheNextProcess(t *testing.T) {
	t.Setenv(roleVar, "hangs")
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (Launch{Program: program, Args: os.Args[:1], Sockets: NewSockets(nil, nil), Patience: patience}).Start(stopped); !errors.Is(err, errStopped) {
		t.Error(err)
	}
}

func TestNextProcessHearsHowManyAreLeft(t *testing.T) {
	ours, theirs, err := newLine()
	if err != nil {
		t.Fatal(err)
	}
	p, err := newPredecessor(theirs)
	if err != nil {
		t.Fatal(err)
	}
	old := &Successor{line: ours}
	heard, over := make(chan int, 8), make(chan bool)
	go func() { defer close(over); p.Follow(func(n int) { heard <- n }) }()
	for _, n := range []int{250, 3} {
		if err := old.Left(n); err != nil {
			t.Fatal(err)
		}
		if got := <-heard; got != n {
			t.Errorf("%d are left, it hears %d", n, got)
		}
	}
	fmt.Fprintln(ours, "left many\nwhat?")
	ours.Close()
	<-over
	if len(heard) > 0 {
		t.Errorf("it hears %d of nonsense", <-heard)
	}
}

func TestEnvironmentOfTheNextProcess(t *testing.T) {
	for _, name := range []string{"LISTEN_PID", "LISTEN_FDS", "WATCHDOG_PID"} {
		t.Setenv(name, "1")
	}
	t.Setenv("NOTIFY_SOCKET", "/run/n")
	env := strings.Join(Launch{}.environment([]string{"a", "b"}), "\n") + "\n"
	for _, want := range []string{"NOTIFY_SOCKET=/run/n\n", "LISTEN_FDS=2\n", "LISTEN_FDNAMES=a:b\n", fmt.Sprintf("PARLEY_PREDECESSOR=%d\n", os.Getpid())} {
		if !strings.Contains(env, want) {
			t.Errorf("there is no %s", want)
		}
	}
	for _, not := range []string{"LISTEN_PID=", "WATCHDOG_PID=", "LISTEN_FDS=1"} {
		if strings.Contains(env, not) {
			t.Errorf("there is %s", not)
		}
	}
}
