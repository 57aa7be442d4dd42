package listen

import (
	"io"
	"strconv"
	"time"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/suite"
)

// Options are the settings as words.
type Options struct {
	proxy.Options // those of parley serve; without suites, all that there are

	For         string // how long it listens; empty: until it is told to stop
	Connections string // how many it explains; empty: all
	Write       string // a file for what passes, with its keys

	Tool  string    // what made it, for the report
	Text  io.Writer // what connections do, as they do it
	Notes io.Writer // what is said of the server itself
	Style report.TerminalOptions
}

// A Plan is Options that were checked.
type Plan struct {
	settings    *proxy.Settings
	duration    time.Duration // zero: without end
	connections int           // zero: all

	write       string // a file; empty: none
	tool        string
	text, notes io.Writer
	style       report.TerminalOptions
}

// mostAtOnce bounds the connections that are served at a time: this is for
// looking at a few.
const mostAtOnce = 256

// farewell is how long a connection that has been told, since the client has said
// goodbye, may take to bring the client the rest.
const farewell = 2 * time.Second

// Check makes a plan of the options. Its errors are *proxy.SettingErrors.
func (o Options) Check() (*Plan, error) {
	settings, err := o.Options.Check()
	if err != nil {
		return nil, err
	}
	if settings.Listen.Network != "tcp" {
		return nil, &proxy.SettingError{Name: "listen", Value: o.Listen, Problem: "clients are told apart by their addresses, which a Unix socket has none of", Advice: "write HOST:PORT"}
	}
	if len(settings.Suites) == 0 {
		for _, s := range suite.All() {
			settings.Suites = append(settings.Suites, uint16(s.ID))
		}
	}
	if settings.MaxConnections == 0 {
		settings.MaxConnections = mostAtOnce
	}
	settings.Drain = farewell
	p := &Plan{
		settings: settings, write: o.Write,
		tool: o.Tool, text: o.Text, notes: o.Notes, style: o.Style,
	}
	return p, o.checkEnd(p)
}

func (o Options) checkEnd(p *Plan) error {
	if o.For != "" {
		d, err := time.ParseDuration(o.For)
		if err != nil || d <= 0 {
			return &proxy.SettingError{Name: "for", Value: o.For, Problem: "this is not a duration", Advice: "write a number with its unit, such as 30s or 2m"}
		}
		p.duration = d
	}
	if o.Connections != "" {
		n, err := strconv.Atoi(o.Connections)
		if err != nil || n <= 0 {
			return &proxy.SettingError{Name: "connections", Value: o.Connections, Problem: "this is not a count", Advice: "write a whole number from 1"}
		}
		p.connections = n
	}
	return nil
}
