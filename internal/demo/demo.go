// Package demo shows what Parley does: it starts a server, plays clients that
// misbehave against it, and draws what passed.
package demo

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/parley-tls/parley/internal/report"
	"github.com/parley-tls/parley/internal/wire"
)

// Options say which scenes are played and how they are drawn.
type Options struct {
	Out    io.Writer
	Style  report.Style
	Scenes []string     // by name, in order; nil: the default ones
	TLS    wire.Version // that the clients speak; zero: each scene's own
}

// Default are the scenes that are played when none is named.
var Default = []string{"reset", "proper", "splice"}

// Speak sets the version that the clients speak, such as 1.0 or TLSv1.0; empty:
// each scene's own.
func (o *Options) Speak(version string) error {
	if version == "" {
		return nil
	}
	number := strings.TrimLeft(strings.ToLower(version), "tlsv ")
	for v := wire.VersionTLS10; v <= wire.VersionTLS12; v++ {
		if v.String() == "TLS "+number {
			o.TLS = v
			return nil
		}
	}
	return fmt.Errorf("the clients speak 1.0, 1.1 or 1.2, not %q", version)
}

// Names gives the scenes' names.
func Names() []string {
	var out []string
	for _, s := range scenes {
		out = append(out, s.name)
	}
	return out
}

// Known says which of the names is no scene's.
func Known(names []string) error {
	for _, n := range names {
		if _, err := find(n); err != nil {
			return err
		}
	}
	return nil
}

// Run plays the scenes. An error says which one went otherwise than it must, or
// is ctx's.
func Run(ctx context.Context, o Options) error {
	names := o.Scenes
	if len(names) == 0 {
		names = Default
	}
	if err := Known(names); err != nil {
		return err
	}
	s, err := newStage()
	if err != nil {
		return err
	}
	defer s.close()
	o.paragraph("", fmt.Sprintf("Parley listens on %s and echoes what it is sent; it plays the clients too. In the ladders a double line is under keys, a single one in clear.", s.addr()))
	for i, name := range names {
		scene, _ := find(name)
		if o.TLS != 0 {
			scene.version = o.TLS
		}
		if err := o.show(ctx, s, i+1, scene); err != nil {
			return fmt.Errorf("scene %s: %w", name, err)
		}
	}
	if len(o.Scenes) == 0 {
		o.say("\nMore scenes: %s. Name them: parley demo restart bare", strings.Join(others(), ", "))
		o.say("Serve your own: parley serve --listen :8443 --backend 127.0.0.1:8080 --cert server.crt --key server.key")
	}
	return nil
}

// show plays one scene and draws it.
func (o Options) show(ctx context.Context, s *stage, number int, scene scene) error {
	o.heading(fmt.Sprintf("%d. %s (%s)", number, scene.title, scene.version))
	o.paragraph("", scene.tells)
	outcome, err := s.play(ctx, scene)
	if err != nil {
		return err
	}
	o.say("")
	if err := report.Draw(o.Out, report.Ladder(outcome.events), o.Style); err != nil {
		return err
	}
	o.say("")
	o.paragraph("What came of it: ", outcome.verdict)
	o.paragraph("Other servers:   ", scene.others(scene.version))
	o.paragraph("Why it is safe:  ", scene.why)
	return nil
}

// List writes what each scene is.
func List(w io.Writer) error {
	for _, s := range scenes {
		if _, err := fmt.Fprintf(w, "%-9s %s\n", s.name, s.title); err != nil {
			return err
		}
	}
	return nil
}

func (o Options) say(format string, args ...any) {
	// What cannot be shown is lost to nobody: Draw's error ends the demonstration.
	_, _ = fmt.Fprintf(o.Out, format+"\n", args...)
}

func (o Options) heading(text string) {
	if o.Style.Color {
		o.say("\n\x1b[1m%s\x1b[0m", text)
		return
	}
	o.say("\n%s\n%s", text, strings.Repeat("=", len(text)))
}

// paragraph writes text under a label, its lines indented below each other.
func (o Options) paragraph(label, text string) {
	indent := strings.Repeat(" ", len(label))
	for i, line := range report.Wrap(text, max(o.Style.Width, 60)-len(label)) {
		if i > 0 {
			label = indent
		}
		o.say("%s%s", label, line)
	}
}
