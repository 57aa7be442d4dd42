package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/proxy"
)

func newStatus() *cobra.Command {
	var admin string
	var asJSON bool
	status := &cobra.Command{
		Use:   "status --admin unix:PATH",
		Short: "Ask a running server how it fares",
		Long: `Status asks a parley serve that runs with the same --admin: how long it is up,
connections by version and by the kind of hello that led to their keys, handshakes,
second hellos and their answers, limits that were hit, what is passed through, the
days that certificates and permissions have left, and which servers of backends are
up. Only the user that the server runs as, and root, may ask.`,
		Example: `  parley status --admin unix:/run/parley/admin.sock
  parley status --admin unix:/run/parley/admin.sock --json`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			s, err := proxy.AskStatus(admin)
			if err != nil {
				return err
			}
			if asJSON {
				e := json.NewEncoder(c.OutOrStdout())
				e.SetIndent("", "  ")
				return e.Encode(s)
			}
			return s.WriteText(c.OutOrStdout())
		},
	}
	f := status.Flags()
	f.StringVar(&admin, "admin", "", "`ADDR` of the server's admin socket, unix:PATH")
	f.BoolVar(&asJSON, "json", false, "as JSON, with everything")
	return status
}
