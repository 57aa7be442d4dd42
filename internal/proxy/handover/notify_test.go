//go:build unix

package handover

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A manager hears what a process says, as systemd does.
type manager struct {
	*net.UnixConn
	t *testing.T
}

func newManager(t *testing.T) (*manager, *Notifier) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	n, err := NewNotifier(path)
	if err != nil {
		t.Fatal(err)
	}
	return &manager{c, t}, n
}

// hears gives the next message, and the descriptors that came along.
func (m *manager) hears() (text string, files []*os.File) {
	m.t.Helper()
	b, oob := make([]byte, 4096), make([]byte, 4096)
	if err := m.SetReadDeadline(time.Now().Add(patience)); err != nil {
		m.t.Fatal(err)
	}
	n, o, _, _, err := m.ReadMsgUnix(b, oob)
	if err != nil {
		m.t.Fatal(err)
	}
	messages, err := unix.ParseSocketControlMessage(oob[:o])
	if err != nil {
		m.t.Fatal(err)
	}
	for _, message := range messages {
		fds, err := unix.ParseUnixRights(&message)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), ""))
		}
	}
	return string(b[:n]), files
}

func TestManagerHearsHowTheProcessFares(t *testing.T) {
	m, n := newManager(t)
	for _, test := range []struct {
		say  func() error
		want string
	}{
		{func() error { return n.Ready("serving\non 2 listeners") }, `^READY=1\nSTATUS=serving on 2 listeners$`},
		{n.Reloading, `^RELOADING=1(\nMONOTONIC_USEC=[1-9][0-9]+)?$`},
		{func() error { return n.Stopping("3 left") }, `^STOPPING=1\nSTATUS=3 left$`},
		{func() error { return n.Status("all is well") }, `^STATUS=all is well$`},
		{func() error { return n.Patience(30 * time.Second) }, `^EXTEND_TIMEOUT_USEC=30000000$`},
		{func() error { return n.Main(42) }, `^MAINPID=42$`},
		{n.Alive, `^WATCHDOG=1$`},
		{func() error { return n.Forget("a") }, `^FDSTOREREMOVE=1\nFDNAME=a$`},
	} {
		if err := test.say(); err != nil {
			t.Fatal(err)
		}
		if got, _ := m.hears(); !regexp.MustCompile(test.want).MatchString(got) {
			t.Errorf("it hears %q, not %s", got, test.want)
		}
	}
}

func TestNobodyIsToldWhereNobodyListens(t *testing.T) {
	n, err := NewNotifier("")
	if n != nil || err != nil {
		t.Fatal(n, err)
	}
	if err := n.Ready("x"); err != nil {
		t.Error(err)
	}
	if err := n.KeepKeys([]byte("x")); err != nil {
		t.Error(err)
	}
	for _, bad := range []string{"vsock:2:3", "notify"} {
		if _, err := NewNotifier(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func TestStoreOfTheManagerHasTheSocketAndTheKeys(t *testing.T) {
	m, n := newManager(t)
	s := NewSockets(nil, n)
	l := s.mustListen(t, opens("tcp", "127.0.0.1:0"))
	s.beginTold()
	text, files := m.hears()
	if want := "FDSTORE=1\nFDNAME=" + l.name; text != want || len(files) != 1 {
		t.Fatalf("it hears %q with %d descriptors, not %q", text, len(files), want)
	}
	if err := n.KeepKeys([]byte("secret")); err != nil {
		t.Fatal(err)
	}
	if text, _ := m.hears(); text != "FDSTOREREMOVE=1\nFDNAME="+keysName {
		t.Errorf("it hears %q", text)
	}
	text, keys := m.hears()
	if text != "FDSTORE=1\nFDNAME="+keysName || len(keys) != 1 {
		t.Fatalf("it hears %q with %d descriptors", text, len(keys))
	}
	s.Stopping()
	l.Close()

	// The next start has them again, and again.
	for range 2 {
		again := new(Inheritance)
		file, err := unix.Dup(int(keys[0].Fd()))
		if err != nil {
			t.Fatal(err)
		}
		if err := again.takeKeys(os.NewFile(uintptr(file), keysName)); err != nil || string(again.Keys) != "secret" {
			t.Errorf("the keys are %q, %v", again.Keys, err)
		}
	}
	next := NewSockets([]Given{{l.name, files[0]}}, n).mustListen(t, mustNotOpen(t, "tcp", "127.0.0.1:0"))
	if next.Addr().String() != l.Addr().String() {
		t.Errorf("it listens on %v, not %v", next.Addr(), l.Addr())
	}
}

func TestSecretIsBounded(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	go func() { defer w.Close(); _, _ = w.Write(make([]byte, maxSecret+1)) }()
	if _, err := reveal(r); err == nil {
		t.Error("it is read")
	}
}

func TestWatchdogOfThisProcess(t *testing.T) {
	for _, test := range []struct {
		usec, pid string
		want      time.Duration
	}{{"", "", 0}, {"3000000", "", 3 * time.Second}, {"3000000", "42", 3 * time.Second}, {"3000000", "41", 0}, {"0", "", 0}, {"-1", "", 0}, {"9223372036854775807", "", 0}, {"soon", "", 0}} {
		if got := watchdogOf(environment(map[string]string{"WATCHDOG_USEC": test.usec, "WATCHDOG_PID": test.pid}), 42); got != test.want {
			t.Errorf("%q of %q: %v", test.usec, test.pid, got)
		}
	}
}

func TestSupervisorHearsOfAProcessThatHasNoDescriptorLeft(t *testing.T) {
	m, n := newManager(t)
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: 0, Max: before.Max}); err != nil {
		t.Fatal(err)
	}
	err := n.Alive()
	if again := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); again != nil {
		t.Fatal(again)
	}
	if err != nil {
		t.Fatal(err)
	}
	if text, _ := m.hears(); text != "WATCHDOG=1" {
		t.Errorf("it hears %q", text)
	}
}
