// Parley serves TLS to clients that nobody can change.
package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/config"
	"github.com/parley-tls/parley/internal/proxy"
)

// Exit codes.
const (
	exitFailure = 1 // it could not start, could not go on, or found a failure
	exitUsage   = 2 // it was called wrongly
	exitPartial = 3 // a capture could not be read, or only in part; no connection to a server
)

func main() {
	root := newRoot()
	root.SetArgs(textsOfExplain(os.Args[1:]))
	err := root.Execute()
	if err == nil {
		return
	}
	for line := range strings.SplitSeq(err.Error(), "\n") {
		switch {
		case line == "": // a failure that a report tells has no other words
		case strings.HasPrefix(line, " "), strings.HasPrefix(line, ">"): // an excerpt of a file
			fmt.Fprintln(os.Stderr, line)
		default:
			fmt.Fprintln(os.Stderr, "parley: "+line)
		}
	}
	os.Exit(exitCode(err))
}

// newRoot makes the command with its subcommands.
func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "parley",
		Short: "A TLS server for clients that nobody can change",
		Long: `Parley serves TLS 1.0 to 1.3 before a backend that speaks none. It carries on with
old clients that renegotiate in ways no other server accepts, and proves each time
that it is still the same client.`,
		Version:       versionLine(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          unknownCommand,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	root.SetVersionTemplate("{{.Version}}\n")
	wrapFlags(root, screenWidth(os.Stdout))
	addGroup(root, "Serve:", newServe(), newCheck(), newConfig(), newPermissions(), newTicketKey())
	addGroup(root, "Ask a server that runs:", newStatus(), newClients(), newFlights(), newReload(), newUpgrade())
	addGroup(root, "Find out why a client is cut off:", newDiagnose(), newExplain(), newListen(), newClient(), newReplay(), newSanitize(), newDemo())
	root.AddCommand(newVersion(), newMan())
	return root
}

// addGroup adds commands that stand together in the help.
func addGroup(root *cobra.Command, title string, commands ...*cobra.Command) {
	root.AddGroup(&cobra.Group{ID: title, Title: title})
	for _, c := range commands {
		c.GroupID = title
	}
	root.AddCommand(commands...)
}

// A usageError is a wrong call that cobra found.
type usageError struct{ error }

// unknownCommand takes no arguments: what stands in a command's place is none.
func unknownCommand(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("there is no command %q; see %s --help", args[0], c.CommandPath())}
}

// noArguments is for commands that have flags only.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("%s takes no argument, but was given %q; see %s --help", c.CommandPath(), args[0], c.CommandPath())}
}

func exitCode(err error) int {
	var setting *proxy.SettingError
	var usage usageError
	var wrong config.Problems
	var found foundFailure
	var part partial
	switch {
	case errors.As(err, &setting), errors.As(err, &usage), errors.As(err, &wrong):
		return exitUsage
	case errors.As(err, &part) && !errors.As(err, &found):
		return exitPartial
	}
	return exitFailure
}
