// Command verdict reads from standard input what BoringSSL's test runner wrote by
// -json-output, and fails if a case that must pass did not.
package main

import (
	"fmt"
	"os"

	"github.com/parley-tls/parley/internal/bogo"
)

func main() {
	amiss, err := bogo.Verdict(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	for _, line := range amiss {
		fmt.Println(line)
	}
	if len(amiss) > 0 {
		os.Exit(1)
	}
}
