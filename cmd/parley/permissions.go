package main

import (
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/config"
)

func newPermissions() *cobra.Command {
	return &cobra.Command{
		Use:   "permissions FILE",
		Short: "List the permissions of a configuration file, and how long each holds",
		Long: `Permissions lists the named exceptions of a configuration file, those first that end
first: what each gives, to which clients, who is asked about it and why it is there.
One whose last day is over is marked EXPIRED, and "still holds" where the file says so.

Exit status: 0, or 2 if parley serve would not take the file, or wrong use.`,
		Example: `  parley permissions /etc/parley/parley.yaml`,
		Args:    oneFile,
		RunE: func(_ *cobra.Command, args []string) error {
			document, err := config.Read(args[0])
			if err != nil {
				return usageError{err}
			}
			all, err := document.Permissions()
			if err != nil {
				return err
			}
			return config.WritePermissions(os.Stdout, all, time.Now())
		},
	}
}
