package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/proxy/tickets"
)

func newTicketKey() *cobra.Command {
	c := &cobra.Command{
		Use:   "ticket-key",
		Short: "Make and rotate the keys that sessions are sealed by",
		Long: `Ticket-key makes the files of parley serve --ticket-key-file. Nodes that have the
same files resume each other's clients.

Such a file has one key a line: the base64 of 32 random bytes or more, and perhaps
"from" and a time. The first key whose time has come seals; all open. So rotating
over several nodes is one step: rotate the file on one, and have it on all before the
new key's time comes. Whoever gets it later makes full handshakes with some clients
until then, and fails none.`,
		Example: `  parley ticket-key new /etc/parley/tickets.keys
  parley ticket-key rotate /etc/parley/tickets.keys`,
		Args: unknownCommand,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newTicketKeyNew(), newTicketKeyRotate())
	return c
}

func newTicketKeyNew() *cobra.Command {
	return &cobra.Command{
		Use:   "new FILE",
		Short: "Make a file with one key, for its owner alone",
		Args:  oneKeyFile,
		RunE:  func(_ *cobra.Command, args []string) error { return tickets.New(args[0]) },
	}
}

func newTicketKeyRotate() *cobra.Command {
	var after time.Duration
	var keep int
	c := &cobra.Command{
		Use:   "rotate FILE",
		Short: "Put a new key in front of the others",
		Long: `Rotate puts a new key in front of those of a file, which begins to seal after a
while; until then it only opens. In this time the file has to reach all nodes; each
reads it by itself when it changes. The last keys are taken away: a key must stay for
a day after it sealed last, so that with a rotation a day three are enough.`,
		Args: oneKeyFile,
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case after < 0:
				return usageError{fmt.Errorf("--after %s: a key cannot have begun already; write 1h, or 0 if there is one node", after)}
			case keep < 2 || keep > tickets.MaxKeys:
				return usageError{fmt.Errorf("--keep %d: the new key and the one that seals until then are two, and no file has more than %d", keep, tickets.MaxKeys)}
			}
			r, err := tickets.Rotate(args[0], time.Now(), after, keep)
			if err != nil {
				return err
			}
			return tellRotation(c, args[0], r)
		},
	}
	c.Flags().DurationVar(&after, "after", time.Hour, "`DURATION` until the new key seals, in which the file reaches all nodes; 0 if there is one")
	c.Flags().IntVar(&keep, "keep", 3, "`COUNT` of the keys that stay, the new one among them")
	return c
}

func tellRotation(c *cobra.Command, name string, r tickets.Rotation) error {
	text := fmt.Sprintf("%s: the new key seals from %s; older keys: %d kept, %d taken away\n", name, r.From.UTC().Format(time.RFC3339), r.Older, r.Gone)
	if r.Lost > 0 {
		text += "What was taken away sealed within the last day: its clients make full handshakes once. Rotate less often, or raise --keep.\n"
	}
	if r.From.After(time.Now()) {
		text += "Have this file on all nodes before that.\n"
	}
	_, err := fmt.Fprint(c.OutOrStdout(), text)
	return err
}

// oneKeyFile is for commands of one file.
func oneKeyFile(c *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError{fmt.Errorf("%s takes one argument, the file of the keys, but was given %d; see %s --help", c.CommandPath(), len(args), c.CommandPath())}
}
