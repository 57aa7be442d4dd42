package main

import (
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

const (
	usualWidth  = 100 // of a file or a pipe
	widestLines = 120 // longer ones are hard to read
)

// screenWidth is the width to write for: a terminal's own, or COLUMNS where the
// file is none.
func screenWidth(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width, _ = strconv.Atoi(os.Getenv("COLUMNS")) // unset: 0
	}
	if width <= 0 {
		return usualWidth
	}
	return min(width, widestLines)
}

// wrapFlags has a command's help, and its subcommands', fit a width.
func wrapFlags(c *cobra.Command, width int) {
	wrapped := ".FlagUsagesWrapped " + strconv.Itoa(width)
	c.SetUsageTemplate(strings.ReplaceAll(c.UsageTemplate(), ".FlagUsages", wrapped))
}
