// Command shim plays the TLS server for BoringSSL's test runner. It is built for
// tests only.
package main

import (
	"os"

	"github.com/parley-tls/parley/internal/bogo"
)

func main() { os.Exit(bogo.Main(os.Args[1:], os.Stdout, os.Stderr)) }
