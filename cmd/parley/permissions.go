package main

import (
	"errors"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/parley-tls/parley/internal/config"
)

func newPermissions() *cobra.Command {
	var form permissionsForm
	permissions := &cobra.Command{
		Use:   "permissions FILE",
		Short: "List the permissions of a configuration file, how long each holds and who needs it",
		Long: `Permissions lists the named exceptions of a configuration file, those first that end
first: what each gives, to which clients, who is asked about it, why it is there, and
what a server has counted of its use. One whose last day is over is marked EXPIRED,
and "still holds" where the file says so.

The uses are asked of the running server at --admin, or read from the file that
permission_uses names. With --report they are a document for an auditor, in Markdown:
also what each weakens, what everybody gets, and which file was read.

Exit status: 0; 1 if the uses cannot be had; 2 if parley serve would not take the
file, or wrong use.`,
		Example: `  parley permissions /etc/parley/parley.yaml
  parley permissions /etc/parley/parley.yaml --admin unix:/run/parley/admin.sock
  parley permissions /etc/parley/parley.yaml --report > permissions.md`,
		Args: oneFile,
		RunE: func(c *cobra.Command, args []string) error { return form.write(c.OutOrStdout(), args[0], time.Now()) },
	}
	f := permissions.Flags()
	f.StringVar(&form.admin, "admin", "", "`ADDR` of the server's admin socket, unix:PATH, to ask for the uses")
	f.BoolVar(&form.report, "report", false, "as a document in Markdown, with what each weakens")
	f.BoolVar(&form.csv, "csv", false, "the same as a table, a row for each")
	f.BoolVar(&form.json, "json", false, "the same as JSON")
	return permissions
}

// A permissionsForm says where uses come from, and how permissions are written.
type permissionsForm struct {
	admin             string
	report, csv, json bool
}

func (form permissionsForm) write(w io.Writer, name string, now time.Time) error {
	if n := len(slices.DeleteFunc([]bool{form.report, form.csv, form.json}, func(b bool) bool { return !b })); n > 1 {
		return usageError{errors.New("--report, --csv and --json are different forms of the same; choose one")}
	}
	document, err := config.Read(name)
	if err != nil {
		return usageError{err}
	}
	all, err := document.Permissions()
	if err != nil {
		return err
	}
	uses, err := document.Uses(form.admin)
	if err != nil {
		return err
	}
	audit, err := document.Audit(uses, now)
	switch {
	case err != nil:
		return err
	case form.report:
		return audit.Markdown(w)
	case form.csv:
		return audit.CSV(w)
	case form.json:
		return audit.JSON(w)
	}
	return config.WritePermissions(w, all, uses, now)
}
