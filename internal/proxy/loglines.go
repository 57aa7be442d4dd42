package proxy

import (
	"context"
	"io"
	"log/slog"
	"sync/atomic"
)

// newLogger makes the log. Until its level is set it has info, so that what is
// said at start is said whatever the level.
func newLogger(settings *Settings, w io.Writer) (*slog.Logger, *slog.LevelVar) {
	level := new(slog.LevelVar)
	level.Set(min(slog.LevelInfo, settings.LogLevel))
	options := &slog.HandlerOptions{Level: level}
	h := formats{new(atomic.Bool), slog.NewTextHandler(w, options), slog.NewJSONHandler(w, options)}
	h.asJSON.Store(settings.LogJSON)
	return slog.New(h), level
}

// formats is a handler whose lines may change their format.
type formats struct {
	asJSON     *atomic.Bool
	text, json slog.Handler
}

// writeAs has the lines of a log, if it is one of ours, be in the format that the
// settings say.
func writeAs(log *slog.Logger, settings *Settings) {
	if h, ok := log.Handler().(formats); ok {
		h.asJSON.Store(settings.LogJSON)
	}
}

// Enabled is the same for both.
func (f formats) Enabled(ctx context.Context, level slog.Level) bool {
	return f.text.Enabled(ctx, level)
}

// Handle writes a line.
func (f formats) Handle(ctx context.Context, r slog.Record) error {
	if f.asJSON.Load() {
		return f.json.Handle(ctx, r)
	}
	return f.text.Handle(ctx, r)
}

// WithAttrs is slog.Handler's.
func (f formats) WithAttrs(attrs []slog.Attr) slog.Handler {
	return formats{f.asJSON, f.text.WithAttrs(attrs), f.json.WithAttrs(attrs)}
}

// WithGroup is slog.Handler's.
func (f formats) WithGroup(name string) slog.Handler {
	return formats{f.asJSON, f.text.WithGroup(name), f.json.WithGroup(name)}
}

// nameLines has each line of a listener's log say whose it is, if it has a name,
// which may change.
func nameLines(log *slog.Logger, name string) (*atomic.Pointer[string], *slog.Logger) {
	called := new(atomic.Pointer[string])
	called.Store(&name)
	return called, slog.New(namedLines{log.Handler(), called})
}

// namedLines is a handler of lines that have a name.
type namedLines struct {
	slog.Handler
	name *atomic.Pointer[string]
}

// Handle writes a line.
func (n namedLines) Handle(ctx context.Context, r slog.Record) error {
	if name := *n.name.Load(); name != "" {
		return n.Handler.WithAttrs([]slog.Attr{slog.String("listener", name)}).Handle(ctx, r)
	}
	return n.Handler.Handle(ctx, r)
}

// WithAttrs is slog.Handler's.
func (n namedLines) WithAttrs(attrs []slog.Attr) slog.Handler {
	return namedLines{n.Handler.WithAttrs(attrs), n.name}
}

// WithGroup is slog.Handler's.
func (n namedLines) WithGroup(name string) slog.Handler {
	return namedLines{n.Handler.WithGroup(name), n.name}
}
