//go:build unix

package handover

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// patience bounds every wait of a test.
const patience = 20 * time.Second

// gives makes a listening socket's descriptor one that was given.
func gives(t *testing.T, l net.Listener, name string) Given {
	t.Helper()
	if u, ok := l.(*net.UnixListener); ok {
		u.SetUnlinkOnClose(false)
	}
	f, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	return Given{name, f}
}

func listenOn(t *testing.T, network, address string) net.Listener {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// opens is a Want that opens what it names.
func opens(network, address string) Want {
	return Want{Network: network, Address: address, Open: func() (net.Listener, error) { return net.Listen(network, address) }}
}

// mustNotOpen is one whose socket was given.
func mustNotOpen(t *testing.T, network, address string) Want {
	return Want{Network: network, Address: address, Open: func() (net.Listener, error) {
		t.Errorf("%s %s is opened, though it was given", network, address)
		return net.Listen(network, address)
	}}
}

func (s *Sockets) mustListen(t *testing.T, w Want) *Listener {
	t.Helper()
	l, err := s.Listen(w)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// beginTold begins, and gives the names of what nobody wanted.
func (s *Sockets) beginTold() (names []string) {
	s.Begin(func(name, _ string, _ error) { names = append(names, name) })
	return names
}

// knock connects and says who it is.
func knock(t *testing.T, a net.Addr, text string) net.Conn {
	t.Helper()
	c, err := net.DialTimeout(a.Network(), a.String(), patience)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := c.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return c
}

// lets is who comes in next.
func lets(t *testing.T, l net.Listener) string {
	t.Helper()
	c, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 64)
	n, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestGivenSocketIsFoundByItsAddress(t *testing.T) {
	tcp := listenOn(t, "tcp", "127.0.0.1:0")
	everywhere := listenOn(t, "tcp", ":0")
	_, port, _ := net.SplitHostPort(everywhere.Addr().String())
	path := filepath.Join(t.TempDir(), "s")
	unix := listenOn(t, "unix", path)
	s := NewSockets([]Given{gives(t, unix, "parley.socket"), gives(t, everywhere, "parley.socket"), gives(t, tcp, "parley.socket")}, nil)
	var open []*Listener
	for _, w := range []Want{mustNotOpen(t, "tcp", tcp.Addr().String()), mustNotOpen(t, "tcp", "0.0.0.0:"+port), mustNotOpen(t, "unix", path)} {
		open = append(open, s.mustListen(t, w))
	}
	if left := s.beginTold(); len(left) > 0 {
		t.Errorf("%q are left", left)
	}
	for _, l := range open {
		knock(t, l.Addr(), "me")
		if got := lets(t, l); got != "me" {
			t.Errorf("%v let %s in", l.Addr(), got)
		}
	}
}

func TestGivenSocketIsFoundByItsName(t *testing.T) {
	one, two := listenOn(t, "tcp", "127.0.0.1:0"), listenOn(t, "tcp", "127.0.0.1:0")
	s := NewSockets([]Given{gives(t, one, "office"), gives(t, two, "terminals")}, nil)
	if l := s.mustListen(t, Want{Network: "fd", Address: "terminals"}); l.Addr().String() != two.Addr().String() {
		t.Errorf("terminals is %v, not %v", l.Addr(), two.Addr())
	}
	var missing *NotGivenError
	if _, err := s.Listen(Want{Network: "fd", Address: "terminals"}); !errors.As(err, &missing) || missing.Name != "terminals" || len(missing.Given) != 1 {
		t.Errorf("a socket is given twice: %v", err)
	}
}

func TestSocketThatNobodyWantsIsClosedAndTold(t *testing.T) {
	l := listenOn(t, "tcp", "127.0.0.1:0")
	s := NewSockets([]Given{gives(t, l, "old")}, nil)
	s.mustListen(t, opens("tcp", "127.0.0.1:0"))
	if left := s.beginTold(); len(left) != 1 || left[0] != "old" {
		t.Errorf("%q are told", left)
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
}

func TestWhatIsNoListeningSocketIsTold(t *testing.T) {
	file, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	there := listenOn(t, "tcp", "127.0.0.1:0")
	connected, err := knock(t, there.Addr(), "x").(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	s := NewSockets([]Given{{"file", file}, {"connection", connected}}, nil)
	wrong := map[string]error{}
	s.Begin(func(name, _ string, why error) { wrong[name] = why })
	if !errors.Is(wrong["file"], errNoStream) || !errors.Is(wrong["connection"], errNoListens) {
		t.Errorf("told are %v", wrong)
	}
}

func TestNobodyIsAcceptedBeforeTheBeginning(t *testing.T) {
	s := NewSockets(nil, nil)
	l := s.mustListen(t, opens("tcp", "127.0.0.1:0"))
	knock(t, l.Addr(), "early")
	came := make(chan string, 1)
	go func() { came <- lets(t, l) }()
	select {
	case who := <-came:
		t.Fatalf("%s was let in", who)
	default:
	}
	if l.accepted.Load() != 0 {
		t.Fatal("somebody was accepted")
	}
	s.beginTold()
	if who := <-came; who != "early" {
		t.Errorf("%s came", who)
	}
}

func TestRetiredSocketGivesItsClientsToItsOtherOwner(t *testing.T) {
	for _, network := range []string{"tcp", "unix"} {
		t.Run(network, func(t *testing.T) {
			address := map[string]string{"tcp": "127.0.0.1:0", "unix": filepath.Join(t.TempDir(), "s")}[network]
			old := NewSockets(nil, nil)
			before := old.mustListen(t, opens(network, address))
			old.beginTold()
			file, err := before.Listener.(interface{ File() (*os.File, error) }).File()
			if err != nil {
				t.Fatal(err)
			}
			next := NewSockets([]Given{{before.name, file}}, nil)
			after := next.mustListen(t, mustNotOpen(t, network, address))
			next.beginTold()
			ended := make(chan error, 1)
			go func() { _, err := before.Accept(); ended <- err }()
			if err := before.Retire(); err != nil {
				t.Fatal(err)
			}
			select {
			case err := <-ended:
				t.Fatalf("whoever accepted was told %v", err)
			default:
			}
			knock(t, before.Addr(), "next client")
			if who := lets(t, after); who != "next client" {
				t.Errorf("%s came", who)
			}
			if err := before.Close(); err != nil {
				t.Error(err)
			}
			if err := <-ended; !errors.Is(err, net.ErrClosed) {
				t.Errorf("it ended by %v", err)
			}
			knock(t, before.Addr(), "one more") // its file is there
			if who := lets(t, after); who != "one more" {
				t.Errorf("%s came", who)
			}
		})
	}
}

func TestFileOfAUnixSocketGoesWithWhoeverOwnsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	l, err := (*Sockets)(nil).Listen(opens("unix", path))
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("ours is left: %v", err)
	}
	s := NewSockets([]Given{gives(t, listenOn(t, "unix", path), "parley.socket")}, nil)
	s.mustListen(t, mustNotOpen(t, "unix", path)).Close()
	if _, err := os.Lstat(path); err != nil {
		t.Errorf("systemd's is gone: %v", err)
	}
}

// storeOf notes what is kept.
type storeOf map[string]bool

func (s storeOf) Keep(name string, _ uintptr) error { s[name] = true; return nil }
func (s storeOf) Forget(name string) error          { delete(s, name); return nil }

func TestStoreHasWhatTheNextStartNeeds(t *testing.T) {
	kept := storeOf{"listen=:1": true}
	theirs := listenOn(t, "tcp", "127.0.0.1:0")
	s := NewSockets([]Given{gives(t, theirs, "parley.socket"), gives(t, listenOn(t, "tcp", "127.0.0.1:0"), "listen=:1")}, kept)
	s.mustListen(t, mustNotOpen(t, "tcp", theirs.Addr().String()))
	s.mustListen(t, opens("unix", filepath.Join(t.TempDir(), "s")))
	ours := s.mustListen(t, opens("tcp", "127.0.0.1:0"))
	s.beginTold()
	if !kept[ours.name] || len(kept) != 1 {
		t.Errorf("kept are %v, not our TCP socket alone", kept)
	}
	goes := s.mustListen(t, opens("tcp", "localhost:0"))
	if !kept[goes.name] {
		t.Error("a socket that a reload opened is not kept")
	}
	goes.Close()
	if kept[goes.name] {
		t.Error("a socket that a reload closed is kept")
	}
	s.Stopping()
	ours.Close()
	if !kept[ours.name] {
		t.Error("it is not kept over the stop")
	}
}

func TestNamesStandBetweenColons(t *testing.T) {
	for _, w := range []Want{opens("tcp", "[::1]:443"), opens("unix", "/run/a b:c/%s\n"), opens("tcp", ":0")} {
		name := nameOf(w)
		if !ValidName(name) || !isOurs(name) {
			t.Errorf("%q is no name of ours", name)
		}
	}
	if nameOf(opens("unix", "/a%3Ab")) == nameOf(opens("unix", "/a:b")) {
		t.Error("two paths have one name")
	}
	for _, name := range []string{"", "a:b", "a\n", "é", strings.Repeat("a", 256)} {
		if ValidName(name) {
			t.Errorf("%q is a name", name)
		}
	}
}
