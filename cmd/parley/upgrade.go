package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/proxy"
)

func newUpgrade() *cobra.Command {
	var admin string
	upgrade := &cobra.Command{
		Use:   "upgrade --admin unix:PATH",
		Short: "Have a running server go on in another process of its program",
		Long: `Upgrade asks a parley serve that runs with the same --admin to start its program
anew, from where it was started and with the same arguments: the version that is
there by now. The new process reads the settings, gets the listening sockets and the
keys of sessions, and serves; no client is refused or cut. The process before waits
for its connections to end, as long as --upgrade-drain says. If the new process
cannot serve, everything stays as it was, and what is said here is why.

SIGUSR2 to the server does the same, and the log says what became of it.`,
		Example: `  parley upgrade --admin unix:/run/parley/admin.sock`,
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := proxy.AskUpgrade(admin)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), text)
			return err
		},
	}
	upgrade.Flags().StringVar(&admin, "admin", "", "`ADDR` of the server's admin socket, unix:PATH")
	return upgrade
}
