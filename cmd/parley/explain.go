package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/parley-tls/parley/docs/findings"
	"github.com/parley-tls/parley/internal/explain"
)

// maxExplained bounds what is read of standard input; package explain reads less,
// and says so.
const maxExplained = 1 << 20

// errNotExplained ends the program after it has said so itself.
var errNotExplained = errors.New("it could not be explained")

func newExplain() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "explain TEXT...",
		Short: "Make plain words of a TLS error message, an alert or a finding's id",
		Long: `Explain says what a line of a log means: what it says, which side said it, why old
devices cause it (the likeliest cause first), what to do in Parley and in the client,
and what to capture next. It knows messages and codes of OpenSSL, GnuTLS, Java, Go,
NSS, Schannel, Mbed TLS, wolfSSL and programs that use them, alerts by number or name,
and Parley's findings and words.

Give the whole line: the wrapping tells whose log it is. With - it reads lines from
standard input, and so it does without TEXT if that is no terminal. Quote a text with
parentheses or dollar signs for the shell's sake.

It exits with 0 if something was explained, with 1 if nothing was.

--json writes an object: version (1), explained, and messages, each with line, message,
library, code, alert (number, name), meaning, who, found_by (client or server), causes
(finding, why), parley, client, capture, and for a finding's id its page; fields that are
not known are absent. Where nothing was explained: recognised and nearest. dropped counts
messages beyond the eighth, and cut says that the text was too long to be read whole.`,
		Example: `  parley explain wrong version number
  parley explain 'error:14094410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure'
  parley explain alert 70
  parley explain reneg-reset-hello
  tail -100 /var/log/nginx/error.log | parley explain -`,
		ValidArgs: findings.IDs(),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := textToExplain(args)
			if err != nil {
				return err
			}
			r := explain.Explain(text)
			write := func() error { return explain.Terminal(os.Stdout, r, terminalStyle(os.Stdout)) }
			if asJSON {
				write = func() error { return explain.JSON(os.Stdout, r) }
			}
			if err := write(); err != nil {
				return err
			}
			if !r.Explained() {
				return errNotExplained
			}
			return nil
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "write JSON")
	return c
}

// textsOfExplain keeps the numbers that libraries give for errors, -0x7780, from
// being taken for flags: no flag begins with a digit.
func textsOfExplain(args []string) []string {
	if len(args) == 0 || args[0] != "explain" {
		return args
	}
	args = slices.Clone(args)
	for i, a := range args {
		if len(a) > 1 && a[0] == '-' && a[1] >= '0' && a[1] <= '9' {
			args[i] = " " + a
		}
	}
	return args
}

// textToExplain is what the arguments say, or what standard input has.
func textToExplain(args []string) (string, error) {
	fromInput := len(args) == 1 && args[0] == "-" || len(args) == 0 && !term.IsTerminal(int(os.Stdin.Fd()))
	if !fromInput {
		text := strings.Join(args, " ")
		if strings.TrimSpace(text) == "" {
			return "", usageError{errors.New("explain needs a text: a line of a log, an alert, a finding's id; see parley explain --help")}
		}
		return text, nil
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, maxExplained))
	if err != nil {
		return "", fmt.Errorf("standard input: %w", err)
	}
	return string(text), nil
}
