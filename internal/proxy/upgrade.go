package proxy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// patienceWithSuccessor is how long the next process may take until it serves: it
// reads its files, and asks nobody.
const patienceWithSuccessor = time.Minute

// An upgrader starts the process that takes this one's place.
type upgrader struct {
	log     *slog.Logger
	own     int    // this process's PID
	program string // its path; what stands there may be another version by then
	wrong   error  // why there is none
	signals chan os.Signal
	over    chan struct{}
	close   func()
	handed  chan *handover.Successor // gets one, once

	mu   sync.Mutex // guards what follows
	idle sync.Cond  // on mu: busy is over
	busy bool
	heir int // the PID of that process; zero: there is none yet
}

// newUpgrader notes how the program was started. From now on the signal for an
// upgrade does not end the process.
func newUpgrader(log *slog.Logger) *upgrader {
	u := &upgrader{log: log, own: os.Getpid(), signals: make(chan os.Signal, 1), over: make(chan struct{}), handed: make(chan *handover.Successor, 1)}
	u.idle.L = &u.mu
	if len(upgradeSignals) > 0 {
		signal.Notify(u.signals, upgradeSignals...)
	}
	u.close = sync.OnceFunc(func() {
		signal.Stop(u.signals)
		close(u.over)
	})
	u.program, u.wrong = pathOf(os.Args[0])
	return u
}

// pathOf is where a program was found that was started by a name. What the system
// says of a running program is another path where the name is a link, and the old
// file's where it was replaced.
func pathOf(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// run calls upgrade for each signal.
func (u *upgrader) run(upgrade func()) {
	for {
		select {
		case <-u.signals:
			upgrade()
		case <-u.over:
			return
		}
	}
}

// begin says why there can be no upgrade now; nil: it may begin, and end must
// follow.
func (u *upgrader) begin(stop context.Context) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.heir != 0:
		return fmt.Errorf("process %d serves in this one's place already; upgrade that one", u.heir)
	case u.busy:
		return errors.New("an upgrade is under way")
	case stop.Err() != nil:
		return errStopping
	case u.own == 1:
		return errFirst
	case u.wrong != nil:
		return u.wrong
	}
	u.busy = true
	return nil
}

// errFirst is for whoever upgrades inside a container.
var errFirst = errors.New("this process is number 1 of a container, which would end with it: start a container of the new version beside this one, let new clients go there, and stop this one, whose drain lets the others finish")

// hasHeir says whether another process serves in this one's place.
func (u *upgrader) hasHeir() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.heir != 0
}

func (u *upgrader) end(next *handover.Successor) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.busy = false
	u.idle.Broadcast()
	if next != nil {
		u.heir = next.PID
		u.handed <- next
	}
}

// await gives the process that took this one's place; nil: stop ended before. What
// was under way by then is waited for, which is not long: if that process serves
// already, its sockets are not ours to take away.
func (u *upgrader) await(stop context.Context) *handover.Successor {
	select {
	case next := <-u.handed:
		return next
	case <-stop.Done():
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	for u.busy {
		u.idle.Wait()
	}
	select {
	case next := <-u.handed:
		return next
	default:
		return nil
	}
}

// A handedOver says what became of an upgrade.
type handedOver struct {
	PID          int    `json:"pid"`
	Before       int    `json:"pid_before"`
	Connections  int    `json:"connections_before"`
	UpgradeDrain string `json:"upgrade_drain"` // 0s: no limit
}

// upgrade starts the next process and hands over to it. On an error everything is
// as it was.
func (p *process) upgrade(stop context.Context) (handedOver, error) {
	if err := p.next.begin(stop); err != nil {
		return handedOver{}, err
	}
	var next *handover.Successor
	defer func() { p.next.end(next) }()
	p.log.Info("upgrading: another process of the program is started", "program", p.next.program)
	keys, err := p.group.TicketKeys().MarshalBinary()
	if err != nil {
		return handedOver{}, err
	}
	launch := handover.Launch{Program: p.next.program, Args: os.Args, Sockets: p.in.Sockets, Keys: keys, Patience: patienceWithSuccessor}
	if next, err = launch.Start(stop); err != nil {
		next = nil
		return handedOver{}, err
	}
	return handedOver{next.PID, os.Getpid(), p.group.left(), p.upgradeDrain().String()}, nil
}

// upgradeTold is upgrade where the log alone hears what becomes of it.
func (p *process) upgradeTold(stop context.Context) {
	if _, err := p.upgrade(stop); err != nil {
		p.log.Error("not upgraded: this process goes on as if nothing had happened", "error", err)
	}
}

// answerUpgrade is the admin socket's.
func (d *desk) answerUpgrade(w http.ResponseWriter, _ *http.Request) {
	done, err := d.upgrade()
	if err != nil {
		refuse(w, http.StatusConflict, fmt.Errorf("not upgraded: %w", err))
		return
	}
	answerJSON(w, done)
}

// AskUpgrade has the server that has an admin socket hand over to another process
// of its program, and says in a sentence what became of it. Word is as the
// setting admin is.
func AskUpgrade(word string) (string, error) {
	var done handedOver
	if err := askJSON(word, http.MethodPost, "/upgrade", &done); err != nil {
		return "", err
	}
	limit := "until they end"
	if d, err := time.ParseDuration(done.UpgradeDrain); err == nil && d > 0 {
		limit = "for " + d.String() + " at most"
	}
	return fmt.Sprintf("process %d serves new clients; process %d has %s left and waits for them, %s", done.PID, done.Before, numbered(done.Connections, "connection"), limit), nil
}
