package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/parley-tls/parley/internal/demo"
	"github.com/parley-tls/parley/internal/report"
)

func newDemo() *cobra.Command {
	var list bool
	var version string
	c := &cobra.Command{
		Use:   "demo [SCENE...]",
		Short: "Serve the founding client and a healthy one, and show what passed",
		Long: `Demo starts a server, plays clients against it, and draws what passed: the client
that Parley began with, a healthy one, and the attack because of which other servers
refuse the first. It listens on a port of its own on 127.0.0.1 and needs nothing.`,
		Example: `  parley demo
  parley demo restart bare
  parley demo reset --tls 1.0`,
		ValidArgs: demo.Names(),
		RunE: func(c *cobra.Command, scenes []string) error {
			if list {
				return demo.List(os.Stdout)
			}
			o := demo.Options{Out: os.Stdout, Style: terminalStyle(os.Stdout), Scenes: scenes}
			if err := o.Speak(version); err != nil {
				return usageError{fmt.Errorf("--tls: %w", err)}
			}
			if err := demo.Known(scenes); err != nil {
				return usageError{err}
			}
			return demo.Run(c.Context(), o)
		},
	}
	c.Flags().BoolVar(&list, "list", false, "list the scenes")
	c.Flags().StringVar(&version, "tls", "", "`VERSION` that the clients speak: 1.0, 1.1, 1.2 (default: each scene's own)")
	return c
}

// terminalStyle draws for a file: in its width and in colour if it is a terminal
// that shows any.
func terminalStyle(f *os.File) report.Style {
	s := report.Style{Width: screenWidth(f)}
	// https://no-color.org
	s.Color = term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return s
}
