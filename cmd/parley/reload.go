package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/proxy"
	"github.com/parley-tls/parley/internal/wire"
)

// nothingChanged is told to whoever asks when the files were seen already.
const nothingChanged = "reloaded: nothing is different from what is served; files that change are seen, and the log has what they changed"

func newReload() *cobra.Command {
	var admin string
	reload := &cobra.Command{
		Use:   "reload --admin unix:PATH",
		Short: "Have a running server read its settings again",
		Long: `Reload asks a parley serve that runs with the same --admin to read its file and its
certificates again, as SIGHUP does, and waits until it has. It prints what changed. If
the server cannot serve by what it read, nothing changes: reload says why, and exits
with 1.`,
		Example: `  parley reload --admin unix:/run/parley/admin.sock`,
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			changes, err := proxy.AskReload(admin)
			if err != nil {
				return fmt.Errorf("not reloaded, everything is as it was: %w", err)
			}
			if len(changes) == 0 {
				changes = []string{nothingChanged}
			}
			for _, line := range changes {
				if _, err := fmt.Fprintln(c.OutOrStdout(), wire.Printable(line)); err != nil {
					return err
				}
			}
			return nil
		},
	}
	reload.Flags().StringVar(&admin, "admin", "", "`ADDR` of the server's admin socket, unix:PATH")
	return reload
}
