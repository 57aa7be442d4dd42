package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/config"
)

func newCheck() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Check a configuration file, and say what each kind of client gets by it",
		Long: `Check reads a configuration file as parley serve --config does, and all that it
names: certificates, whether their keys belong to them, their chains and how long they
hold. Then each client that Parley knows by its first hello meets each listener, in
memory: what is printed is what the server does. Permissions are tried by the clients
that they mean. It asks whether the addresses can be listened on, and disturbs no
server that runs. It changes nothing.

Exit status: 0 nothing is wrong, 1 there are warnings, 2 parley serve would not take
the file, or wrong use.`,
		Example: `  parley check /etc/parley/parley.yaml`,
		Args:    oneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			document, err := config.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			now := time.Now()
			check, err := document.Check(now)
			if err != nil {
				return err
			}
			check.TryAddresses()
			if err := check.Terminal(os.Stdout, now); err != nil {
				return err
			}
			if check.CountWarnings() > 0 {
				return errWarnings
			}
			return nil
		},
	}
}

// errWarnings ends the program after it has said what they are.
var errWarnings = errors.New("")

// oneFile is for commands that read one configuration.
func oneFile(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError{fmt.Errorf("%s takes one argument, the configuration file, but was given %d; see %s --help", c.CommandPath(), len(args), c.CommandPath())}
}
