//go:build unix

package proxy

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/parley-tls/parley/internal/legacyclient"
	"github.com/parley-tls/parley/internal/proxy/handover"
)

// legacy connects a client that is going to misbehave so.
func (x *service) legacy(n int) (*legacyclient.Client, legacyclient.Misbehaviour, error) {
	m, _ := legacyclient.Named([]string{"reset", "proper"}[n/2%2])
	conn, err := net.Dial("tcp", x.address)
	if err != nil {
		return nil, m, err
	}
	v := legacyVersions[n%3]
	c := legacyclient.New(conn, m.Options(legacyclient.Options{Version: v, Suites: aesSuites(v), Timeout: patience}))
	return c, m, c.Handshake()
}

// dialed connects with crypto/tls.
func (x *service) dialed(config *tls.Config) (*tls.Conn, error) {
	return tls.DialWithDialer(&net.Dialer{Timeout: patience}, "tcp", x.address, config)
}

// echoes says something and hears it again.
func echoes(c net.Conn, text string) error {
	if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := io.WriteString(c, text); err != nil {
		return err
	}
	got := make([]byte, len(text))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != text {
		return fmt.Errorf("%q came back, %w", got, err)
	}
	return nil
}

// Half of the clients renegotiate all the time, and new ones come all the time.
func TestUpgradeCutsAndRefusesNobody(t *testing.T) {
	const clients = 120
	x := starts(t, Options{HandshakeTimeout: "2s", Backend: echoBackend(t).String()})
	var connected, running sync.WaitGroup
	var over atomic.Bool
	connected.Add(clients)
	for n := range clients {
		running.Go(func() {
			c, m, err := x.legacy(n)
			connected.Done()
			for round := 0; err == nil && (round < 2 || !over.Load()); round++ {
				if err = c.Echo(fmt.Appendf(nil, "client %d, round %d", n, round)); err == nil && n%2 == 0 && round < 8 { // more would wait for their ration
					err = m.Run(c)
				}
			}
			if err == nil {
				err = c.Close()
			}
			if err != nil {
				t.Errorf("client %d is cut: %v", n, err)
			}
		})
	}
	connected.Wait()
	var came atomic.Int64
	for range 4 {
		running.Go(func() {
			for !over.Load() {
				c, err := x.dialed(&tls.Config{InsecureSkipVerify: true})
				if err == nil {
					err = errors.Join(echoes(c, "new"), c.Close())
				}
				if err != nil {
					t.Errorf("a new client is refused: %v", err)
					return
				}
				came.Add(1)
			}
		})
	}
	caches := map[uint16]tls.ClientSessionCache{tls.VersionTLS12: tls.NewLRUClientSessionCache(1), tls.VersionTLS13: tls.NewLRUClientSessionCache(1)}
	resumes := func(version uint16) bool {
		c, err := x.dialed(&tls.Config{InsecureSkipVerify: true, MinVersion: version, MaxVersion: version, ClientSessionCache: caches[version], ServerName: "proxy.example"})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := echoes(c, "again"); err != nil { // with it comes TLS 1.3's ticket
			t.Fatal(err)
		}
		return c.ConnectionState().DidResume
	}
	for version := range caches {
		resumes(version)
	}
	next := x.upgrades()
	before := came.Load()
	for end := time.Now().Add(patience); came.Load() < before+8 && time.Now().Before(end); {
		for version := range caches {
			if !resumes(version) {
				t.Errorf("%s is not resumed in the next process", tls.VersionName(version))
			}
		}
	}
	line := x.log.wait(t, "another process serves new clients; this one waits for its connections to end", 1)
	if n, _ := line["connections"].(float64); n < clients {
		t.Errorf("%v connections are left, of %d", n, clients)
	}
	over.Store(true)
	running.Wait()
	x.log.wait(t, "no connections are left: this process ends", 1)
	if err := x.ends(); err != nil {
		t.Error(err)
	}
	x.log.wait(t, "the process before has ended", 1)
	x.signals(next, syscall.SIGTERM)
	x.log.wait(t, "stopped", 2)
	for _, line := range x.log.all(t, "connection") {
		if line["ended"] != "clean" {
			t.Errorf("%v", line)
		}
	}
}

func TestUpgradeThatFailsChangesNothing(t *testing.T) {
	x := starts(t, Options{HandshakeTimeout: "1s"})
	c, err := x.dialed(&tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	bad := x.options
	bad.MinVersion = "0.9"
	x.writeSettings(bad)
	x.signals(x.current(), syscall.SIGUSR2)
	line := x.log.wait(t, "not upgraded: this process goes on as if nothing had happened", 1)
	if why, _ := line["error"].(string); !strings.Contains(why, "min-version") || strings.Contains(why, "\n") {
		t.Errorf("the reason is %q", why)
	}
	if err := echoes(c, "still here"); err != nil {
		t.Error(err)
	}
	fresh, err := x.dialed(&tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(echoes(fresh, "welcome"), fresh.Close()); err != nil {
		t.Error(err)
	}
	x.writeSettings(x.options)
	x.upgrades()
}

func TestUpgradeDrainCutsWhoIsLeft(t *testing.T) {
	b := newBackend(t)
	x := starts(t, Options{UpgradeDrain: "1s", Backend: b.Addr().String()})
	c, err := x.dialed(&tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	writes(t, c, "half a mess")
	visit := b.next(t)
	reads(t, visit, "half a mess")
	x.upgrades()
	if err := x.ends(); err != nil {
		t.Error(err)
	}
	visit.isReset(t, "")
	wants(t, x.log.wait(t, "upgrade-drain is over", 1), map[string]any{"connections": 1.0})
	wants(t, x.log.wait(t, "connection", 1), map[string]any{"ended": "stopped"})
	if n, err := c.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("it read %d bytes, %v: a stream that was cut looks whole", n, err)
	}
}

// A handshake that has begun goes on in the process that accepted it.
func TestHandshakeUnderWayIsNotCut(t *testing.T) {
	x := starts(t, Options{})
	raw, err := net.Dial("tcp", x.address)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	first, err := x.dialed(&tls.Config{InsecureSkipVerify: true}) // by now the other one was accepted
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	x.upgrades()
	c := tls.Client(raw, &tls.Config{InsecureSkipVerify: true})
	if err := echoes(c, "slow, and welcome"); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	wants(t, x.log.wait(t, "connection", 2), map[string]any{"conn": 1.0, "ended": "clean"})
}

func TestSupervisorHearsOfALife(t *testing.T) {
	x := starts(t, Options{Drain: "1m", HandshakeTimeout: "1s"}, "WATCHDOG_USEC=400000")
	x.hears(`^WATCHDOG=1$`)
	x.signals(x.current(), syscall.SIGHUP)
	x.hears(`^RELOADING=1`)
	x.hears(`^READY=1\nSTATUS=0 connections on 1 listener$`)
	first := x.current()
	next := x.upgrades()
	x.hears(`^WATCHDOG=1$`)
	x.signals(first, syscall.SIGUSR2)
	if why := x.log.wait(t, "not upgraded: this process goes on as if nothing had happened", 1)["error"]; !strings.Contains(fmt.Sprint(why), fmt.Sprint(next)) {
		t.Errorf("a second upgrade is refused by %v", why)
	}
	if err := x.ends(); err != nil {
		t.Error(err)
	}
	c, err := x.dialed(&tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	x.signals(next, syscall.SIGTERM)
	x.hears(`^STOPPING=1\nSTATUS=stopping: 1 connection left$`)
	x.hears(`^EXTEND_TIMEOUT_USEC=15000000$`)
	x.hears(`^STATUS=stopping: 1 connection left$`)
	c.Close()
	x.log.wait(t, "stopped", 2)
}

// A process that crashes leaves its socket and its keys to the next start: who
// connects meanwhile waits, and resumes.
func TestNextStartHasSocketAndKeysOfTheOneBefore(t *testing.T) {
	x := starts(t, Options{})
	config := &tls.Config{InsecureSkipVerify: true, ClientSessionCache: tls.NewLRUClientSessionCache(1), ServerName: "proxy.example"}
	c, err := x.dialed(config)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(echoes(c, "before"), c.Close()); err != nil {
		t.Fatal(err)
	}
	kept := []stored{<-x.stored, <-x.stored}
	if kept[0].name != "listen=127.0.0.1%3A0" || kept[1].name != "parley-ticket-keys" {
		t.Fatalf("kept are %v", kept)
	}
	x.signals(x.current(), syscall.SIGKILL)
	_ = x.started.Wait() // its error is that it was killed
	raw, err := net.Dial("tcp", x.address)
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	x.begins(kept)
	waited := tls.Client(raw, config)
	if err := echoes(waited, "after"); err != nil || !waited.ConnectionState().DidResume {
		t.Errorf("resumed %v, %v", waited.ConnectionState().DidResume, err)
	}
}

func TestProcessWhoseSuccessorCrashesEndsWithAnError(t *testing.T) {
	x := starts(t, Options{Drain: "0"})
	c, err := x.dialed(&tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	first := x.current()
	x.signals(x.upgrades(), syscall.SIGKILL)
	x.hears(fmt.Sprintf(`^MAINPID=%d$`, first))
	var exit *exec.ExitError
	if err := x.ends(); !errors.As(err, &exit) {
		t.Errorf("it ended with %v", err)
	}
}

func TestAdminSocketUpgrades(t *testing.T) {
	admin := "unix:" + socketPath(t)
	x := starts(t, Options{Admin: admin, Metrics: "127.0.0.1:0"})
	c, err := x.dialed(&tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	first := x.current()
	text, err := AskUpgrade(admin)
	if err != nil {
		t.Fatal(err)
	}
	var pid, before int
	if _, err := fmt.Sscanf(text, "process %d serves new clients; process %d has 1 connection left", &pid, &before); err != nil || before != first {
		t.Errorf("it says %q of process %d: %v", text, first, err)
	}
	x.others = append(x.others, pid)
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		status, err := AskStatus(admin)
		if err != nil {
			t.Fatal(err)
		}
		if status.Before != nil && *status.Before == 1 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("the status is %+v", status)
		}
	}
}

func TestUpgradesThatCannotBe(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, test := range map[string]struct {
		stop   context.Context
		change func(*upgrader)
		says   string
	}{
		"in a container":    {t.Context(), func(u *upgrader) { u.own = 1 }, "container"},
		"twice":             {t.Context(), func(u *upgrader) { u.busy = true }, "under way"},
		"after one":         {t.Context(), func(u *upgrader) { u.heir = 42 }, "process 42"},
		"at the end":        {stopped, func(*upgrader) {}, errStopping.Error()},
		"without a program": {t.Context(), func(u *upgrader) { u.wrong = os.ErrNotExist }, os.ErrNotExist.Error()},
	} {
		u := newUpgrader(slog.New(slog.DiscardHandler))
		test.change(u)
		if err := u.begin(test.stop); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
		u.close()
	}
}

// Who is told to stop just when the next process has begun to serve leaves it its
// sockets, as a moment later.
func TestStopAmidAnUpgradeKnowsTheNextProcess(t *testing.T) {
	stop, end := context.WithCancel(t.Context())
	end()
	for range 20 { // either end might be seen first
		u := newUpgrader(slog.New(slog.DiscardHandler))
		defer u.close()
		if err := u.begin(t.Context()); err != nil {
			t.Fatal(err)
		}
		next := &handover.Successor{PID: 4711}
		known := make(chan *handover.Successor)
		go func() { known <- u.await(stop) }()
		u.end(next)
		if got := <-known; got != next {
			t.Fatalf("it knows of %v", got)
		}
		if got := u.await(stop); got != nil {
			t.Fatalf("it knows of %v twice", got)
		}
	}
}
