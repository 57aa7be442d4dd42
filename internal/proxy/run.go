package proxy

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/parley-tls/parley/internal/proxy/handover"
)

// Run serves by all settings of a source, of which there must be one, until the
// process is told to stop, by SIGTERM or SIGINT: a first signal drains, a second
// one ends at once. SIGHUP, and a change of the files, loads them again. SIGUSR2
// has the program, as it is on disk by then, go on in another process. It logs to
// w, as the first of the settings says.
func Run(from Source, w io.Writer) error {
	in, err := handover.TakeOver()
	if err != nil {
		return err
	}
	p := &process{from: from, in: in}
	if err = p.run(w); err != nil && in.Predecessor != nil && !p.begun {
		_ = in.Predecessor.Failed(err) // the reason is told here, too
	}
	return err
}

// Signals gives what Serve takes: a first SIGTERM or SIGINT ends stop, a second
// one now. Until done is called they do nothing else.
func Signals() (stop, now context.Context, done func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	stop, draining := context.WithCancel(context.Background())
	now, ending := context.WithCancel(context.Background())
	go func() {
		for _, act := range []func(){draining, ending} {
			select {
			case <-signals:
				act()
			case <-now.Done():
				return
			}
		}
	}()
	return stop, now, func() {
		signal.Stop(signals)
		draining()
		ending()
	}
}
