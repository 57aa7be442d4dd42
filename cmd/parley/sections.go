package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/parley-tls/parley/internal/proxy"
)

// section is a part of a command's flags, under a title of its own in the help.
func section(title string, add func(*pflag.FlagSet)) *pflag.FlagSet {
	f := pflag.NewFlagSet(title, pflag.ContinueOnError)
	f.SortFlags = false
	add(f)
	return f
}

// sectionOf is a section of flags that set options.
func sectionOf(title string, o *proxy.Options, add ...func(*pflag.FlagSet, *proxy.Options)) *pflag.FlagSet {
	return section(title, func(f *pflag.FlagSet) {
		for _, flags := range add {
			flags(f, o)
		}
	})
}

// addSections gives a command its flags, and a help that has them by sections.
func addSections(c *cobra.Command, sections ...*pflag.FlagSet) {
	c.Flags().SortFlags = false
	for _, f := range sections {
		c.Flags().AddFlagSet(f)
	}
	width := screenWidth(os.Stdout)
	c.SetUsageFunc(func(c *cobra.Command) error {
		out := c.OutOrStderr()
		fmt.Fprintf(out, "Usage:\n  %s\n\nExamples:\n%s\n", c.UseLine(), c.Example)
		for _, f := range sections {
			fmt.Fprintf(out, "\n%s:\n%s\n", f.Name(), strings.TrimRight(f.FlagUsagesWrapped(width), "\n"))
		}
		return nil
	})
}
