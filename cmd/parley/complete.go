package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// choices are the words of the flags that take one of a few, for completion.
var choices = map[string]string{
	"profile":            "modern compatible museum",
	"mode":               "serve observe",
	"trial":              "modern compatible museum",
	"secure":             "accept refuse abort",
	"reset":              "accept accept-full refuse abort",
	"bare":               "refuse resumed isolate trust abort",
	"restart":            "abort isolate",
	"reload":             "keep drain",
	"min-version":        "1.0 1.1 1.2 1.3",
	"max-version":        "1.0 1.1 1.2 1.3",
	"client-auth":        "none request require",
	"client-crl-expired": "refuse accept",
	"tickets":            "on off",
	"session-ids":        "on off",
	"admin-pprof":        "on off",
	"send-proxy":         "v1 v2 v2-cert",
	"truncation":         "reset close",
	"log-format":         "text json",
	"log-level":          "debug info warn error",
	"speed":              "real fast",
}

// files are the flags that a shell completes with files.
var files = map[string]bool{"config": true, "cert": true, "key": true, "client-ca": true, "client-crl": true, "session-store-password-file": true, "session-store-ca": true, "ticket-key-file": true, "key-log": true, "inventory": true, "write": true, "html": true,
	"keylog": true, "client-cert": true, "client-key": true}

// completeFlags has a shell offer a flag's words, and files only where one is due.
func completeFlags(serve *cobra.Command) {
	serve.Flags().VisitAll(func(f *pflag.Flag) {
		if files[f.Name] {
			return
		}
		// It fails only for flags that are not there, or have one already.
		_ = serve.RegisterFlagCompletionFunc(f.Name, cobra.FixedCompletions(strings.Fields(choices[f.Name]), cobra.ShellCompDirectiveNoFileComp))
	})
}
