package proxy

import (
	"context"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

// Run serves until the process is told to stop, by SIGTERM or SIGINT: a first
// signal drains, a second one ends at once. It logs to w.
func Run(settings *Settings, w io.Writer) error {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	defer signal.Stop(signals)
	log, level := newLogger(settings, w)
	server, err := New(settings, log)
	if err != nil {
		return err
	}
	level.Set(settings.LogLevel)
	stop, draining := context.WithCancel(context.Background())
	defer draining()
	now, ending := context.WithCancel(context.Background())
	defer ending()
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
	return server.Serve(stop, now)
}

// newLogger makes the log. Until its level is set it has info, so that what is
// said at start is said whatever the level.
func newLogger(settings *Settings, w io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	level.Set(min(slog.LevelInfo, settings.LogLevel))
	options := &slog.HandlerOptions{Level: level}
	if settings.LogJSON {
		return slog.New(slog.NewJSONHandler(w, options)), level
	}
	return slog.New(slog.NewTextHandler(w, options)), level
}
