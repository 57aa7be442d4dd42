// Package listen is a throw-away server that tells what each client offers, what
// it does wrong, and which setting would serve it.
package listen

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/report"
)

// Run serves until it has seen enough, and gives the report.
func Run(o Options) (*report.Report, error) {
	plan, err := o.Check()
	if err != nil {
		return nil, err
	}
	stop, _, done := proxy.Signals()
	defer done()
	if plan.duration > 0 {
		var cancel context.CancelFunc
		stop, cancel = context.WithTimeout(stop, plan.duration)
		defer cancel()
	}
	return plan.run(stop)
}

// run serves until stop ends, which cuts what is still open, or until as many
// connections as are wanted have ended.
func (p *Plan) run(stop context.Context) (*report.Report, error) {
	t, err := p.newTape()
	if err != nil {
		return nil, err
	}
	a := newAudience(p.connections)
	server, err := proxy.NewWatched(p.settings, p.log(), proxy.Watcher{
		Listener: a.listener(t), Events: a.observe, KeyLog: t.KeyLog(),
	})
	if err != nil {
		return nil, errors.Join(err, ofWrite(t.Close()))
	}
	n, err := newNarrator(p, server)
	if err != nil {
		return nil, errors.Join(err, ofWrite(t.Close()))
	}
	enough, end := context.WithCancel(stop)
	defer end()
	// What is still open then is told as it is, before the server cuts it: that is
	// none of the clients' doing.
	serving, cut := context.WithCancel(context.Background())
	context.AfterFunc(enough, func() {
		a.end()
		cut()
	})
	served := make(chan error, 1)
	go func() { served <- server.Serve(serving, stop) }()
	n.follow(a, end)
	err = errors.Join(<-served, ofWrite(t.Close()))
	return n.finish(a.unheard(), time.Now()), err
}

// log is for what goes wrong here and not in a client.
func (p *Plan) log() *slog.Logger {
	return slog.New(slog.NewTextHandler(p.notes, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
