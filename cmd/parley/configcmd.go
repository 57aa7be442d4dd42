package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/config"
)

func newConfig() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "Write an example of the configuration file, or its schema",
		Args:  unknownCommand,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(&cobra.Command{
		Use:     "example",
		Short:   "Write a configuration file with every key, each explained",
		Example: `  parley config example > parley.yaml`,
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(c.OutOrStdout(), config.Example())
			return err
		},
	}, &cobra.Command{
		Use:   "schema",
		Short: "Write the JSON Schema of the configuration file",
		Long: `Schema writes a JSON Schema (2020-12), with which an editor completes keys and shows what
is wrong while you write. It knows less than parley check.`,
		Example: `  parley config schema > parley.schema.json`,
		Args:    noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			text, err := config.Schema()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "%s\n", text)
			return err
		},
	})
	return c
}
