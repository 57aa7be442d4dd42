package proxy

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-tls/parley"
	"github.com/parley-tls/parley/internal/proxy/clientcert"
	"github.com/parley-tls/parley/internal/proxy/rehearse"
	"github.com/parley-tls/parley/internal/proxy/tickets"
)

// A Preview is what a server by some settings would be, without being one.
type Preview struct {
	Config   *parley.Config
	Trial    *parley.Config     // by which clients are tried; nil: they are not
	Warnings []string           // what it would say at start
	Lists    []*clientcert.List // of revoked client certificates
}

// Preview reads the files that the settings name. It opens nothing to write.
// Listeners of a process share the spare certificates.
func (s *Settings) Preview(now time.Time, spare *Spare) (*Preview, error) {
	config, err := s.config(&parley.Config{}, spare)
	if err != nil {
		return nil, err
	}
	if s.SessionStore != nil {
		if _, err := s.SessionStore.read(); err != nil {
			return nil, err
		}
	}
	guard, err := s.guard(config)
	if err != nil {
		return nil, err
	}
	var heard hearer
	s.warn(slog.New(&heard), config.Certificates, now)
	guard.Warn(slog.New(&heard), now)
	preview := &Preview{Config: config, Warnings: heard.warnings, Lists: guard.Lists()}
	if t := newTrier(s, config); t != nil {
		preview.Trial = t.config
	}
	return preview, nil
}

// Permitted is what the clients of permissions would meet, who can be rehearsed as
// often as one likes: the private keys are left out.
func (p *Preview) Permitted(all []*Permission, now time.Time) *parley.Config {
	config := p.Config.Clone()
	config.Certificates = rehearse.Keyless(p.Config.Certificates)
	permitter := newPermitter(all, config)
	permitter.now = func() time.Time { return now }
	config.ForClient = permitter.forClient
	return config
}

// SessionWarnings are what is said at start of where sessions are kept.
func (s *Settings) SessionWarnings() []string {
	var heard hearer
	s.SessionStore.warn(slog.New(&heard))
	return heard.warnings
}

// SessionNotes say which keys seal sessions, and when that changes; none: the
// process' own do.
func (s *Settings) SessionNotes(now time.Time) ([]string, error) {
	keys, err := s.ticketKeys()
	if keys == nil || err != nil {
		return nil, err
	}
	return []string{tickets.Describe(keys, now)}, nil
}

// PermissionWarnings are what is said of permissions at start.
func PermissionWarnings(all []*Permission, now time.Time) []string {
	var heard hearer
	warnPermissions(slog.New(&heard), all, now)
	return heard.warnings
}

// A hearer is a log's handler that keeps the warnings.
type hearer struct{ warnings []string }

// Enabled is of warnings.
func (h *hearer) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle keeps a line as one sentence.
func (h *hearer) Handle(_ context.Context, r slog.Record) error {
	var about []string
	advice := ""
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "do" {
			advice = "; " + a.Value.String()
		} else {
			about = append(about, fmt.Sprintf("%s: %v", a.Key, plain(a.Value)))
		}
		return true
	})
	text := r.Message
	if len(about) > 0 {
		text += " (" + strings.Join(about, ", ") + ")"
	}
	h.warnings = append(h.warnings, text+advice)
	return nil
}

// plain is a value as a sentence has it: of a time the day.
func plain(v slog.Value) any {
	if v.Kind() == slog.KindTime {
		return v.Time().UTC().Format(time.DateOnly)
	}
	return v
}

// WithAttrs is not asked for: no warning is made of a log with attributes.
func (h *hearer) WithAttrs([]slog.Attr) slog.Handler { return h }

// WithGroup is likewise.
func (h *hearer) WithGroup(string) slog.Handler { return h }
